/** Tokens by natural's tokenizer, stems by natural's Porter stemmer, each word's hashes worked out once. */
import PorterStemmer from 'natural/lib/natural/stemmers/porter_stemmer.js'
import AggressiveTokenizer from 'natural/lib/natural/tokenizers/aggressive_tokenizer.js'

/** Longer "words" are not words; Porter's patterns are quadratic in a word's length, so it is cut here. */
const WORD_MAX = 40

/**
 * Distinct words kept with their hashes. A night of 84,592 posts has about 100,000 spellings, most of them once;
 * the frequent ones come back at once after the cache is emptied.
 */
const CACHE_MAX = 60_000

/** Longest hashtag, in parts, that is taken apart: `#StopTheStealNow`. */
const PARTS_MAX = 8

/** A token with the hashes of its stems and of its groups of letters. */
export interface Word {
  /** As it stands in the text. */
  token: string
  stems: readonly number[]
  groups: readonly number[]
}

const tokenizer = new AggressiveTokenizer()
const cache = new Map<string, Word>()

/** Words as they stand in a cleaned text, split by natural's AggressiveTokenizer. */
export function tokenize(cleaned: string): string[] {
  return tokenizer.tokenize(cleaned)
}

/** FNV-1a over UTF-16 code units, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hash32(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash | 0
}

/** `mail-in`, `and/or`, `'quoted'`; then `StopTheSteal`, but neither `DOMINION` nor `ballots`. */
function partsOf(word: string): string[] {
  const parts = word
    .replaceAll("'", '')
    .split(/[-/]/)
    .filter((part) => part !== '')
  return parts.flatMap((part) => {
    const camel = part.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+/g)
    return camel !== null && camel.length > 1 && camel.length <= PARTS_MAX ? camel : [part]
  })
}

/** Letters of a group: what misspellings, endings and run-together hashtags have in common. */
const GROUP_LETTERS = 4

function groupsOf(word: string): number[] {
  const framed = `^${word.toLowerCase().replaceAll("'", '')}$`
  const hashes: number[] = []
  for (let i = 0; framed.length > GROUP_LETTERS && i + GROUP_LETTERS <= framed.length; i++) {
    hashes.push(hash32(framed.slice(i, i + GROUP_LETTERS), GROUP_LETTERS))
  }
  return hashes
}

/** The hashes of one token: one stem as a rule, several for `mail-in` and `#StopTheSteal`, none for a lone dash. */
export function hashesOf(token: string): Word {
  const known = cache.get(token)
  if (known !== undefined) return known
  const cut = token.slice(0, WORD_MAX)
  const stems = partsOf(cut).map((part) => hash32(PorterStemmer.stem(part.toLowerCase()), 0))
  const word: Word = { token, stems, groups: groupsOf(cut) }
  if (cache.size >= CACHE_MAX) cache.clear()
  cache.set(token, word)
  return word
}
