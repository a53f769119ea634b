/** What was seen lately, in bounded memory. */
import { randomInt } from 'node:crypto'

export interface Recent {
  /** False when it was seen before. */
  add(key: string): boolean
  has(key: string): boolean
}

/**
 * Remembers the last `atLeast` keys, and at most twice as many: two sets, of which the older is dropped as a whole. Kept
 * are 64 bits of each key, not the keys: as texts they are most of what a stream's process holds, and its collector copies
 * each of them twice. That a new key looks like one of 240,000 happens once in 10^14 keys.
 */
export function createRecent(atLeast: number): Recent {
  // Another in each process: nobody can prepare a key that looks like somebody else's.
  const seed = randomInt(2 ** 32)
  let [older, newer] = [createSet(atLeast), createSet(atLeast)]
  function halves(key: string): [low: number, high: number] {
    let [low, high] = [seed, ~seed]
    for (let at = 0; at < key.length; at++) {
      const unit = key.charCodeAt(at)
      low = Math.imul(low ^ unit, 0x9e3779b1)
      high = Math.imul(high ^ unit, 0x85ebca77) ^ (low >>> 15)
    }
    low = mix(low ^ key.length) || 1
    return [low, mix(high ^ low)]
  }
  return {
    add(key) {
      const [low, high] = halves(key)
      if (older.has(low, high) || !newer.add(low, high)) return false
      if (newer.size() >= atLeast) {
        ;[older, newer] = [newer, older]
        newer.clear()
      }
      return true
    },
    has(key) {
      const [low, high] = halves(key)
      return newer.has(low, high) || older.has(low, high)
    },
  }
}

/** MurmurHash3's finalizer: without it the low bits of similar keys are alike. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

/** A set of pairs of 32 bits, for at most `most` of them: open addressing, at most half full. */
function createSet(most: number) {
  const places = 2 ** Math.ceil(Math.log2(2 * most))
  /** Where nothing is, the first of a pair is 0. */
  const pairs = new Int32Array(2 * places)
  let size = 0

  /** Where the pair is, or else where it would be. */
  function find(low: number, high: number): number {
    for (let place = low & (places - 1); ; place = (place + 1) & (places - 1)) {
      const at = 2 * place
      if (pairs[at] === 0 || (pairs[at] === low && pairs[at + 1] === high)) return at
    }
  }

  return {
    size: () => size,
    has: (low: number, high: number) => pairs[find(low, high)] !== 0,
    /** False when it was there. `low` is not 0. */
    add(low: number, high: number): boolean {
      const at = find(low, high)
      if (pairs[at] !== 0) return false
      pairs[at] = low
      pairs[at + 1] = high
      size++
      return true
    },
    clear(): void {
      pairs.fill(0)
      size = 0
    },
  }
}
