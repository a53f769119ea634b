/**
 * Finds sketches that may be alike without comparing all with all: those that agree in BAND_HASHES hashes in a row
 * (locality-sensitive hashing; Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", 3.4). Of the
 * texts that resemble each other by .4 it finds six in ten, by .5 nine in ten, by .6 all but one in a hundred; of unlike
 * ones, one in some thousands.
 */
import { SKETCH_HASHES } from './sketch.ts'

const BAND_HASHES = 4
const BANDS = SKETCH_HASHES / BAND_HASHES

/** Entries of one bucket that are looked at, newest first: what shares a band with more is a commonplace. */
const BUCKET_MAX = 16

const NONE = -1

export interface Bands {
  /** Numbers of the sketches entered that share a band with this one, and a few that do not. */
  sharing(sketch: string): Set<number>
  enter(sketch: string, number: number): void
}

/** For numbers below `count`; takes some 300 bytes each, and nothing more as it fills. */
export function createBands(count: number): Bands {
  const bits = Math.max(4, Math.ceil(Math.log2(count + 1)))
  // In each bucket the newest number; for each number the one before it in its bucket.
  const newest = new Int32Array(BANDS << bits).fill(NONE)
  const before = new Int32Array(BANDS * count)
  const bucketOf = (sketch: string, band: number): number => (band << bits) + hashBand(sketch, band, bits)
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
  let hash = 0
  const from = 1 + band * BAND_HASHES
  for (let at = from; at < from + BAND_HASHES; at++) hash = Math.imul(hash, 64) + sketch.charCodeAt(at)
  return Math.imul(hash, 0x9e3779b1) >>> (32 - bits)
}
