/** Hashes of words and the tables that they mark: what most words of most texts are passed over by. */

/** One step of FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), the same for both cases of a letter. */
export function step(hash: number, code: number): number {
  return Math.imul(hash ^ (code | 32), 0x01000193)
}

export const HASH_START = 0x811c9dc5

/** Before the first word and behind a hashtag. */
export const NO_WORD = 0

/** Ten times the telling words, so that most others are passed over without a look at more than their hash. */
export const SLOTS = 1 << 16

export function slotOf(hash: number): number {
  return (hash ^ (hash >>> 16)) & (SLOTS - 1)
}

export function hashOf(word: string): number {
  let hash = HASH_START
  for (let i = 0; i < word.length; i++) hash = step(hash, word.charCodeAt(i))
  return hash
}

export function hashOfPair(first: number, second: number): number {
  return Math.imul(first, 0x9e3779b1) ^ second
}

/** Hashtags kept by the scanner, each in the place of the one before it with the same slot. */
export const TAGS_KEPT = 1 << 14

/** Words kept in the same way: a few hundred are in nearly every text that names a place. */
export const WORDS_KEPT = 1 << 12

/** In bits (128 kB): 200 times the pairs, as every pair of words side by side is looked up. */
export const PAIR_SLOTS = 1 << 20

export function pairSlotOf(hash: number): number {
  return (hash ^ (hash >>> 15)) & (PAIR_SLOTS - 1)
}

export function mark(slots: Uint8Array, hashes: Iterable<number>, bit: number): void {
  for (const hash of hashes) slots[slotOf(hash)] = slots[slotOf(hash)]! | bit
}
