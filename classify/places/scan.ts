/** Words of a text with what place names need to know of them: case, hashtag, what stands between. */
import {
  HASH_START,
  NO_WORD,
  PAIR_SLOTS,
  SLOTS,
  TAGS_KEPT,
  WORDS_KEPT,
  hashOf,
  hashOfPair,
  mark,
  pairSlotOf,
  slotOf,
  step,
} from './slots.ts'

export type Case = 'lower' | 'title' | 'upper'

export interface PlaceToken {
  /** Lower case, without a possessive 's and a full stop at the end. */
  lower: string
  raw: string
  case: Case
  tag: boolean
  /** It stood in the possessive: `Georgia's`, `Prince George's`. */
  possessive: boolean
  /** A full stop stood at its end: `Ariz.`, `Pa.` */
  stopped: boolean
  /** What stood between it and the word before: nothing but a blank, a comma, or anything else. */
  gap: 'blank' | 'comma' | 'other'
}

/** Words read at most: a place is named at the beginning or among many others. */
const TOKENS_MAX = 700

/** Words of a name at most; longer runs of letters are no names. */
const WORD_MAX = 40

const OTHER = 0
const LETTER = 1
const DIGIT = 2

/** Where Latin ends. */
const LATIN_END = 0x250

const KINDS = Uint8Array.from({ length: LATIN_END }, (_, code) => {
  if (code >= 48 && code <= 57) return DIGIT
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code >= 0xc0 ? LETTER : OTHER
})

/** OTHER for NaN too, which stands beyond a text's end. */
function kindOf(code: number): number {
  return code < LATIN_END ? KINDS[code]! : OTHER
}

function isLower(code: number): boolean {
  return code >= 97 && code <= 122
}

/** Signs that stand inside a name: `Miami-Dade`, `Hawai'i`, `N.Y.`; the blank, which most words end with, is none. */
function mayJoin(code: number): boolean {
  return code === 39 || code === 45 || code === 46 || code === 0x2019
}

/** Does the sign at `i` join two letters? */
function joins(text: string, i: number): boolean {
  if (kindOf(text.charCodeAt(i + 1)) !== LETTER || kindOf(text.charCodeAt(i - 1)) !== LETTER) return false
  // `Oregon.Then`: two sentences without a blank between.
  const ends = text.charCodeAt(i) === 46 && isLower(text.charCodeAt(i - 2)) && isLower(text.charCodeAt(i - 1))
  return !ends
}

function caseOf(raw: string): Case {
  const first = raw.charCodeAt(0)
  if (!(first >= 65 && first <= 90) && !(first >= 0xc0 && first <= 0xde)) return 'lower'
  return raw === raw.toUpperCase() ? 'upper' : 'title'
}

function withoutPossessive(raw: string): string {
  const possessive = raw.length > 2 && (raw.endsWith("'s") || raw.endsWith('’s') || raw.endsWith("'S"))
  return possessive ? raw.slice(0, -2) : raw
}

function gapOf(text: string, from: number, to: number): PlaceToken['gap'] {
  if (to - from === 1 && text.charCodeAt(from) === 32) return 'blank'
  const between = text.slice(from, Math.min(to, from + 4))
  if (to - from <= 4 && (between.startsWith(',') || between.startsWith('/') || between.trim() === '&'))
    return 'comma'
  return between.trim() === '' || between.trim() === '#' || between.trim() === '.' ? 'blank' : 'other'
}

/** Parts of `#GeorgiaRunoff`, `#AZsenate`, `#NE02`: each a word of its own, marked as of a hashtag. */
export function tagParts(raw: string): string[] {
  const parts = raw.match(/[A-Z]{2,}(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+/g)
  return parts ?? []
}

/** Skips an address or a mention: everything up to the next blank. */
function endOfRun(text: string, from: number): number {
  let i = from
  while (i < text.length && text.charCodeAt(i) > 32) i++
  return i
}

/** Which words may be of a place's name: a text without any such word names no place. All in lower case. */
export interface Telling {
  /** Names of one word, codes, and words like "county". */
  words: Iterable<string>
  /** Words that tell only with a capital: `Liberty`, `Miss.`, `AS`. */
  capitals: Iterable<string>
  /** The first two words of longer names: "the" tells nothing, and "The Dalles" does. */
  pairs: Iterable<readonly [string, string]>
  /** Words that tell only right behind a name with a capital: "recorder" behind "Maricopa". */
  behind: { words: Iterable<string>; names: Iterable<string> }
  /** Words that tell only as they stand here: `OR`, `ME`. */
  exact: ReadonlySet<string>
  /** True for a hashtag (without its sign) that names a place. */
  isTag(raw: string): boolean
}

/** Rifles, whose names begin as Arkansas' and Alaska's codes do. */
const RIFLES: ReadonlySet<string> = new Set(['AR-15', 'AK-47'])

/** The words of the text that was read last; valid until the next is read. */
export interface Words {
  readonly size: number
  /** May word `n` begin a place's name, or be one? */
  isTelling(n: number): boolean
  /** Word `n`, worked out when it is asked for: most words of most texts never are. Undefined beyond both ends. */
  at(n: number): PlaceToken | undefined
}

/** Marks of a word's slot, so that one look tells all: it is telling; it is telling behind a name; it ends such a name. */
const TELLS = 1
const TELLS_BEHIND = 2
const ENDS_NAME = 4

/**
 * Builds the scanner: the words of a text, without mentions and addresses, or null where no word and no hashtag is
 * telling. Linear in the text's length.
 */
export function createScanner(telling: Telling): (text: string) => Words | null {
  const names = new Set(telling.words)
  const capitals = new Set(telling.capitals)
  const slots = new Uint8Array(SLOTS)
  mark(slots, [...names, ...capitals, ...telling.exact].map(hashOf), TELLS)
  mark(slots, [...telling.behind.words].map(hashOf), TELLS_BEHIND)
  mark(slots, [...telling.behind.names].map(hashOf), ENDS_NAME)
  const pairs = new Uint32Array(PAIR_SLOTS / 32)
  for (const [first, second] of telling.pairs) {
    const slot = pairSlotOf(hashOfPair(hashOf(first), hashOf(second)))
    pairs[slot >>> 5] = pairs[slot >>> 5]! | (1 << (slot & 31))
  }
  const starts = new Int32Array(TOKENS_MAX)
  const ends = new Int32Array(TOKENS_MAX)
  const tells = new Uint8Array(TOKENS_MAX)
  const tags: string[] = Array.from({ length: TAGS_KEPT }, () => '')
  const tagTells = new Uint8Array(TAGS_KEPT)
  const told: string[] = Array.from({ length: WORDS_KEPT }, () => '')
  const toldTells = new Uint8Array(WORDS_KEPT)
  let current = ''
  let size = 0
  let found = false
  /** The hash of the word before; NO_WORD where it begins no name. */
  let previous = NO_WORD
  let tokens: (PlaceToken | undefined)[] = []

  /** `hash` is of the word from `start` to `end`, without its possessive; `before` of the word before it. */
  function isTellingWord(text: string, hash: number, before: number, start: number, end: number): boolean {
    const marks = slots[slotOf(hash)]! & (TELLS | TELLS_BEHIND)
    return marks !== 0 && end - start <= WORD_MAX && isMarkedWord(text, hash, marks, before, start, end)
  }

  function isMarkedWord(
    text: string,
    hash: number,
    marks: number,
    before: number,
    start: number,
    end: number,
  ): boolean {
    if ((marks & TELLS_BEHIND) !== 0 && isName(text, before)) return true
    if ((marks & TELLS) === 0) return false
    const short = end - start === 2
    return tellsAs(text, hash, start, end) && !(short && RIFLES.has(text.slice(start, end + 3)))
  }

  /** Most telling words are the same few, too: as with hashtags. */
  function tellsAs(text: string, hash: number, start: number, end: number): boolean {
    const slot = slotOf(hash) & (WORDS_KEPT - 1)
    const known = told[slot]!
    if (known.length === end - start && text.startsWith(known, start)) return toldTells[slot] === 1
    const word = text.slice(start, end)
    const lower = word.toLowerCase()
    const tells =
      names.has(lower) ||
      (capitals.has(lower) && !isLower(text.charCodeAt(start))) ||
      (end - start === 2 && telling.exact.has(word))
    told[slot] = word
    toldTells[slot] = tells ? 1 : 0
    return tells
  }

  /** The word before, of this hash, may be a county's name: `Maricopa` before "recorder". */
  function isName(text: string, hash: number): boolean {
    return (
      hash !== NO_WORD &&
      (slots[slotOf(hash)]! & ENDS_NAME) !== 0 &&
      !isLower(text.charCodeAt(starts[size - 1]!))
    )
  }

  function isPair(hash: number): boolean {
    if (previous === NO_WORD) return false
    const slot = pairSlotOf(hashOfPair(previous, hash))
    return (pairs[slot >>> 5]! & (1 << (slot & 31))) !== 0
  }

  /** Most hashtags are the same few: one that was seen before is compared in place, neither cut out nor looked up. */
  function isTag(text: string, hash: number, start: number, end: number): boolean {
    const slot = slotOf(hash) & (TAGS_KEPT - 1)
    const known = tags[slot]!
    if (known.length === end - start && text.startsWith(known, start)) return tagTells[slot] === 1
    const raw = text.slice(start, end)
    const tell = telling.isTag(raw)
    tags[slot] = raw
    tagTells[slot] = tell ? 1 : 0
    return tell
  }

  /** Reads the word at `start`; gives where it ends. An address is read over. */
  function readWord(text: string, start: number): number {
    let i = start
    let hash = HASH_START
    let joint = -1
    let hashBeforeJoint = hash
    for (; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (kindOf(code) === OTHER) {
        if (!mayJoin(code) || !joins(text, i)) break
        joint = i
        hashBeforeJoint = hash
      }
      hash = step(hash, code)
    }
    if (text.charCodeAt(i) === 58 && text.charCodeAt(i + 1) === 47) return endOfRun(text, i)
    const ending = joint > 0 && joint === i - 2
    // The few pairs that only share a slot with a name's cost a search in vain.
    if (size > 0 && (isPair(hash) || (ending && isPair(hashBeforeJoint)))) {
      tells[size - 1] = 1
      found = true
    }
    let tell: boolean
    if (text.charCodeAt(start - 1) === 35) {
      tell = isTag(text, hash, start, Math.min(i, start + WORD_MAX))
      previous = NO_WORD
    } else {
      const possessive = ending && text.charCodeAt(i - 1) === 115
      const before = previous
      previous = possessive ? hashBeforeJoint : hash
      tell = isTellingWord(text, previous, before, start, possessive ? joint : i)
    }
    tells[size] = tell ? 1 : 0
    found ||= tell
    starts[size] = start
    ends[size] = i
    size++
    return i
  }

  function tokenOf(text: string, n: number): PlaceToken {
    const start = starts[n]!
    const end = ends[n]!
    const raw = withoutPossessive(text.slice(start, Math.min(end, start + WORD_MAX)))
    return {
      lower: raw.toLowerCase(),
      raw,
      case: caseOf(raw),
      tag: text.charCodeAt(start - 1) === 35,
      possessive: raw.length < Math.min(end - start, WORD_MAX),
      stopped: text.charCodeAt(end) === 46,
      gap: n === 0 ? 'other' : gapOf(text, ends[n - 1]!, start),
    }
  }

  const words: Words = {
    get size() {
      return size
    },
    isTelling: (n) => tells[n] === 1,
    at(n) {
      if (n < 0 || n >= size) return undefined
      return (tokens[n] ??= tokenOf(current, n))
    },
  }

  return function scanWords(text) {
    current = text
    size = 0
    found = false
    previous = NO_WORD
    tokens = []
    let i = 0
    while (i < text.length && size < TOKENS_MAX) {
      const code = text.charCodeAt(i)
      const kind = kindOf(code)
      if (kind === LETTER) i = readWord(text, i)
      else if (code === 64) i = endOfRun(text, i)
      else i++
      // `H1N1`, `22nd`: a word that begins with digits is no name.
      if (kind === DIGIT) while (kindOf(text.charCodeAt(i)) !== OTHER) i++
    }
    return found ? words : null
  }
}
