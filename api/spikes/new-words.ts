/**
 * Words that a spike's texts have more often than the hours before: log-odds ratio with an informative Dirichlet prior
 * (Monroe, Colaresi and Quinn 2008, eqs. 15 to 22). Rare words need more evidence than common ones, so no list of stop
 * words is needed.
 */

/** How many words the prior is worth: the pooled texts' own frequencies, scaled to these. */
const PRIOR_WORDS = 500
/** A word in fewer texts is one author's. */
const TEXTS_MIN = 3
/** Two-sided 99 % for one word; among many words a few still pass by chance, and the list is short. */
const Z_MIN = 2.58

const WORD = /[\p{L}\p{N}]+(?:['’][\p{L}]+)*/gu
const ADDRESS = /https?:\S+|www\.\S+|@[\w.-]+/gi

export interface NewWord {
  word: string
  /** Texts of the spike, and of the hours before, that have the word. */
  texts: number
  before: number
  /** Standard deviations that its log odds lie above those of the hours before. */
  z: number
}

/** The words that stand out, the most telling first; at most `most`. Each text counts a word once. */
export function newWords(texts: readonly string[], before: readonly string[], most: number): NewWord[] {
  const now = countTexts(texts)
  const then = countTexts(before)
  if (then.total === 0) return []
  const pooled = now.total + then.total
  const words: NewWord[] = []
  for (const [word, a] of now.counts) {
    if (a < TEXTS_MIN) continue
    const b = then.counts.get(word) ?? 0
    const prior = (PRIOR_WORDS * (a + b)) / pooled
    const z =
      (logOdds(a, now.total, prior) - logOdds(b, then.total, prior)) /
      Math.sqrt(1 / (a + prior) + 1 / (b + prior))
    if (z >= Z_MIN) words.push({ word, texts: a, before: b, z: Math.round(z * 100) / 100 })
  }
  return words.sort((x, y) => y.z - x.z || (x.word < y.word ? -1 : 1)).slice(0, most)
}

function logOdds(count: number, total: number, prior: number): number {
  return Math.log((count + prior) / (total + PRIOR_WORDS - count - prior))
}

function countTexts(texts: readonly string[]): { counts: Map<string, number>; total: number } {
  const counts = new Map<string, number>()
  let total = 0
  for (const text of texts) {
    const words = new Set(text.replace(ADDRESS, ' ').toLowerCase().match(WORD))
    total += words.size
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return { counts, total }
}
