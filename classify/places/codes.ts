/** Two letters that are a state: `Phoenix, AZ`, `in PA`, `AZ, GA and WI`, `Phoenix, Ariz.` */
import { STATE_CODES } from '../../ingest/base/jurisdictions.ts'
import type { NameEntry } from './gazetteer.ts'
import { CODE_PREPOSITIONS, PRESS_ABBREVIATIONS, RISKY_CODES, WORD_CODES } from './names.ts'
import type { PlaceToken, Words } from './scan.ts'

const CODES: ReadonlySet<string> = new Set(STATE_CODES)

/** The words that `codeOf` may give a state for, in lower case. */
export const CODE_WORDS: readonly string[] = [
  ...PRESS_ABBREVIATIONS.keys(),
  ...STATE_CODES.map((code) => code.toLowerCase()).filter((code) => !WORD_CODES.has(code)),
]

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
  return (
    (words.at(at)?.gap === 'comma' &&
      isCode(words.at(at - 1)) &&
      !WORD_CODES.has(words.at(at - 1)?.lower ?? '')) ||
    (after !== undefined && after.gap === 'comma' && isCode(after) && !WORD_CODES.has(after.lower))
  )
}

function fromCapitals(words: Words, at: number, before: Before | undefined): string | null {
  const token = words.at(at)!
  const previous = words.at(at - 1)
  const code = token.raw
  if (followsPlaceOf(code, at, before)) return code
  if (WORD_CODES.has(token.lower)) return isListed(words, at) && token.gap === 'comma' ? code : null
  if (isListed(words, at)) return code
  const behindPreposition =
    previous !== undefined && token.gap === 'blank' && CODE_PREPOSITIONS.has(previous.lower)
  // "in LA" is the city; find.ts knows it by its name.
  if (behindPreposition) return code === 'LA' || code === 'PR' ? null : code
  const behindComma = token.gap === 'comma' && previous !== undefined && previous.case !== 'lower'
  if (RISKY_CODES.has(token.lower)) return behindComma && code !== 'MD' && code !== 'VA' ? code : null
  const after = words.at(at + 1)
  // In a text all in capitals nothing sets a code apart.
  const loud =
    previous?.case === 'upper' && previous.raw.length > 3 && after?.case === 'upper' && after.raw.length > 3
  return loud && !behindComma ? null : code
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
  }
  const press = PRESS_ABBREVIATIONS.get(token.lower)
  if (press === undefined || token.case === 'lower') return null
  const previous = words.at(at - 1)
  // `Phoenix, Ariz.`; `in Mich. & Penn.`
  if (token.gap === 'comma') return previous?.case !== 'lower' || previous.stopped ? press : null
  return token.stopped && token.gap === 'blank' && CODE_PREPOSITIONS.has(previous?.lower ?? '') ? press : null
}
