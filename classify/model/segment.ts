/** Words that were run together, taken apart again: `votesnotcounted`, `#StopTheSteal`. */
import type { Vocabulary } from './vocabulary.ts'

/** Letters taken apart at most: a hashtag of a network's longest kind; the time is quadratic in them. */
const LETTERS_MAX = 60

/** Longest word looked up. */
const WORD_MAX = 18

/** What every further word costs, so that one long word beats two short ones. */
const PER_WORD = 4

/** What a letter costs that is part of no word: a name stays in one piece. */
const PER_UNKNOWN_LETTER = 5

/** Words of two letters are in the list for many reasons; they must be worth it. */
const SHORT = 5

function costOf(word: string, vocabulary: Vocabulary): number {
  const rank = vocabulary.get(word)
  if (rank === undefined) return Infinity
  // Zipf's law: a word's probability falls with its rank, so its information grows with the rank's logarithm.
  return PER_WORD + Math.log(rank + 2) + (word.length <= 2 ? SHORT : 0)
}

/**
 * The most probable words that lower-case letters are made of (a unigram model searched by dynamic programming, as in
 * Norvig, "Natural Language Corpus Data", 2009); letters that belong to no word stay together.
 */
export function segment(letters: string, vocabulary: Vocabulary): string[] {
  if (letters.length > LETTERS_MAX || vocabulary.has(letters)) return [letters]
  const costs = [0]
  const starts = [0]
  const unknown = [false]
  for (let end = 1; end <= letters.length; end++) {
    const before = costs[end - 1]! + PER_UNKNOWN_LETTER + (unknown[end - 1]! ? 0 : PER_WORD)
    let best = before
    let start = unknown[end - 1]! ? starts[end - 1]! : end - 1
    let isUnknown = true
    for (let from = Math.max(0, end - WORD_MAX); from < end; from++) {
      const cost = costs[from]! + costOf(letters.slice(from, end), vocabulary)
      if (cost < best) [best, start, isUnknown] = [cost, from, false]
    }
    costs.push(best)
    starts.push(start)
    unknown.push(isUnknown)
  }
  const words: string[] = []
  for (let end = letters.length; end > 0; end = starts[end]!) words.unshift(letters.slice(starts[end], end))
  return words
}
