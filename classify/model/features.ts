/** What the linear model sees of a text: hashed stems, pairs of neighbouring stems, and a few signs of shape. */
import { hashesOf, tokenize, type Word } from './tokens.ts'

/** Rows of the weight table. With 2^17 the frequent stems and pairs of the training texts seldom collide. */
export const FEATURE_BITS = Number(process.env.BITS ?? 17)
const MASK = (1 << FEATURE_BITS) - 1

/** Features of one text at most; READ_MAX characters hold about 600 words, each with a pair and letter groups. */
const FEATURES_MAX = 8_192

export interface Features {
  /** Row numbers, each once. Valid until the next call. */
  ids: Uint32Array
  size: number
  /** The words, and for each the index in `ids` where its features begin. */
  words: Word[]
  starts: number[]
}

/** Final mix of MurmurHash3 (https://github.com/aappleby/smhasher): every input bit reaches the low bits. */
function mix(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

const ids = new Uint32Array(FEATURES_MAX)
/** The number of the last call that used a row: what makes each feature count once, without clearing a set. */
const lastUse = new Uint32Array(1 << FEATURE_BITS)
let call = 0

const SHAPE_SEED = 0x51a9e000

function add(size: number, hash: number): number {
  const id = mix(hash) & MASK
  if (lastUse[id] === call || size >= FEATURES_MAX) return size
  lastUse[id] = call
  ids[size] = id
  return size + 1
}

function addShape(from: number, original: string, cleaned: string, words: number): number {
  let size = from
  let questions = 0
  let exclamations = 0
  let quotes = 0
  let upper = 0
  let lower = 0
  for (let i = 0; i < cleaned.length; i++) {
    const code = cleaned.charCodeAt(i)
    if (code >= 97 && code <= 122) lower++
    else if (code >= 65 && code <= 90) upper++
    else if (code === 63) questions++
    else if (code === 33) exclamations++
    else if (code === 34) quotes++
  }
  const bucket = (seed: number, value: number) => add(size, SHAPE_SEED + seed * 64 + value)
  size = bucket(0, Math.min(questions, 3))
  size = bucket(1, Math.min(exclamations, 3))
  size = bucket(2, Math.min(quotes, 3))
  size = bucket(3, upper + lower === 0 ? 9 : Math.floor((8 * upper) / (upper + lower)))
  size = bucket(4, Math.min(12, Math.floor(2 * Math.log2(words + 1))))
  size = bucket(5, original.includes('http') ? 1 : 0)
  size = bucket(6, cleaned.charCodeAt(0) === 34 ? 1 : 0)
  size = bucket(7, original.charCodeAt(0) === 64 ? 1 : 0)
  return size
}

/** The features of a text; `cleaned` is `cleanText(original)`. The result is overwritten by the next call. */
export function featuresOf(original: string, cleaned: string): Features {
  call++
  const words: Word[] = []
  const starts: number[] = []
  let size = 0
  let before = 0x2545f491
  let before2 = 0x9e3779b9
  for (const token of tokenize(cleaned)) {
    const word = hashesOf(token)
    words.push(word)
    starts.push(size)
    for (const stem of word.stems) {
      size = add(size, stem)
      size = add(size, Math.imul(before, 0x9e3779b1) ^ stem)
      if (OPT.skip) size = add(size, (Math.imul(before2, 0x85ebca77) ^ stem) + 7)
      before2 = before
      before = stem
    }
    for (const group of word.groups) size = add(size, group)
  }
  starts.push(size)
  size = addShape(size, original, cleaned, words.length)
  return { ids, size, words, starts }
}
export const OPT = { skip: process.env.SKIP === '1' }
