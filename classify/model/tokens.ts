/** Tokens by natural's tokenizer, stems by natural's Porter stemmer, and the hashes of both stems and letters. */
import PorterStemmer from 'natural/lib/natural/stemmers/porter_stemmer.js'
import AggressiveTokenizer from 'natural/lib/natural/tokenizers/aggressive_tokenizer.js'

/** Longer "words" are not words; Porter's patterns are quadratic in a word's length, so it is cut here. */
const WORD_MAX = 40

/** Stems kept: a night of 84,592 posts has about 40,000 spellings in lower case, most of them once. */
const STEMS_MAX = 40_000

/** Longest hashtag, in parts, that is taken apart: `#StopTheStealNow`. */
const PARTS_MAX = 8

/** The hashes of a token's stems and of its groups of letters. */
export interface Word {
  stems: readonly number[]
  groups: readonly number[]
}

const tokenizer = new AggressiveTokenizer()
const stemHashes = new Map<string, number>()

/** Words as they stand in a cleaned text, split by natural's AggressiveTokenizer. */
export function tokenize(cleaned: string): string[] {
  return tokenizer.tokenize(cleaned)
}

/** FNV-1a over UTF-16 code units, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hash32(text: string, from: number, to: number, seed: number): number {
  let hash = 0x811c9dc5 ^ seed
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash | 0
}

/** One part, whatever it is split by. */
const PLAIN = /^(?:[A-Z]?[a-z]+|[A-Z]+|[0-9]+)$/

/** `mail-in`, `and/or`, `'quoted'`; then `StopTheSteal`, but neither `DOMINION` nor `ballots`. */
function partsOf(word: string): string[] {
  if (PLAIN.test(word)) return [word]
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
  if (framed.length === GROUP_LETTERS) return hashes
  for (let to = GROUP_LETTERS; to <= framed.length; to++)
    hashes.push(hash32(framed, to - GROUP_LETTERS, to, GROUP_LETTERS))
  return hashes
}

/** What one of Porter's steps may take off or change; a word that ends otherwise is its own stem. */
const ENDING = /(?:[seyi]|ed|ing|al|ful|er|or|ic|ant|ent|ou|ism|ion|ll)$/

function stemHash(part: string): number {
  if (!ENDING.test(part)) return hash32(part, 0, part.length, 0)
  const known = stemHashes.get(part)
  if (known !== undefined) return known
  const stem = PorterStemmer.stem(part)
  const hash = hash32(stem, 0, stem.length, 0)
  if (stemHashes.size >= STEMS_MAX) stemHashes.clear()
  stemHashes.set(part, hash)
  return hash
}

/** The hashes of one token: one stem as a rule, several for `mail-in` and `#StopTheSteal`, none for a lone dash. */
export function hashesOf(token: string): Word {
  const cut = token.slice(0, WORD_MAX)
  return { stems: partsOf(cut).map((part) => stemHash(part.toLowerCase())), groups: groupsOf(cut) }
}
