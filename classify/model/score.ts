/**
 * Raw outputs of a text at the speed of the stream. What a word adds by itself (stems and groups of letters) is added
 * up once and kept; what is left per word is one look-up and the row of its pair.
 */
import { BEGINNING, pairOf, rowOf, shapesOf } from './features.ts'
import { featureValue } from './linear.ts'
import { hashesOf, tokenize } from './tokens.ts'
import { OUTPUTS, type Weights } from './weights.ts'

/** Words kept, 4 MB and their spellings; a night has about 100,000 spellings, most of them once. */
const WORDS_MAX = 60_000

/** Words of one text at most: READ_MAX characters hold half as many. Room that is kept free at a text's beginning. */
const TEXT_WORDS_MAX = 2_000

/** A kept word is 16 numbers, one line of the processor's cache: OUTPUTS sums, then these. */
const STRIDE = 16
const ROWS = 11
/** The last text in which the word was added: a word counts once in a text. */
const TEXT = 12
const STEMS = 13
/** The word's stem; where it has several, they are kept aside. */
const STEM = 14

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
  const slots = new Map<string, number>()
  const kept = new Int32Array(WORDS_MAX * STRIDE)
  const severalStems = new Map<number, readonly number[]>()
  /** Whole numbers below 4,000 rows × 127²: no overflow. */
  const total = new Int32Array(OUTPUTS)
  let text = 0
  let before = BEGINNING

  function addRow(into: Int32Array, base: number, row: number): void {
    const at = row * OUTPUTS
    for (let k = 0; k < OUTPUTS; k++) {
      const q = rows[at + k]!
      into[base + k]! += q < 0 ? -(q * q) : q * q
    }
  }

  function keep(token: string): number {
    const { stems, groups } = hashesOf(token)
    const at = slots.size * STRIDE
    slots.set(token, at)
    kept.fill(0, at, at + STRIDE)
    for (const stem of stems) addRow(kept, at, rowOf(stem))
    for (const group of groups) addRow(kept, at, rowOf(group))
    kept[at + ROWS] = stems.length + groups.length
    kept[at + STEMS] = stems.length
    kept[at + STEM] = stems[0] ?? 0
    if (stems.length > 1) severalStems.set(at, stems)
    return at
  }

  function addPair(stem: number): void {
    addRow(total, 0, rowOf(pairOf(before, stem)))
    before = stem
  }

  /** Adds a word; gives the number of rows added. */
  function addWord(token: string): number {
    const at = slots.get(token) ?? keep(token)
    let size = kept[at + STEMS]!
    if (kept[at + TEXT] !== text) {
      kept[at + TEXT] = text
      size += kept[at + ROWS]!
      for (let k = 0; k < OUTPUTS; k++) total[k]! += kept[at + k]!
    }
    if (kept[at + STEMS] === 1) addPair(kept[at + STEM]!)
    else for (const stem of severalStems.get(at) ?? []) addPair(stem)
    return size
  }

  function beginText(): void {
    // Between texts only: within one it would make a word count twice.
    if (slots.size > WORDS_MAX - TEXT_WORDS_MAX) {
      slots.clear()
      severalStems.clear()
    }
    text = (text + 1) | 0
    before = BEGINNING
    total.fill(0)
  }

  function score(cleaned: string, into: Float64Array): void {
    beginText()
    let size = 0
    const tokens = tokenize(cleaned)
    for (const token of tokens) size += addWord(token)
    for (const shape of shapesOf(cleaned, tokens.length)) {
      addRow(total, 0, rowOf(shape))
      size++
    }
    const value = featureValue(size)
    for (let k = 0; k < OUTPUTS; k++) into[k] = bias[k]! + value * total[k]! * units[k]!
  }
  function sumOf(numbers: Int32Array, base: number, outputs: readonly number[]): number {
    return outputs.reduce((sum, output) => sum + numbers[base + output]! * units[output]!, 0)
  }

  function weigh(cleaned: string, outputs: readonly number[]): { tokens: string[]; weights: Float64Array } {
    beginText()
    const tokens = tokenize(cleaned)
    const weights = new Float64Array(tokens.length)
    tokens.forEach((token, w) => {
      const at = slots.get(token) ?? keep(token)
      if (kept[at + TEXT] !== text) {
        kept[at + TEXT] = text
        weights[w]! += sumOf(kept, at, outputs)
      }
      const stems = kept[at + STEMS] === 1 ? [kept[at + STEM]!] : (severalStems.get(at) ?? [])
      for (const stem of stems) {
        total.fill(0)
        addPair(stem)
        const half = sumOf(total, 0, outputs) / 2
        weights[w]! += half
        weights[Math.max(0, w - 1)]! += half
      }
    })
    return { tokens, weights }
  }

  return { score, weigh }
}
