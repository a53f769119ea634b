/** The gate's words as a hash table, looked up letter by letter. */
import type { Entry } from '../lexicon.ts'

/** Kinds of words, one bit each. */
export const ELECTION = 1
export const POLITICS = 2
export const TROUBLE = 4
export const EQUIPMENT = 8
export const ALONE = 16
export const HOUSEHOLD = 32
/** All kinds: bits of entries that end with their word. Bits of entries that may go on lie above them. */
export const WHOLE = 63
const OPEN_SHIFT = 6

/** Slots of the table: over 15 times the entries, so that nearly every look-up ends at an empty slot. */
const SLOTS = 1 << 14

export const HASH_START = 0x811c9dc5

/** One step of FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/). */
export function step(hash: number, letter: number): number {
  return Math.imul(hash ^ letter, 0x01000193)
}

/** Letters by which most words are passed over; no entry is shorter. */
export const HEAD_LETTERS = 3

/** Five bits of each letter. */
const HEADS = 1 << (5 * HEAD_LETTERS)

export function headOf(head: number, letter: number): number {
  return ((head << 5) | (letter & 31)) & (HEADS - 1)
}

export interface Words {
  keys: Int32Array
  masks: Uint16Array
  /** By the first letters of a word: the letters of the longest entry that begins so. */
  heads: Uint8Array
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 15)) & (SLOTS - 1)
}

function insert(words: Words, word: string, bits: number): void {
  if (word.length < HEAD_LETTERS) return
  let hash = HASH_START
  let head = 0
  for (let i = 0; i < word.length; i++) {
    hash = step(hash, word.charCodeAt(i))
    if (i < HEAD_LETTERS) head = headOf(head, word.charCodeAt(i))
  }
  words.heads[head] = Math.max(words.heads[head]!, word.length)
  let slot = slotOf(hash)
  while (words.masks[slot] !== 0 && words.keys[slot] !== hash) slot = (slot + 1) & (SLOTS - 1)
  words.keys[slot] = hash
  words.masks[slot]! |= bits
}

/** Builds the table; `write` gives the form in which an entry's letters are looked up. */
export function createWords(
  entries: readonly (readonly [number, readonly Entry[]])[],
  write: (letters: string) => string = (letters) => letters,
): Words {
  const words: Words = {
    keys: new Int32Array(SLOTS),
    masks: new Uint16Array(SLOTS),
    heads: new Uint8Array(HEADS),
  }
  for (const [kinds, list] of entries) {
    for (const entry of list) {
      if (entry.endsWith('*')) insert(words, write(entry.slice(0, -1)), kinds | (kinds << OPEN_SHIFT))
      else insert(words, write(entry), kinds)
    }
  }
  return words
}

/** Kinds of the entry with this hash, and 0 where there is none. */
export function find(words: Words, hash: number): number {
  let slot = slotOf(hash)
  for (;;) {
    const mask = words.masks[slot]!
    if (mask === 0) return 0
    if (words.keys[slot] === hash) return mask
    slot = (slot + 1) & (SLOTS - 1)
  }
}

/** Kinds of an entry that a word may go on after. */
export function openKinds(mask: number): number {
  return mask >> OPEN_SHIFT
}
