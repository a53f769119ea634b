/**
 * Raw outputs of a text at the speed of the stream. What a word adds by itself (stems and groups of letters) is added
 * up once and kept; what is left per word is one look-up and the row of its pair.
 */
import { BEGINNING, pairOf, rowOf, shapesOf } from './features.ts'
import { featureValue } from './linear.ts'
import { hashesOf, tokenize } from './tokens.ts'
import { OUTPUTS, type Weights } from './weights.ts'

/** 8 MB for kept words. */
const SLOT_BITS = 17

/** Words kept, so that a third of the slots stay free; a night has about 50,000 spellings, half of them once. */
const WORDS_MAX = 80_000

/** Words of one text at most: READ_MAX characters hold half as many. Room that is kept free at a text's beginning. */
const TEXT_WORDS_MAX = 2_000

/** A kept word is 16 numbers, one line of the processor's cache: OUTPUTS sums, then these. */
const STRIDE = 16
/** Rows that its sums are made of, and the stems among them: the stems in the lowest bits. */
const SIZES = 11
const STEMS_BITS = 6
const STEMS_MASK = (1 << STEMS_BITS) - 1
/** The last text in which the word was added: a word counts once in a text. 0: a free slot; -1: in none yet. */
const TEXT = 12
/** The word's stem; where it has several, they are kept aside. */
const STEM = 13
/** Two hashes of 32 bits stand for the word: two of a night's words sharing both is less likely than 1 in 10^9. */
const HASH_A = 14
const HASH_B = 15

/** Characters of a word, as natural's AggressiveTokenizer has them. */
const IN_WORD = Uint8Array.from({ length: 128 }, (_, code) =>
  /[a-zA-Z0-9'\-/]/.test(String.fromCharCode(code)) ? 1 : 0,
)

function isInWord(code: number): boolean {
  return code < 128 && IN_WORD[code] === 1
}

export interface Scorer {
  /** Raw outputs as `rawOutputs` gives them for the text's features. */
  score(cleaned: string, into: Float64Array): void
  /**
   * What each word adds to the sum of these outputs, before the text's length is taken out: its own rows, and half of
   * each of its pairs. One entry for each word, in the text's order; a word that comes again has only its pairs.
   */
  weigh(cleaned: string, outputs: readonly number[]): { tokens: string[]; weights: Float64Array }
}

/** Builds the scorer of these weights. */
export function createScorer(weights: Weights): Scorer {
  const { rows, bias, units } = weights
  const kept = new Int32Array(STRIDE << SLOT_BITS)
  const severalStems = new Map<number, readonly number[]>()
  /** Whole numbers below 4,000 rows × 127²: no overflow. */
  const total = new Int32Array(OUTPUTS)
  let keptWords = 0
  let text = 0
  let before = BEGINNING
  /** Where the word that was read last ends. */
  let end = 0

  function addRow(into: Int32Array, base: number, row: number): void {
    const at = row * OUTPUTS
    for (let k = 0; k < OUTPUTS; k++) {
      const q = rows[at + k]!
      into[base + k]! += Math.imul(q, Math.abs(q))
    }
  }

  function keep(token: string, at: number): void {
    const { stems, groups } = hashesOf(token)
    for (const stem of stems) addRow(kept, at, rowOf(stem))
    for (const group of groups) addRow(kept, at, rowOf(group))
    kept[at + SIZES] = ((stems.length + groups.length) << STEMS_BITS) | stems.length
    kept[at + TEXT] = -1
    kept[at + STEM] = stems[0] ?? 0
    if (stems.length > 1) severalStems.set(at, stems)
    keptWords++
  }

  /** The next word's place in `kept`, or -1 at the text's end. */
  function nextWord(cleaned: string): number {
    let i = end
    while (i < cleaned.length && !isInWord(cleaned.charCodeAt(i))) i++
    const start = i
    let a = 0x811c9dc5
    let b = 0
    for (; i < cleaned.length; i++) {
      const code = cleaned.charCodeAt(i)
      if (!isInWord(code)) break
      a = Math.imul(a ^ code, 0x01000193)
      b = Math.imul(b + code, 0x9e3779b1) ^ (b >>> 15)
    }
    end = i
    if (i === start) return -1
    let slot = Math.imul(a ^ b, 0x85ebca6b) >>> (32 - SLOT_BITS)
    for (;;) {
      const at = slot * STRIDE
      if (kept[at + HASH_A] === a && kept[at + HASH_B] === b && kept[at + TEXT] !== 0) return at
      if (kept[at + TEXT] === 0) {
        keep(cleaned.slice(start, i), at)
        kept[at + HASH_A] = a
        kept[at + HASH_B] = b
        return at
      }
      slot = (slot + 1) & ((1 << SLOT_BITS) - 1)
    }
  }

  function addPair(stem: number): void {
    addRow(total, 0, rowOf(pairOf(before, stem)))
    before = stem
  }

  /** Adds a word; gives the number of rows added. */
  function addWord(at: number): number {
    const sizes = kept[at + SIZES]!
    const stems = sizes & STEMS_MASK
    if (stems === 1) addPair(kept[at + STEM]!)
    else for (const stem of severalStems.get(at) ?? []) addPair(stem)
    if (kept[at + TEXT] === text) return stems
    kept[at + TEXT] = text
    for (let k = 0; k < OUTPUTS; k++) total[k]! += kept[at + k]!
    return stems + (sizes >> STEMS_BITS)
  }

  function beginText(): void {
    // Between texts only: within one it would make a word count twice.
    if (keptWords > WORDS_MAX - TEXT_WORDS_MAX) {
      kept.fill(0)
      severalStems.clear()
      keptWords = 0
    }
    // Never 0 nor -1, which say something else of a slot.
    text = (text + 1) & 0x7fffffff || 1
    before = BEGINNING
    end = 0
    total.fill(0)
  }

  function score(cleaned: string, into: Float64Array): void {
    beginText()
    let size = 0
    let words = 0
    for (let at = nextWord(cleaned); at >= 0; at = nextWord(cleaned)) {
      size += addWord(at)
      words++
    }
    for (const shape of shapesOf(cleaned, words)) {
      addRow(total, 0, rowOf(shape))
      size++
    }
    const value = featureValue(size)
    for (let k = 0; k < OUTPUTS; k++) into[k] = bias[k]! + value * total[k]! * units[k]!
  }

  function sumOf(numbers: Int32Array, base: number, outputs: readonly number[]): number {
    let sum = 0
    for (const output of outputs) sum += numbers[base + output]! * units[output]!
    return sum
  }

  function weigh(cleaned: string, outputs: readonly number[]): { tokens: string[]; weights: Float64Array } {
    beginText()
    const tokens = tokenize(cleaned)
    const weights = new Float64Array(tokens.length)
    for (let w = 0; w < tokens.length; w++) {
      const at = nextWord(cleaned)
      if (kept[at + TEXT] !== text) {
        kept[at + TEXT] = text
        weights[w]! += sumOf(kept, at, outputs)
      }
      const one = (kept[at + SIZES]! & STEMS_MASK) === 1
      for (const stem of one ? [kept[at + STEM]!] : (severalStems.get(at) ?? [])) {
        total.fill(0)
        addPair(stem)
        const half = sumOf(total, 0, outputs) / 2
        weights[w]! += half
        weights[Math.max(0, w - 1)]! += half
      }
    }
    return { tokens, weights }
  }

  return { score, weigh }
}
