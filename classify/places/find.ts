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

/** "Washington" alone is a person, a city or a state; among states, or behind a city of its own, it is the state. */
function washingtonIsState(words: Words, at: number, mentions: readonly Mention[]): boolean {
  const before = mentions.at(-1)
  const joined = (i: number) => tokens[i]?.gap === 'comma' || /^(and|or)$/.test(tokens[i]?.lower ?? '')
  if (before === undefined || before.to < at - 1 || !(joined(at) || (before.to === at - 1 && joined(at - 1))))
    return false
  return before.entry.kind === 'state'
    ? before.entry.name !== 'washington'
    : before.entry.kind === 'city' && before.entry.places.some((place) => place.state === 'WA')
}

function matchName(gazetteer: Gazetteer, words: Words, at: number): Mention | null {
  const token = tokens[at]
  const names = token === undefined ? undefined : gazetteer.names.get(token.lower)
  if (names === undefined) return null
  for (const { rest, entry } of names) {
    let fits = true
    for (let k = 0; k < rest.length && fits; k++) {
      const next = tokens[at + 1 + k]
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

/** The county whose name ends right before word `at` (the word "County"), or whose names do before "counties". */
function countiesBefore(gazetteer: Gazetteer, words: Words, at: number): Mention[] {
  const found: Mention[] = []
  let end = at
  for (;;) {
    let mention: Mention | null = null
    for (let length = Math.min(COUNTY_WORDS_MAX, end); length >= 1 && mention === null; length--) {
      const words = tokens.slice(end - length, end)
      if (words.slice(1).some((word) => word.gap !== 'blank')) continue
      const called = gazetteer.counties.get(
        foldName(words.map((word) => (word.stopped && word.lower === 'st' ? 'st.' : word.lower)).join(' ')),
      )
      const fips = called?.filter((code) => isCalled(code, tokens[at]?.lower ?? ''))
      if (fips !== undefined && fips.length > 0)
        mention = { from: end - length, to: at + 1, entry: { kind: 'county', fips } }
    }
    if (mention === null) return found
    found.unshift(mention)
    // `Pima and Maricopa counties`, `Fulton, Cobb and Gwinnett counties`.
    const many = tokens[at]?.lower === 'counties' || tokens[at]?.lower === 'parishes'
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
  const drop = (from: number) => {
    while ((mentions.at(-1)?.to ?? 0) > from) mentions.pop()
  }
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!
    if (!token.telling) continue
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
      const counties = countiesBefore(gazetteer, tokens, i)
      if (counties.length > 0) {
        drop(counties[0]!.from)
        mentions.push(...counties)
        continue
      }
    }
    const bare = token.case === 'lower' ? undefined : BARE_COUNTIES.get(token.lower)
    if (bare !== undefined) {
      mentions.push({ from: i, to: i + 1, entry: { kind: 'county', fips: [bare] } })
      continue
    }
    const named = matchName(gazetteer, tokens, i)
    if (named !== null) {
      if (token.lower === 'washington' && named.to === i + 1 && !washingtonIsState(tokens, i, mentions))
        continue
      mentions.push(named)
      i = named.to - 1
      continue
    }
    const state = codeOf(tokens, i, mentions.at(-1))
    if (state !== null)
      mentions.push({ from: i, to: i + 1, entry: { kind: 'state', state, name: token.lower } })
  }
  return mentions
}

/**
 * Builds the finder. It gives states and counties, a county together with its state, in the order in which the text
 * names them; never 'US'. It reads a bounded number of words and never throws.
 */
export function createPlaceFinder(): FindPlaces {
  const gazetteer = sharedGazetteer()
  const readTag = createTagReader(gazetteer)
  const scanWords = createScanner({
    words: [...gazetteer.names.keys(), ...COUNTY_NOUNS, ...BARE_COUNTIES.keys(), ...CODE_WORDS],
    exact: new Set([...WORD_CODES].map((code) => code.toUpperCase())),
    isTag: (raw) => readTag(raw) !== null,
  })
  return function findPlaces(text) {
    const tokens = scanWords(text)
    if (tokens === null) return []
    const all = findMentions(gazetteer, readTag, tokens)
    if (all.length === 0) return []
    const country =
      all.some(({ entry }) => entry.kind === 'state' && entry.state === 'GA') && speaksOfCountry(text)
    const mentions = all.filter(
      (mention) => mention.entry.kind !== 'state' || isStateName(tokens, mention, country),
    )
    return resolve(mentions, tokens)
  }
}
