/** Words of a text with what place names need to know of them: case, hashtag, what stands between. */

export type Case = 'lower' | 'title' | 'upper'

export interface PlaceToken {
  /** Lower case, without a possessive 's and a full stop at the end. */
  lower: string
  raw: string
  case: Case
  tag: boolean
  /** A full stop stood at its end: `Ariz.`, `Pa.` */
  stopped: boolean
  /** What stood between it and the word before: nothing but a blank, a comma, or anything else. */
  gap: 'blank' | 'comma' | 'other'
  /** May begin a place's name, or be one. */
  telling: boolean
}

/** Stands for every word that is too far from a telling one to matter. */
const FAR: PlaceToken = {
  lower: '',
  raw: '',
  case: 'lower',
  tag: false,
  stopped: false,
  gap: 'other',
  telling: false,
}

/** Words on either side of a telling word that rules look at: the longest county name, twice. */
const WINDOW = 9

/** Words read at most: a place is named at the beginning or among many others. */
const TOKENS_MAX = 700

/** Words of a name at most; longer runs of letters are no names. */
const WORD_MAX = 40

function isUpper(code: number): boolean {
  return code >= 65 && code <= 90
}

function isLetter(code: number): boolean {
  return isUpper(code) || (code >= 97 && code <= 122) || (code >= 0xc0 && code <= 0x24f)
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

/** Signs that stand inside a name: `Miami-Dade`, `Hawai'i`, `N.Y.`, `AT&T` no. */
function joins(text: string, i: number): boolean {
  const code = text.charCodeAt(i)
  const inside = code === 39 || code === 45 || code === 46 || code === 0x2019
  return inside && isLetter(text.charCodeAt(i + 1)) && isLetter(text.charCodeAt(i - 1))
}

function caseOf(raw: string): Case {
  if (!isUpper(raw.charCodeAt(0)) && !(raw.charCodeAt(0) >= 0xc0 && raw.charCodeAt(0) <= 0xde)) return 'lower'
  return raw === raw.toUpperCase() ? 'upper' : 'title'
}

/** What a spelling is, worked out once. */
interface Spelling {
  lower: string
  raw: string
  case: Case
}

/** Spellings kept; the frequent ones come back at once after the cache is emptied. */
const CACHE_MAX = 30_000

function toSpelling(raw: string): Spelling {
  const possessive = raw.length > 2 && (raw.endsWith("'s") || raw.endsWith('’s') || raw.endsWith("'S"))
  const name = possessive ? raw.slice(0, -2) : raw
  return { lower: name.toLowerCase(), raw: name, case: caseOf(name) }
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

/** Which words may be of a place's name: a text without any such word names no place. */
export interface Telling {
  /** First words of names, codes, and words like "county"; in lower case. */
  words: Iterable<string>
  /** Words that tell only as they stand here: `OR`, `ME`. */
  exact: ReadonlySet<string>
  /** True for a hashtag (without its sign) that names a place. */
  isTag(raw: string): boolean
}

/** Rifles, whose names begin as Arkansas' and Alaska's codes do. */
const RIFLES: ReadonlySet<string> = new Set(['AR-15', 'AK-47'])

/** Letters of a word's beginning by which most words are passed over without a look at the whole. */
const PREFIX_SLOTS = 1 << 15

function prefixOf(text: string, start: number, end: number): number {
  let prefix = 0
  for (let i = start; i < end && i < start + 3; i++) prefix = (prefix << 5) | (text.charCodeAt(i) & 31)
  return prefix
}

/**
 * Builds the scanner: the words of a text, without mentions and addresses, or null where no word and no hashtag is
 * telling. Linear in the text's length.
 */
export function createScanner(telling: Telling): (text: string) => PlaceToken[] | null {
  const words = new Set(telling.words)
  const prefixes = new Uint8Array(PREFIX_SLOTS)
  for (const word of [...words, ...telling.exact]) prefixes[prefixOf(word, 0, word.length)] = 1
  const cache = new Map<string, Spelling>()
  const starts = new Int32Array(TOKENS_MAX)
  const ends = new Int32Array(TOKENS_MAX)
  const tellingAt = new Uint8Array(TOKENS_MAX)

  function spellingOf(raw: string): Spelling {
    const known = cache.get(raw)
    if (known !== undefined) return known
    const spelling = toSpelling(raw)
    if (cache.size >= CACHE_MAX) cache.clear()
    cache.set(raw, spelling)
    return spelling
  }

  function isTelling(text: string, start: number, end: number): boolean {
    if (text.charCodeAt(start - 1) === 35)
      return telling.isTag(text.slice(start, Math.min(end, start + WORD_MAX)))
    if (RIFLES.has(text.slice(start, end + 3))) return false
    // A possessive changes the beginning of short words only: `PA's`.
    const possessive =
      end - start > 2 && text.charCodeAt(end - 1) === 115 && !isLetter(text.charCodeAt(end - 2))
    const bare = possessive ? end - 2 : end
    if (prefixes[prefixOf(text, start, bare)] === 0 || bare - start > WORD_MAX) return false
    const word = text.slice(start, bare)
    return words.has(word.toLowerCase()) || (bare - start === 2 && telling.exact.has(word))
  }

  function tokenOf(text: string, n: number): PlaceToken {
    const start = starts[n]!
    const end = ends[n]!
    const { lower, raw, case: own } = spellingOf(text.slice(start, Math.min(end, start + WORD_MAX)))
    const gap = n === 0 ? 'other' : gapOf(text, ends[n - 1]!, start)
    const tag = text.charCodeAt(start - 1) === 35
    return {
      lower,
      raw,
      case: own,
      tag,
      stopped: text.charCodeAt(end) === 46,
      gap,
      telling: tellingAt[n] === 1,
    }
  }

  /** Works out only the words near a telling one: most words of most texts are not. */
  function tokensOf(text: string, size: number): PlaceToken[] {
    const tokens: PlaceToken[] = []
    let near = 0
    let ahead = 0
    for (let n = 0; n < size; n++) {
      for (; ahead < size && ahead <= n + WINDOW; ahead++)
        if (tellingAt[ahead] === 1) near = ahead + WINDOW + 1
      tokens.push(n < near ? tokenOf(text, n) : FAR)
    }
    return tokens
  }

  return function scanWords(text) {
    let size = 0
    let found = false
    for (let i = 0; i < text.length && size < TOKENS_MAX; i++) {
      const code = text.charCodeAt(i)
      if (code === 64) {
        i = endOfRun(text, i)
        continue
      }
      if (!isLetter(code)) {
        // `H1N1`, `22nd`: a word that begins with digits is no name.
        if (isDigit(code)) {
          while (isLetter(text.charCodeAt(i + 1)) || isDigit(text.charCodeAt(i + 1))) i++
        }
        continue
      }
      const start = i
      while (
        i < text.length &&
        (isLetter(text.charCodeAt(i)) || isDigit(text.charCodeAt(i)) || joins(text, i))
      )
        i++
      if (text.charCodeAt(i) === 58 && text.charCodeAt(i + 1) === 47) {
        i = endOfRun(text, i)
        continue
      }
      const tells = isTelling(text, start, i)
      found ||= tells
      tellingAt[size] = tells ? 1 : 0
      starts[size] = start
      ends[size] = i
      size++
      i--
    }
    return found ? tokensOf(text, size) : null
  }
}
