/**
 * What people do to text, undone: look-alike letters, digits for letters, letters with spaces between, drawn-out words,
 * hashtags run together, emoji. What comes out is what the encoder reads, in training and in use; a text with none of
 * these comes out as it is.
 */
import { EMOJI_WORDS } from './emoji.ts'
import { lookAlike } from './look-alikes.ts'
import { segment } from './segment.ts'
import {
  DRAWN_OUT,
  DRAWN_OUT_WORD,
  FOREIGN,
  LEET,
  LEET_TOKEN,
  signsOf,
  SPACED,
  SPACED_LETTERS,
} from './signs.ts'
import { loadVocabulary, type Vocabulary } from './vocabulary.ts'

export type Plain = (cleaned: string) => string

/** Hashtags whose parts are kept, about 5 MB: a night's posts use some 30,000. */
const TAGS_MAX = 40_000

/** Kinds of emoji that are read. */
const EMOJI_MAX = 4

const BEYOND_ASCII = /[^\0-\x7f]/
const WORD_WITH_OTHERS = /[\p{L}\p{M}]*[^\p{ASCII}\P{L}][\p{L}\p{M}]*/gu
/** White space other than one space between words. */
const UNEVEN = /\s\s|[^\S ]|^\s|\s$/
const MARKS = /\p{M}+/gu
const EMOJI = /[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}]/gu
const IN_TAG_BEYOND_ASCII = /^[\p{L}\p{N}]/u
const CAMEL = /[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+/g

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

function withoutLookAlikes(text: string, vocabulary: Vocabulary): string {
  return text.replace(WORD_WITH_OTHERS, (word) => {
    const bare = word.normalize('NFD').replace(MARKS, '')
    if (!BEYOND_ASCII.test(bare)) return word.length === bare.length ? word : bare
    const skeleton = bare
      .replace(/[^\p{ASCII}]/gu, lookAlike)
      .normalize('NFD')
      .replace(MARKS, '')
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
  return text.replace(LEET_TOKEN, (token) => {
    const letters = token.toLowerCase().replace(/[^a-z]/g, (sign) => LEET_LETTERS[sign] ?? sign)
    if (isWord(letters, vocabulary)) return letters
    const trimmed = letters.replace(/i+$/, '')
    if (token.endsWith('!') && isWord(trimmed, vocabulary)) return `${trimmed}!`
    const withL = token
      .toLowerCase()
      .replace(/[^a-z]/g, (sign) => (sign === '1' ? 'l' : (LEET_LETTERS[sign] ?? sign)))
    return isWord(withL, vocabulary) ? withL : token
  })
}

function withoutRepeats(text: string, vocabulary: Vocabulary): string {
  return text.replace(/[a-z]+/gi, (word) => {
    if (!DRAWN_OUT_WORD.test(word)) return word
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

const IN_TAG = Uint8Array.from({ length: 128 }, (_, code) => (/\w/.test(String.fromCharCode(code)) ? 1 : 0))

/** Where a hashtag ends whose `#` stands before `from`. */
function endOfTag(text: string, from: number): number {
  let end = from
  while (end < text.length) {
    const code = text.charCodeAt(end)
    if (code < 128) {
      if (IN_TAG[code] === 0) break
      end++
      continue
    }
    const character = String.fromCodePoint(text.codePointAt(end)!)
    if (!IN_TAG_BEYOND_ASCII.test(character)) break
    end += character.length
  }
  return end
}

/** Hashtags as their words, with a space before and after; by hand, since a night's posts hold four each. */
function withoutTags(text: string, wordsOf: (tag: string) => string): string {
  let apart = ''
  let done = 0
  for (let at = text.indexOf('#'); at >= 0; at = text.indexOf('#', at + 1)) {
    const end = endOfTag(text, at + 1)
    if (end === at + 1) continue
    apart += text.slice(done, at)
    if (at > 0 && text.charCodeAt(at - 1) !== 32) apart += ' '
    apart += wordsOf(text.slice(at + 1, end))
    done = end
    if (done < text.length && text.charCodeAt(done) !== 32) apart += ' '
  }
  return apart + text.slice(done)
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
    let signs = signsOf(text)
    if (BEYOND_ASCII.test(text)) {
      if ((signs & FOREIGN) !== 0) text = withoutLookAlikes(text, vocabulary)
      text = emojiAtEnd(text)
      signs = signsOf(text)
    }
    if ((signs & SPACED) !== 0) {
      text = text.replace(SPACED_LETTERS, (run) =>
        segment(run.replace(/[^\p{L}]/gu, '').toLowerCase(), vocabulary).join(' '),
      )
      signs = signsOf(text)
    }
    if ((signs & LEET) !== 0) {
      text = withoutLeet(text, vocabulary)
      signs = signsOf(text)
    }
    if ((signs & DRAWN_OUT) !== 0) text = withoutRepeats(text, vocabulary)
    if (text.includes('#')) text = withoutTags(text, wordsOf)
    return UNEVEN.test(text) ? text.replace(/\s+/g, ' ').trim() : text
  }
}
