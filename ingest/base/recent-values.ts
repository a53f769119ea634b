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
    for (let at = 0; at < key.length; at++) {
      const unit = key.charCodeAt(at)
      low = Math.imul(low ^ unit, 0x9e3779b1)
      high = Math.imul(high ^ unit, 0x85ebca77) ^ (low >>> 15)
    }
    low = mix(low ^ key.length)
    return [low, mix(high ^ low)]
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
      if (newer.get(low, high) !== 0 || older.get(low, high) !== 0) return false
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
  const pairs = new Int32Array(2 * places)
  /** 0 where nothing is. */
  const values = new Uint16Array(places)
  let size = 0

  /** Where the pair is, or else where it would be. */
  function find(low: number, high: number): number {
    for (let place = low & (places - 1); ; place = (place + 1) & (places - 1)) {
      if (values[place] === 0 || (pairs[2 * place] === low && pairs[2 * place + 1] === high)) return place
    }
  }

  return {
    size: () => size,
    get: (low: number, high: number): number => values[find(low, high)]!,
    set(low: number, high: number, value: number): void {
      const place = find(low, high)
      if (values[place] === 0) size++
      pairs[2 * place] = low
      pairs[2 * place + 1] = high
      values[place] = value
    },
    clear(): void {
      values.fill(0)
      size = 0
    },
  }
}
