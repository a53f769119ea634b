/** Two letters that are a state: `Phoenix, AZ`, `in PA`, `AZ, GA and WI`, `Phoenix, Ariz.` */
import { STATE_CODES } from '../../ingest/base/jurisdictions.ts'
import type { NameEntry } from './gazetteer.ts'
import {
  CODE_NOUNS,
  CODE_PREPOSITIONS,
  NO_CODE_AFTER,
  PLAIN_CODES,
  PRESS_ABBREVIATIONS,
  RISKY_CODES,
  WORD_CODES,
} from './names.ts'
import type { PlaceToken, Words } from './scan.ts'

const CODES: ReadonlySet<string> = new Set(STATE_CODES)

/** Abbreviations that are no words, so that a preposition before them is enough: `in calif`. */
const CLEAR_PRESS: ReadonlySet<string> = new Set([
  'ariz',
  'calif',
  'mich',
  'minn',
  'okla',
  'penn',
  'tenn',
  'wisc',
])

interface Before {
  to: number
  entry: NameEntry
}

function isCode(token: PlaceToken | undefined): boolean {
  return token !== undefined && token.case === 'upper' && CODES.has(token.raw)
}

/** A city or county of this state stands right before: `Portland, OR`. */
function followsPlaceOf(state: string, at: number, before: Before | undefined): boolean {
  if (before === undefined || before.to !== at) return false
  return before.entry.kind === 'city' && before.entry.places.some((place) => place.state === state)
    ? true
    : before.entry.kind === 'county'
}

/** In a list of codes: `AZ, OR, WA`. */
function isListed(words: Words, at: number): boolean {
  const after = words.at(at + 1)
  const before = words.at(at - 1)
  if (words.at(at)?.gap === 'comma' && isCode(before) && !WORD_CODES.has(before?.lower ?? '')) return true
  // `AL, LA and MS`
  const first = words.at(at - 2)
  if (
    before?.lower === 'and' &&
    isCode(first) &&
    words.at(at - 2)?.gap === 'comma' &&
    isCode(words.at(at - 3))
  )
    return true
  return after !== undefined && after.gap === 'comma' && isCode(after) && !WORD_CODES.has(after.lower)
}

function fromCapitals(words: Words, at: number, before: Before | undefined): string | null {
  const token = words.at(at)!
  const previous = words.at(at - 1)
  const code = token.raw
  if (followsPlaceOf(code, at, before)) return code
  if (WORD_CODES.has(token.lower)) return isListed(words, at) && token.gap === 'comma' ? code : null
  if (isListed(words, at)) return code
  // `in NE Portland`: a corner of a city.
  if (
    code === 'NE' &&
    token.gap === 'blank' &&
    words.at(at + 1)?.case === 'title' &&
    !CODE_NOUNS.has(words.at(at + 1)!.lower)
  )
    return null
  const behindPreposition =
    previous !== undefined && token.gap === 'blank' && CODE_PREPOSITIONS.has(previous.lower)
  // "in LA" is the city; find.ts knows it by its name.
  if (behindPreposition) return code === 'LA' || code === 'PR' ? null : code
  const behindComma = token.gap === 'comma' && previous !== undefined && previous.case !== 'lower'
  const after = words.at(at + 1)
  if (token.gap === 'blank' && NO_CODE_AFTER.has(previous?.lower ?? '') && (code === 'MO' || code === 'PR'))
    return null
  if (RISKY_CODES.has(token.lower)) {
    // `MA Republican primary`; `Voter ID election` law is none.
    if (after?.gap === 'blank' && !token.stopped && CODE_NOUNS.has(after.lower) && code !== 'ID') return code
    return behindComma && code !== 'MD' && code !== 'VA' ? code : null
  }
  // In a text all in capitals nothing sets a code apart.
  const loud =
    previous?.case === 'upper' && previous.raw.length > 3 && after?.case === 'upper' && after.raw.length > 3
  return loud && !behindComma ? null : code
}

/** `in az`, `tx and fl and pa`, `Arizona or pa`: in lower case a code needs a preposition or a state beside it. */
function fromLower(words: Words, at: number, before: Before | undefined): string | null {
  const token = words.at(at)!
  const code = token.lower.toUpperCase()
  const previous = words.at(at - 1)
  if (token.gap === 'blank' && CODE_PREPOSITIONS.has(previous?.lower ?? '')) return code
  const joined = token.gap === 'comma' || previous?.lower === 'and' || previous?.lower === 'or'
  const behindState = before?.entry.kind === 'state' && before.to >= at - 1
  if (joined && behindState) return code
  const after = words.at(at + 1)
  const second = words.at(after?.lower === 'and' || after?.lower === 'or' ? at + 2 : at + 1)
  const listed = after?.gap === 'comma' || after?.lower === 'and' || after?.lower === 'or'
  return listed && second?.case === 'lower' && PLAIN_CODES.has(second.lower) ? code : null
}

/** The state that the word at `at` is a code or an abbreviation of, or null. */
export function codeOf(words: Words, at: number, before: Before | undefined): string | null {
  const token = words.at(at)!
  if (token.raw.length === 2) {
    const code = token.raw.toUpperCase()
    if (!CODES.has(code)) return null
    if (token.case === 'upper') return fromCapitals(words, at, before)
    if (followsPlaceOf(code, at, before) && token.gap === 'comma') return code
    const previous = words.at(at - 1)?.lower ?? ''
    const plain = !WORD_CODES.has(token.lower) && !RISKY_CODES.has(token.lower)
    if (token.case === 'title' && plain && token.gap === 'blank' && CODE_PREPOSITIONS.has(previous))
      return code
    if (token.case === 'lower' && PLAIN_CODES.has(token.lower)) return fromLower(words, at, before)
  }
  const press = PRESS_ABBREVIATIONS.get(token.lower)
  const previous = words.at(at - 1)
  if (press === undefined) return null
  if (CLEAR_PRESS.has(token.lower) && token.gap === 'blank' && CODE_PREPOSITIONS.has(previous?.lower ?? ''))
    return press
  if (token.case === 'lower') return null
  // `Butler County Pa.`, `AZ and Fla`.
  if (before?.to === at && token.stopped && before.entry.kind !== 'state') return press
  if (before?.to === at - 1 && before.entry.kind === 'state' && previous?.lower === 'and') return press
  // `Phoenix, Ariz.`; `in Mich. & Penn.`
  if (token.gap === 'comma') return previous?.case !== 'lower' || previous.stopped ? press : null
  return token.stopped && token.gap === 'blank' && CODE_PREPOSITIONS.has(previous?.lower ?? '') ? press : null
}

const LOWER_CODES = STATE_CODES.map((code) => code.toLowerCase()).filter((code) => !WORD_CODES.has(code))

/** Codes that are words in lower case: no state then, whatever stands beside them. */
const WORDS_IN_LOWER: ReadonlySet<string> = new Set([
  'as',
  'al',
  'de',
  'id',
  'la',
  'oh',
  'vi',
  'pr',
  'mp',
  'gu',
  'mo',
])

/** The words that `codeOf` may give a state for, in lower case. */
export const CODE_WORDS: readonly string[] = [
  ...CLEAR_PRESS,
  ...LOWER_CODES.filter((code) => !WORDS_IN_LOWER.has(code)),
]

/** The same with a capital. */
export const CAPITAL_CODE_WORDS: readonly string[] = [...PRESS_ABBREVIATIONS.keys(), ...LOWER_CODES]
