/** A small number for each of the keys that were seen lately, in bounded memory. */
import { randomInt } from 'node:crypto'

export interface RecentValues {
  /** 0 where the key is not remembered. */
  get(key: string): number
  /** `value`: 1 to 65,535. */
  set(key: string, value: number): void
  /** Sets it where the key is not remembered; false where it is. */
  add(key: string, value: number): boolean
}

/**
 * Remembers the last `atLeast` keys, and at most twice as many: two tables, of which the older is dropped as a whole. Kept
 * are 64 bits of each key, not the keys: as texts they are most of what a stream's process holds, and its collector copies
 * each of them twice. That a new key looks like one of 240,000 happens once in 10^14 keys. Takes up to 80 bytes for each
 * of `atLeast`, all of it from the start.
 */
export function createRecentValues(atLeast: number): RecentValues {
  // Another in each process: nobody can prepare a key that looks like somebody else's.
  const seed = randomInt(2 ** 32)
  let [older, newer] = [createTable(atLeast), createTable(atLeast)]
  function halves(key: string): [low: number, high: number] {
    let [low, high] = [seed, ~seed]
    for (let at = 0; at < key.length; at += 2) {
      // Two units at once; behind the end is nothing, and the length tells that from a zero.
      const units = key.charCodeAt(at) | (at + 1 < key.length ? key.charCodeAt(at + 1) << 16 : 0)
      low = Math.imul(low ^ units, 0x9e3779b1)
      // What a product does not bring down to the low bits.
      low = (low << 13) | (low >>> 19)
      high = Math.imul(high ^ units, 0x85ebca77) ^ (low >>> 15)
    }
    low = mix(low ^ key.length)
    // A zero stands for no key.
    return [low, mix(high ^ low) || 1]
  }
  function put(low: number, high: number, value: number): void {
    newer.set(low, high, value)
    if (newer.size() < atLeast) return
    ;[older, newer] = [newer, older]
    newer.clear()
  }
  return {
    get(key) {
      const [low, high] = halves(key)
      return newer.get(low, high) || older.get(low, high)
    },
    set(key, value) {
      const [low, high] = halves(key)
      put(low, high, value)
    },
    add(key, value) {
      const [low, high] = halves(key)
      if (newer.has(low, high) || older.has(low, high)) return false
      put(low, high, value)
      return true
    },
  }
}

/** MurmurHash3's finalizer: without it the low bits of similar keys are alike. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

/** A value for each of at most `most` pairs of 32 bits: open addressing, at most half full. */
function createTable(most: number) {
  const places = 2 ** Math.ceil(Math.log2(2 * most))
  /** The second is zero where nothing is. Values are apart, for whoever asks no more than whether a key is there. */
  const pairs = new Int32Array(2 * places)
  const values = new Uint16Array(places)
  let size = 0

  /** Where the pair is, or else where it would be. */
  function find(low: number, high: number): number {
    for (let place = low & (places - 1); ; place = (place + 1) & (places - 1)) {
      const found = pairs[2 * place + 1]
      if (found === 0 || (found === high && pairs[2 * place] === low)) return place
    }
  }

  return {
    size: () => size,
    has: (low: number, high: number): boolean => pairs[2 * find(low, high) + 1] !== 0,
    get: (low: number, high: number): number => values[find(low, high)]!,
    set(low: number, high: number, value: number): void {
      const place = find(low, high)
      if (pairs[2 * place + 1] === 0) size++
      pairs[2 * place] = low
      pairs[2 * place + 1] = high
      values[place] = value
    },
    clear(): void {
      pairs.fill(0)
      values.fill(0)
      size = 0
    },
  }
}
