/** What the linear model sees of a text: hashed stems, pairs of neighbours, groups of letters, and signs of shape. */
import { hashesOf, tokenize } from './tokens.ts'

/** Rows of the weight table are 2^18: the frequent features of the training texts seldom collide. */
export const FEATURE_BITS = 18
const MASK = (1 << FEATURE_BITS) - 1

/** Final mix of MurmurHash3 (https://github.com/aappleby/smhasher): every input bit reaches the low bits. */
export function rowOf(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return ((h ^ (h >>> 16)) >>> 0) & MASK
}

/** What stands before the first word. */
export const BEGINNING = 0x2545f491

/** The hash of two stems that stand side by side. */
export function pairOf(before: number, stem: number): number {
  return Math.imul(before, 0x9e3779b1) ^ stem
}

const SHAPE_SEED = 0x51a9e000
export const SHAPES = 6
const shapes = new Int32Array(SHAPES)

/**
 * Hashes of a text's shape: question and exclamation marks, quotes, capitals, length. SHAPES of them, overwritten by
 * the next call.
 */
export function shapesOf(cleaned: string, words: number): Int32Array {
  let questions = 0
  let exclamations = 0
  let quotes = 0
  let upper = 0
  let lower = 0
  let first = 0
  for (let i = 0; i < cleaned.length; i++) {
    const code = cleaned.charCodeAt(i)
    if (code > 32 && first === 0) first = code
    if (code >= 97 && code <= 122) lower++
    else if (code >= 65 && code <= 90) upper++
    else if (code === 63) questions++
    else if (code === 33) exclamations++
    else if (code === 34) quotes++
  }
  const capitals = upper + lower === 0 ? 9 : Math.floor((8 * upper) / (upper + lower))
  const length = Math.min(12, Math.floor(2 * Math.log2(words + 1)))
  // 64 values at most of each kind.
  shapes[0] = SHAPE_SEED + Math.min(questions, 3)
  shapes[1] = SHAPE_SEED + 64 + Math.min(exclamations, 3)
  shapes[2] = SHAPE_SEED + 128 + Math.min(quotes, 3)
  shapes[3] = SHAPE_SEED + 192 + capitals
  shapes[4] = SHAPE_SEED + 256 + length
  shapes[5] = SHAPE_SEED + 320 + (first === 34 ? 1 : 0)
  return shapes
}

/**
 * The features of a text that `cleanText` gave, as rows of the weight table: for training; score.ts adds up the same
 * rows. A word that comes again adds its stems and groups once, its pairs each time.
 */
export function featuresOf(cleaned: string): number[] {
  const ids: number[] = []
  const seen = new Set<string>()
  let before = BEGINNING
  const tokens = tokenize(cleaned)
  for (const token of tokens) {
    const word = hashesOf(token)
    for (const stem of word.stems) {
      ids.push(rowOf(pairOf(before, stem)))
      before = stem
    }
    if (seen.has(token)) continue
    seen.add(token)
    for (const hash of [...word.stems, ...word.groups]) ids.push(rowOf(hash))
  }
  for (const shape of shapesOf(cleaned, tokens.length)) ids.push(rowOf(shape))
  return ids
}
