/**
 * What people do to text, undone: look-alike letters, digits for letters, letters with spaces between, drawn-out words,
 * hashtags run together, emoji. What comes out is what the encoder reads, in training and in use; a text with none of
 * these comes out as it is.
 */
import unhomoglyph from 'unhomoglyph'
import { EMOJI_WORDS } from './emoji.ts'
import { segment } from './segment.ts'
import { loadVocabulary, type Vocabulary } from './vocabulary.ts'

export type Plain = (cleaned: string) => string

/** Hashtags whose parts are kept: a night's posts use about 10,000, few of them often. */
const TAGS_MAX = 10_000

/** Kinds of emoji that are read. */
const EMOJI_MAX = 4

const BEYOND_ASCII = /[^\0-\x7f]/
const WORD_WITH_OTHERS = /[\p{L}\p{M}]*[^\p{ASCII}\P{L}][\p{L}\p{M}]*/gu
const MARKS = /\p{M}+/gu
const EMOJI = /\p{Extended_Pictographic}|[\u{1f1e6}-\u{1f1ff}\u{1f3fb}-\u{1f3ff}]/gu
const TAG = /#([\p{L}\p{N}_]+)/gu
const CAMEL = /[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+/g
const DRAWN_OUT = /([a-z])\1{2,}/i
const LEET = /[a-z0-9@$!|+]*(?:[a-z][0-9@$!|+]+[a-z]|[0-9@$|]+[a-z]{2}|[a-z]{2}[0-9@$]+)[a-z0-9@$!|+]*/gi
const SPACED = /(?<![\p{L}\p{N}])\p{L}(?:([ .\-_*·])\p{L}(?:\1\p{L})+)(?![\p{L}\p{N}])/gu

/** Digits and signs that stand for letters; `1` for two of them. */
const LEET_LETTERS: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '9': 'g',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'l',
  '+': 't',
}

/** Letters that Unicode's list of confusables pairs with others, but that are written for these. */
const MORE_LOOK_ALIKES: Readonly<Record<string, string>> = { ς: 'c', η: 'n', ν: 'v', κ: 'k', ω: 'w', τ: 't' }

function lookAlike(letter: string): string {
  return MORE_LOOK_ALIKES[letter] ?? unhomoglyph(letter)
}

function withoutLookAlikes(text: string, vocabulary: Vocabulary): string {
  return text.replace(WORD_WITH_OTHERS, (word) => {
    const bare = word.normalize('NFD').replace(MARKS, '')
    if (!BEYOND_ASCII.test(bare)) return word.length === bare.length ? word : bare
    const skeleton = bare.replace(/[^\p{ASCII}]/gu, lookAlike).normalize('NFD').replace(MARKS, '')
    if (BEYOND_ASCII.test(skeleton)) return word
    // A word of another script may look like letters of this one by chance; a mixed one does not.
    return /[a-z]/i.test(bare) || isWord(skeleton.toLowerCase(), vocabulary) ? skeleton : word
  })
}

/** Whether letters are a word, or one with an ending that the list leaves out. */
function isWord(letters: string, vocabulary: Vocabulary): boolean {
  if (letters.length < 3) return false
  if (vocabulary.has(letters)) return true
  const stem = /^(.{3,}?)(?:s|es|ed|d|ing|ers?)$/.exec(letters)?.[1]
  return stem !== undefined && vocabulary.has(stem)
}

function withoutLeet(text: string, vocabulary: Vocabulary): string {
  return text.replace(LEET, (token) => {
    const letters = token.toLowerCase().replace(/[^a-z]/g, (sign) => LEET_LETTERS[sign] ?? sign)
    if (isWord(letters, vocabulary)) return letters
    const trimmed = letters.replace(/i+$/, '')
    if (token.endsWith('!') && isWord(trimmed, vocabulary)) return `${trimmed}!`
    const withL = token.toLowerCase().replace(/[^a-z]/g, (sign) => (sign === '1' ? 'l' : (LEET_LETTERS[sign] ?? sign)))
    return isWord(withL, vocabulary) ? withL : token
  })
}

function withoutRepeats(text: string, vocabulary: Vocabulary): string {
  return text.replace(/[a-z]+/gi, (word) => {
    if (!DRAWN_OUT.test(word)) return word
    const once = word.replace(/([a-z])\1{2,}/gi, '$1')
    const twice = word.replace(/([a-z])\1{2,}/gi, '$1$1')
    const ranks = [once, twice].map((form) => vocabulary.get(form.toLowerCase()) ?? Infinity)
    if (ranks[0] !== ranks[1]) return ranks[0]! < ranks[1]! ? once : twice
    return isWord(once.toLowerCase(), vocabulary) ? once : twice
  })
}

/** Emoji gathered at a text's end, each kind once: between the words they would part what belongs together. */
function emojiAtEnd(text: string): string {
  const words = new Set<string>()
  const bare = text.replace(EMOJI, (emoji) => {
    const word = EMOJI_WORDS[emoji]
    if (word !== undefined && words.size < EMOJI_MAX) words.add(word)
    return ' '
  })
  return words.size === 0 ? bare : `${bare} ${[...words].join(' ')}`
}

function tagWords(tag: string, vocabulary: Vocabulary): string {
  const parts = tag.split('_').flatMap((part) => part.match(CAMEL) ?? [part])
  return parts
    .flatMap((part) => (/^[a-z]{4,}$/i.test(part) ? segment(part.toLowerCase(), vocabulary) : [part]))
    .join(' ')
}

/** Builds `plain(cleaned)`; its time is linear in the text's length. Throws where the encoder's word list is missing. */
export function createPlain(vocabulary: Vocabulary = loadVocabulary()): Plain {
  const tags = new Map<string, string>()

  function wordsOf(tag: string): string {
    const known = tags.get(tag)
    if (known !== undefined) return known
    const words = tagWords(tag, vocabulary)
    if (tags.size >= TAGS_MAX) tags.clear()
    tags.set(tag, words)
    return words
  }

  return function plain(cleaned) {
    let text = cleaned
    if (BEYOND_ASCII.test(text)) {
      text = withoutLookAlikes(text, vocabulary)
      text = emojiAtEnd(text)
    }
    if (SPACED.test(text)) {
      text = text.replace(SPACED, (run) =>
        segment(run.replace(/[^\p{L}]/gu, '').toLowerCase(), vocabulary).join(' '),
      )
    }
    if (/[a-z][0-9@$!|+]|[0-9@$|][a-z]/i.test(text)) text = withoutLeet(text, vocabulary)
    if (DRAWN_OUT.test(text)) text = withoutRepeats(text, vocabulary)
    if (text.includes('#')) text = text.replace(TAG, (_, tag: string) => ` ${wordsOf(tag)} `)
    return text.replace(/\s+/g, ' ').trim()
  }
}
