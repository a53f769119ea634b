/**
 * Finds sketches that may be alike without comparing all with all: those that agree in all hashes of some band
 * (locality-sensitive hashing; Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", 3.4). Of the texts that
 * resemble each other by .4 it finds five in six, by .5 all but one in a hundred; of unlike ones, one in some thousands.
 */
import { SKETCH_HASHES } from './sketch.ts'

const BAND_HASHES = 4
const ROWS = SKETCH_HASHES / BAND_HASHES
/** Every hash stands in two bands: one of neighbours, one of hashes that are ROWS apart. */
const BANDS = 2 * ROWS

/** Entries of one bucket that are looked at, newest first: what shares a band with more is a commonplace. */
const BUCKET_MAX = 16

const NONE = -1

export interface Bands {
  /** Numbers of the sketches entered that share a band with this one, and a few that do not. */
  sharing(sketch: string): Set<number>
  enter(sketch: string, number: number): void
}

/** For numbers below `count`; takes some 600 bytes each, and nothing more as it fills. */
export function createBands(count: number): Bands {
  const bits = Math.max(4, Math.ceil(Math.log2(count + 1)))
  // In each bucket the newest number; for each number the one before it in its bucket.
  const newest = new Int32Array(BANDS * 2 ** bits).fill(NONE)
  const before = new Int32Array(BANDS * count)
  const bucketOf = (sketch: string, band: number): number => band * 2 ** bits + hashBand(sketch, band, bits)
  return {
    sharing(sketch) {
      const found = new Set<number>()
      if (sketch === '') return found
      for (let band = 0; band < BANDS; band++) {
        let at = newest[bucketOf(sketch, band)]!
        for (let seen = 0; at !== NONE && seen < BUCKET_MAX; seen++) {
          found.add(at)
          at = before[BANDS * at + band]!
        }
      }
      return found
    },
    enter(sketch, number) {
      if (sketch === '') return
      for (let band = 0; band < BANDS; band++) {
        const bucket = bucketOf(sketch, band)
        before[BANDS * number + band] = newest[bucket]!
        newest[bucket] = number
      }
    },
  }
}

/** The band's characters in `bits` bits; the sketch's first character is its size. */
function hashBand(sketch: string, band: number, bits: number): number {
  const [from, step] = band < ROWS ? [band * BAND_HASHES, 1] : [band - ROWS, ROWS]
  let hash = 0
  for (let i = 0; i < BAND_HASHES; i++) hash = Math.imul(hash, 64) + sketch.charCodeAt(1 + from + i * step)
  return Math.imul(hash, 0x9e3779b1) >>> (32 - bits)
}
