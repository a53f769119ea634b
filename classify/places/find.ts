/**
 * Finds the states and counties that a text names. Names are looked up by their first word; then codes, hashtags and
 * "… County"; at the end names that are ambiguous are resolved by the states that the text names, or left out.
 */
import { stateOf } from '../../ingest/base/jurisdictions.ts'
import type { PlaceId } from '../contract.ts'
import { CODE_WORDS, codeOf } from './codes.ts'
import { foldName, type Gazetteer, sharedGazetteer } from './gazetteer.ts'
import { BARE_COUNTIES, GEORGIA_COUNTRY, STATE_NOT_AFTER, STATE_NOT_BEFORE, WORD_CODES } from './names.ts'
import { type Mention, resolve } from './resolve.ts'
import { createScanner, type Words } from './scan.ts'
import { createTagReader, type ReadTag } from './tags.ts'

export type FindPlaces = (text: string) => PlaceId[]

/** Words of the longest county names: `Lake and Peninsula`, `St. John the Baptist`. */
const COUNTY_WORDS_MAX = 4

const COUNTY_NOUNS: ReadonlySet<string> = new Set([
  'county',
  'counties',
  'parish',
  'parishes',
  'borough',
  'co',
  'cty',
])

/** True where the words before and behind leave the state's name alone. */
function isStateName(words: Words, mention: Mention, countryOfGeorgia: boolean): boolean {
  if (mention.entry.kind !== 'state') return false
  const { name, state } = mention.entry
  const before = words.at(mention.from - 1)
  const after = words.at(mention.to)
  if (state === 'GA' && name === 'georgia' && countryOfGeorgia) return false
  if (after !== undefined && after.gap === 'blank' && STATE_NOT_BEFORE[name]?.has(after.lower) === true)
    return false
  if (before !== undefined && STATE_NOT_AFTER[name]?.has(before.lower) === true) return false
  return true
}

/** The text is about Georgia in the Caucasus. */
function speaksOfCountry(text: string): boolean {
  const lower = text.toLowerCase()
  return GEORGIA_COUNTRY.some((sign) => lower.includes(sign))
}

/** Joined to the word before by a comma, "and" or "or". */
function isJoined(words: Words, at: number): boolean {
  const word = words.at(at)
  return word !== undefined && (word.gap === 'comma' || word.lower === 'and' || word.lower === 'or')
}

/** "Washington" alone is a person, a city or a state; among states, or behind a city of its own, it is the state. */
function washingtonIsState(words: Words, at: number, mentions: readonly Mention[]): boolean {
  const before = mentions.at(-1)
  if (before === undefined || before.to < at - 1) return false
  if (!isJoined(words, at) && !(before.to === at - 1 && isJoined(words, at - 1))) return false
  return before.entry.kind === 'state'
    ? before.entry.name !== 'washington'
    : before.entry.kind === 'city' && before.entry.places.some((place) => place.state === 'WA')
}

function matchName(gazetteer: Gazetteer, words: Words, at: number): Mention | null {
  const names = gazetteer.names.get(words.at(at)?.lower ?? '')
  if (names === undefined) return null
  for (const { rest, entry } of names) {
    let fits = true
    for (let k = 0; k < rest.length && fits; k++) {
      const next = words.at(at + 1 + k)
      fits =
        next !== undefined &&
        next.lower === rest[k] &&
        (next.gap === 'blank' || (next.gap === 'comma' && next.lower.startsWith('d')))
    }
    if (fits) return { from: at, to: at + 1 + rest.length, entry }
  }
  return null
}

/** Louisiana has parishes, Alaska boroughs, all others counties. */
function isCalled(fips: string, noun: string): boolean {
  const state = stateOf(fips)
  if (noun.startsWith('parish')) return state === 'LA'
  return noun === 'borough' ? state === 'AK' : state !== 'LA'
}

/** FIPS codes of the counties that the words from `from` up to `to` name, without "County". */
function countiesNamed(
  gazetteer: Gazetteer,
  words: Words,
  from: number,
  to: number,
): readonly string[] | undefined {
  let name = ''
  for (let n = from; n < to; n++) {
    const word = words.at(n)!
    if (n > from && word.gap !== 'blank') return undefined
    name += (n > from ? ' ' : '') + (word.stopped && word.lower === 'st' ? 'st.' : word.lower)
  }
  return gazetteer.counties.get(foldName(name))
}

/** The county whose name ends right before word `at` (the word "County"), or whose names do before "counties". */
function countiesBefore(gazetteer: Gazetteer, words: Words, at: number): Mention[] {
  const found: Mention[] = []
  const noun = words.at(at)?.lower ?? ''
  const many = noun === 'counties' || noun === 'parishes'
  let end = at
  for (;;) {
    let mention: Mention | null = null
    for (let length = Math.min(COUNTY_WORDS_MAX, end); length >= 1 && mention === null; length--) {
      const called = countiesNamed(gazetteer, words, end - length, end)
      const fips = called?.filter((code) => isCalled(code, noun))
      if (fips !== undefined && fips.length > 0)
        mention = { from: end - length, to: at + 1, entry: { kind: 'county', fips } }
    }
    if (mention === null) return found
    found.unshift(mention)
    // `Pima and Maricopa counties`, `Fulton, Cobb and Gwinnett counties`.
    const previous = words.at(mention.from - 1)
    if (!many || previous === undefined) return found
    if (previous.lower === 'and') end = mention.from - 1
    else if (words.at(mention.from)?.gap === 'comma') end = mention.from
    else return found
  }
}

/** Looks for every name; gives the mentions in the order of the text. */
function findMentions(gazetteer: Gazetteer, readTag: ReadTag, words: Words): Mention[] {
  const mentions: Mention[] = []
  for (let i = 0; i < words.size; i++) {
    if (!words.isTelling(i)) continue
    const token = words.at(i)!
    if (token.tag) {
      const entry = readTag(token.raw)
      if (entry !== null) mentions.push({ from: i, to: i + 1, entry })
      continue
    }
    if (
      COUNTY_NOUNS.has(token.lower) &&
      i > 0 &&
      token.gap === 'blank' &&
      (token.lower !== 'co' || token.stopped)
    ) {
      const counties = countiesBefore(gazetteer, words, i)
      if (counties.length > 0) {
        while ((mentions.at(-1)?.to ?? 0) > counties[0]!.from) mentions.pop()
        mentions.push(...counties)
        continue
      }
    }
    const bare = token.case === 'lower' ? undefined : BARE_COUNTIES.get(token.lower)
    if (bare !== undefined) {
      mentions.push({ from: i, to: i + 1, entry: { kind: 'county', fips: [bare] } })
      continue
    }
    const named = matchName(gazetteer, words, i)
    if (named !== null) {
      if (token.lower === 'washington' && named.to === i + 1 && !washingtonIsState(words, i, mentions))
        continue
      mentions.push(named)
      i = named.to - 1
      continue
    }
    const state = codeOf(words, i, mentions.at(-1))
    if (state !== null)
      mentions.push({ from: i, to: i + 1, entry: { kind: 'state', state, name: token.lower } })
  }
  return mentions
}

/** Names of one word; and first words that may be a code too (`La Crosse`, `La.`). */
function wordNames(gazetteer: Gazetteer): string[] {
  return [...gazetteer.names]
    .filter(([first, names]) => first.length <= 2 || names.some(({ rest }) => rest.length === 0))
    .map(([first]) => first)
}

function pairsOf(gazetteer: Gazetteer): [string, string][] {
  return [...gazetteer.names].flatMap(([first, names]) =>
    names.flatMap(({ rest: [second] }): [string, string][] =>
      second === undefined ? [] : [[first, second]],
    ),
  )
}

/**
 * Builds the finder. It gives states and counties, a county together with its state, in the order in which the text
 * names them; never 'US'. It reads a bounded number of words and never throws.
 */
export function createPlaceFinder(): FindPlaces {
  const gazetteer = sharedGazetteer()
  const readTag = createTagReader(gazetteer)
  const scanWords = createScanner({
    words: [...wordNames(gazetteer), ...COUNTY_NOUNS, ...BARE_COUNTIES.keys(), ...CODE_WORDS],
    pairs: pairsOf(gazetteer),
    exact: new Set([...WORD_CODES].map((code) => code.toUpperCase())),
    isTag: (raw) => readTag(raw) !== null,
  })
  return function findPlaces(text) {
    const words = scanWords(text)
    if (words === null) return []
    const all = findMentions(gazetteer, readTag, words)
    if (all.length === 0) return []
    const country =
      all.some(({ entry }) => entry.kind === 'state' && entry.state === 'GA') && speaksOfCountry(text)
    const mentions = all.filter(
      (mention) => mention.entry.kind !== 'state' || isStateName(words, mention, country),
    )
    return resolve(mentions, words)
  }
}
