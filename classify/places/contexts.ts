/** Where a state's name is no place of the story, and where "Washington" and "LA" are which. */
import { stateOf } from '../../ingest/base/jurisdictions.ts'
import { GEORGIA_COUNTRY, PLACE_PREPOSITIONS, STATE_NOT_AFTER, STATE_NOT_BEFORE } from './names.ts'
import { OUTLETS, STREETS_AND_TEAMS } from './neighbours.ts'
import type { Mention } from './resolve.ts'
import type { Words } from './scan.ts'

/** Members of Congress, who are not of the place that the story is of: `Sen. John Cornyn of Texas`. */
const MEMBERS: ReadonlySet<string> = new Set(
  'sen senator rep representative congressman congresswoman congressmember'.split(' '),
)

/** A name of three words at most stands between `Sen.` and `of`. */
const MEMBER_WORDS_MAX = 4

function isHomeOfMember(words: Words, from: number): boolean {
  if (words.at(from - 1)?.lower !== 'of' || words.at(from)?.gap !== 'blank') return false
  for (let n = from - 2; n >= from - 2 - MEMBER_WORDS_MAX; n--) {
    const word = words.at(n)
    if (word === undefined || word.case === 'lower' || word.tag) return false
    if (MEMBERS.has(word.lower)) return n < from - 2
  }
  return false
}

/** `Detroit Free Press`, `LA Times`, `Pennsylvania Avenue`, `Dallas Cowboys`: part of another name. */
export function isPartOfName(words: Words, mention: Mention): boolean {
  const after = words.at(mention.to)
  const last = words.at(mention.to - 1)
  if (after === undefined || after.gap !== 'blank' || last?.possessive === true || last?.tag === true)
    return false
  if (last?.stopped === true || after.case === 'lower' || after.tag) return false
  if (OUTLETS.has(after.lower) || STREETS_AND_TEAMS.has(after.lower)) return true
  const next = words.at(mention.to + 1)?.lower
  return (
    (after.lower === 'free' && next === 'press') ||
    (after.lower === 'daily' && next === 'news') ||
    (after.lower === 'evening' && next === 'post') ||
    (after.lower === 'morning' && next === 'news') ||
    (after.lower === 'plain' && next === 'dealer') ||
    (after.lower === 'state' && STREETS_AND_TEAMS.has(next ?? ''))
  )
}

/** True where the words before and behind leave the state's name alone. */
export function isStateName(words: Words, mention: Mention, countryOfGeorgia: boolean): boolean {
  if (mention.entry.kind !== 'state') return false
  const { name, state } = mention.entry
  const before = words.at(mention.from - 1)
  const after = words.at(mention.to)
  if (state === 'GA' && name === 'georgia' && countryOfGeorgia) return false
  if (after !== undefined && after.gap === 'blank' && STATE_NOT_BEFORE[name]?.has(after.lower) === true)
    return false
  if (before !== undefined && STATE_NOT_AFTER[name]?.has(before.lower) === true) return false
  return !isHomeOfMember(words, mention.from)
}

/** The text is about Georgia in the Caucasus. */
export function speaksOfCountry(text: string): boolean {
  const lower = text.toLowerCase()
  return GEORGIA_COUNTRY.some((sign) => lower.includes(sign))
}

/** Joined to the word before by a comma, "and" or "or". */
function isJoined(words: Words, at: number): boolean {
  const word = words.at(at)
  return word !== undefined && (word.gap === 'comma' || word.lower === 'and' || word.lower === 'or')
}

/** What is Washington's, the state's, and not the capital's. */
const STATE_NOUNS: ReadonlySet<string> = new Set(
  "voter voters voter's counties ballots ballot voted votes secretary election elections primary residents auditors".split(
    ' ',
  ),
)

/** Who says so lives there: `I live in Washington`, `moved to Washington`. */
const LIVING: ReadonlySet<string> = new Set(
  'live lived living lives moved voted vote register registered here'.split(' '),
)

const BY_MAIL = /\bmail[- ]?in|\bby[- ]mail|\ball[- ]mail|\bmail(ed)? (ballots?|voting)|\bdrop ?box/i

/**
 * "Washington" alone is a person, a city or a state. Among states, behind a city of its own, with its voters, or where
 * one lives or votes by mail, it is the state.
 */
export function washingtonIsState(
  words: Words,
  at: number,
  mentions: readonly Mention[],
  text: string,
): boolean {
  const previous = words.at(at - 1)
  const after = words.at(at + 1)
  if (
    after?.gap === 'blank' &&
    STATE_NOUNS.has(after.lower) &&
    (previous?.case !== 'title' || previous.stopped)
  )
    return true
  if (previous?.lower === 'in' || previous?.lower === 'to' || previous?.lower === 'of') {
    const isFirst = words.at(at)?.case !== 'lower' && !(after?.gap === 'blank' && after.case === 'title')
    if (isFirst && LIVING.has(words.at(at - 2)?.lower ?? '')) return true
    if (isFirst && previous.lower !== 'to' && BY_MAIL.test(text)) return true
  }
  const before = mentions.at(-1)
  if (before === undefined || before.to < at - 1) return false
  if (!isJoined(words, at) && !(before.to === at - 1 && isJoined(words, at - 1))) return false
  if (before.entry.kind === 'state') return before.entry.name !== 'washington'
  return before.entry.kind === 'city'
    ? before.entry.places.some((place) => place.state === 'WA')
    : before.to === at && before.entry.fips.some((fips) => stateOf(fips) === 'WA')
}

/** `in LA`, `LA County` elsewhere: the city, not Louisiana. */
export function isLosAngeles(words: Words, at: number): boolean {
  const token = words.at(at)!
  if (token.raw !== 'LA' || token.gap !== 'blank') return false
  const previous = words.at(at - 1)?.lower ?? ''
  const after = words.at(at + 1)
  return (PLACE_PREPOSITIONS.has(previous) || previous === 'through') && after?.gap !== 'comma'
}
