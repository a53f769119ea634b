/**
 * Finds the states and counties that a text names. Names are looked up by their first word; then codes, hashtags,
 * "… County" and election offices (`Fulton elections board`). At the end ambiguous names are resolved: by the state
 * beside them, the states that the text names, the certain places around them, the office's title, the county that most
 * people of the name live in; or left out. A politician's name alone is never a place.
 */
import { stateOf } from '../../ingest/base/jurisdictions.ts'
import type { PlaceId } from '../contract.ts'
import { CAPITAL_CODE_WORDS, CODE_WORDS, codeOf } from './codes.ts'
import { foldName, type Gazetteer, type NameEntry, sharedGazetteer } from './gazetteer.ts'
import { isLosAngeles, isPartOfName, isStateName, speaksOfCountry, washingtonIsState } from './contexts.ts'
import { BARE_COUNTIES } from './large-counties.ts'
import { WORD_CODES } from './names.ts'
import { COUNTY_WORDS, isOffice, OFFICE_WORDS, PLAIN_COUNTIES, WORD_COUNTIES } from './offices.ts'
import { COUNTY_NOUNS, type Mention, resolve } from './resolve.ts'
import { createScanner, type PlaceToken, type Words } from './scan.ts'
import { createTagReader, type ReadTag } from './tags.ts'

export type FindPlaces = (text: string) => PlaceId[]

/** Words of the longest county names: `Lake and Peninsula`, `St. John the Baptist`. */
const COUNTY_WORDS_MAX = 4

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

function inName(word: PlaceToken): string {
  return word.stopped && word.lower === 'st' ? 'st.' : word.lower
}

/** Words of the longest county name that may end with this one; 0: none does. */
function countyWordsAt({ countyWords }: Gazetteer, word: PlaceToken | undefined): number {
  if (word === undefined) return 0
  const last = foldName(inName(word))
  const most = countyWords.get(last) ?? 0
  return word.possessive ? Math.max(most, countyWords.get(`${last}s`) ?? 0) : most
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
    name += (n > from ? ' ' : '') + inName(word)
  }
  const folded = foldName(name)
  // `Prince George's County` is not Prince George County.
  const possessive = words.at(to - 1)?.possessive === true ? gazetteer.counties.get(`${folded}s`) : undefined
  return possessive ?? gazetteer.counties.get(folded)
}

/** The county whose name ends right before word `at` (the word "County"), or whose names do before "counties". */
function countiesBefore(gazetteer: Gazetteer, words: Words, at: number): Mention[] {
  const found: Mention[] = []
  const noun = words.at(at)?.lower ?? ''
  const many = noun === 'counties' || noun === 'parishes'
  let end = at
  for (;;) {
    let mention: Mention | null = null
    const longest = Math.min(countyWordsAt(gazetteer, words.at(end - 1)), COUNTY_WORDS_MAX, end)
    for (let length = longest; length >= 1 && mention === null; length--) {
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

const OFFICE_TRIGGERS: ReadonlySet<string> = new Set(OFFICE_WORDS)

const LOS_ANGELES: NameEntry = { kind: 'county', fips: ['06037'] }

/** The county whose bare name ends right before an office at `at`: `Fulton elections board`, `Westmoreland voters`. */
function countyOfOffice(gazetteer: Gazetteer, words: Words, at: number): Mention | null {
  const noun = words.at(at)!
  const office = isOffice(words, at)
  if (noun.gap !== 'blank' || (!office && !COUNTY_WORDS.has(noun.lower))) return null
  const longest = Math.min(countyWordsAt(gazetteer, words.at(at - 1)), 2)
  for (let length = longest; length >= 1; length--) {
    const from = at - length
    if (words.at(from)!.case === 'lower' || words.at(at - 1)!.case === 'lower' || words.at(from)!.tag)
      continue
    const fips = countiesNamed(gazetteer, words, from, at)
    if (fips === undefined) continue
    const name = words.at(from)!.lower
    const before = words.at(from - 1)
    const first = before?.case === 'title' && words.at(from)!.gap === 'blank' && !before.stopped && from > 1
    // Not `Kamala Harris officials`, and not `Warren voters`.
    if (first || (office ? WORD_COUNTIES.has(name) : !PLAIN_COUNTIES.has(name))) return null
    return { from, to: at, entry: { kind: 'county', fips } }
  }
  return null
}

/** A city that needs its state gives way to the county of its name. */
function yields({ entry }: Mention): boolean {
  return entry.kind === 'city' && (entry.trust === 'with-state' || entry.trust === 'adjacent-state')
}

/** Looks for every name; gives the mentions in the order of the text. */
function findMentions(gazetteer: Gazetteer, readTag: ReadTag, words: Words, text: string): Mention[] {
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
    if (OFFICE_TRIGGERS.has(token.lower)) {
      const county = i > 0 ? countyOfOffice(gazetteer, words, i) : null
      const last = mentions.at(-1)
      // A large city of the name, or a state, has it first: `Philadelphia elections board`, `Delaware voters`.
      const taken = last !== undefined && last.to > (county?.from ?? i) && !yields(last)
      if (county !== null && !taken) {
        while ((mentions.at(-1)?.to ?? 0) > county.from) mentions.pop()
        mentions.push(county)
      }
      if (county !== null) continue
    }
    if (isLosAngeles(words, i)) {
      mentions.push({ from: i, to: i + 1, entry: LOS_ANGELES })
      continue
    }
    const bare = token.case === 'lower' ? undefined : BARE_COUNTIES.get(token.lower)
    if (bare !== undefined) {
      mentions.push({ from: i, to: i + 1, entry: { kind: 'county', fips: [bare] } })
      continue
    }
    const named = matchName(gazetteer, words, i)
    if (named !== null) {
      if (token.lower === 'washington' && named.to === i + 1 && !washingtonIsState(words, i, mentions, text))
        continue
      if (!isPartOfName(words, named)) mentions.push(named)
      i = named.to - 1
      continue
    }
    const state = codeOf(words, i, mentions.at(-1))
    const coded: Mention | null =
      state === null ? null : { from: i, to: i + 1, entry: { kind: 'state', state, name: token.lower } }
    if (coded !== null && !isPartOfName(words, coded)) mentions.push(coded)
  }
  return mentions
}

/** Names of one word: those that count in lower case too, or those of cities that need a capital (`Liberty`). */
function wordNames(gazetteer: Gazetteer, inLower: boolean): string[] {
  return [...gazetteer.names]
    .filter(([, names]) =>
      names.some(({ rest, entry }) => rest.length === 0 && isKnownInLower(entry) === inLower),
    )
    .map(([first]) => first)
}

function isKnownInLower(entry: NameEntry): boolean {
  return entry.kind !== 'city' || entry.trust !== 'adjacent-state'
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
    words: [...wordNames(gazetteer, true), ...COUNTY_NOUNS, ...CODE_WORDS],
    capitals: [...wordNames(gazetteer, false), ...BARE_COUNTIES.keys(), ...CAPITAL_CODE_WORDS],
    pairs: pairsOf(gazetteer),
    behind: {
      words: OFFICE_WORDS,
      names: [...gazetteer.counties.keys()].map((name) => name.split(' ').at(-1)!),
    },
    exact: new Set([...WORD_CODES].map((code) => code.toUpperCase())),
    isTag: (raw) => readTag(raw) !== null,
  })
  return function findPlaces(text) {
    const words = scanWords(text)
    if (words === null) return []
    const all = findMentions(gazetteer, readTag, words, text)
    if (all.length === 0) return []
    const country =
      all.some(({ entry }) => entry.kind === 'state' && entry.name === 'georgia') && speaksOfCountry(text)
    const mentions = all.filter(
      (mention) => mention.entry.kind !== 'state' || isStateName(words, mention, country),
    )
    return resolve(mentions, words)
  }
}
