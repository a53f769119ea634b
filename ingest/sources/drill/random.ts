/** Seeded randomness: the same seed gives the same night on every machine. */

export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform integer in [0, bound). */
  int(bound: number): number
  chance(probability: number): boolean
  /** Throws RangeError for an empty list. */
  pick<T>(items: readonly T[]): T
  /** Poisson-distributed count. */
  poisson(mean: number): number
  /** An independent stream, so that one part of the night can change without changing the others. */
  fork(label: string): Random
}

/** Knuth's method multiplies until e^-mean; past this mean it is split, so that e^-mean stays a normal number. */
const POISSON_STEP = 30

/**
 * sfc32 (Chris Doty-Humphrey's Small Fast Counter, PractRand), seeded by an FNV-1a hash of `seed` and warmed up for 15
 * rounds.
 */
export function createRandom(seed: string): Random {
  let a = fnv1a(seed)
  let b = fnv1a(`${seed}#b`)
  let c = fnv1a(`${seed}#c`)
  let counter = 1

  const next32 = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  for (let i = 0; i < 15; i++) next32()

  const next = (): number => next32() / 0x1_0000_0000
  const int = (bound: number): number => Math.floor(next() * bound)
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('nothing to pick from')
      return items[int(items.length)]!
    },
    poisson: (mean) => poisson(mean, next),
    fork: (label) => createRandom(`${seed}/${label}`),
  }
}

function poisson(mean: number, next: () => number): number {
  let count = 0
  for (let left = mean; left > 0; left -= POISSON_STEP) {
    const floor = Math.exp(-Math.min(left, POISSON_STEP))
    for (let product = next(); product > floor; product *= next()) count++
  }
  return count
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i)
    hash = Math.imul(hash, 0x01000193)
  }
  return hash | 0
}
