/** Which place a name is: by what stands beside it, by the states that the text names, by its size. */
import { STATE_CODES, stateOf } from '../../ingest/base/jurisdictions.ts'
import { stateName } from '../../ingest/base/states.ts'
import type { PlaceId } from '../contract.ts'
import type { CityPlace, NameEntry } from './gazetteer.ts'
import { LARGE_COUNTIES } from './large-counties.ts'
import { CITY_NOUNS, PLACE_PREPOSITIONS } from './names.ts'
import { isOffice, statesOfOffice } from './offices.ts'
import type { PlaceToken, Words } from './scan.ts'

/** A name in the text, from word `from` up to word `to`. */
export interface Mention {
  from: number
  to: number
  entry: NameEntry
}

/** The words from `from` up to `to`, in lower case. */
export function nameOf(words: Words, from: number, to: number): string {
  let name = words.at(from)?.lower ?? ''
  for (let n = from + 1; n < to; n++) name += ` ${words.at(n)?.lower ?? ''}`
  return name
}

function isName(token: PlaceToken | undefined): boolean {
  return token !== undefined && token.case !== 'lower'
}

/** Known cities whose names in lower case are other words. */
const WEAK_LOWER: ReadonlySet<string> = new Set([
  'atl',
  'miami',
  'akron',
  'tampa',
  'delco',
  'harlem',
  'rva',
  'phx',
  'stl',
  'mke',
  'pgh',
  'abq',
  'slc',
  'pdx',
  'dfw',
])

interface Standing {
  named: boolean
  behindPreposition: boolean
  beforeNoun: boolean
  /** Another name stands right behind it: `Austin Smith`. */
  beforeName: boolean
  /** Another name stands right before it: `Whitney Houston`. */
  afterName: boolean
}

/** Words with a capital that are no first names: `Downtown Houston`, `Democratic-leaning Houston`. */
function isFirstName(token: PlaceToken | undefined): boolean {
  return (
    token?.case === 'title' &&
    !token.stopped &&
    !token.lower.includes('-') &&
    !PLACE_PREPOSITIONS.has(token.lower)
  )
}

function standingOf(words: Words, mention: Mention): Standing {
  const before = words.at(mention.from - 1)
  const after = words.at(mention.to)
  const first = words.at(mention.from)
  const last = words.at(mention.to - 1)
  const beforeNoun =
    after !== undefined &&
    after.gap === 'blank' &&
    (CITY_NOUNS.has(after.lower) || isOffice(words, mention.to))
  return {
    named: isName(first) || first?.tag === true,
    behindPreposition: before !== undefined && first?.gap === 'blank' && PLACE_PREPOSITIONS.has(before.lower),
    beforeNoun,
    beforeName:
      after?.case === 'title' &&
      !after.tag &&
      after.gap === 'blank' &&
      !last!.stopped &&
      !last!.possessive &&
      !beforeNoun,
    afterName: isFirstName(before) && before?.tag === false && first?.gap === 'blank',
  }
}

function trustsCity(words: Words, mention: Mention, trust: string, standing: Standing): boolean {
  const first = words.at(mention.from)
  const { named, behindPreposition, beforeNoun, beforeName, afterName } = standing
  if (first?.tag === true) return trust !== 'with-state' && trust !== 'adjacent-state'
  if (trust === 'known')
    return named || behindPreposition || mention.to - mention.from > 1 || !WEAK_LOWER.has(first?.lower ?? '')
  if (beforeName) return false
  if (trust === 'doubtful') return behindPreposition || beforeNoun || (named && !afterName)
  return trust === 'after-preposition' && (behindPreposition || (beforeNoun && named))
}

const STATE_BY_NAME: ReadonlyMap<string, string> = new Map(
  STATE_CODES.map((code) => [(stateName(code) ?? '').toLowerCase(), code]),
)

/** The state that stands right behind a mention (`Phoenix, AZ`, `Orange County Florida`), or right before a county. */
function stateBeside(mentions: readonly Mention[], m: number, words: Words): string | null {
  const mention = mentions[m]!
  const after = mentions[m + 1]
  if (after?.entry.kind === 'state' && after.from === mention.to && words.at(after.from)?.gap !== 'other')
    return after.entry.state
  const before = mentions[m - 1]
  if (before?.entry.kind === 'state' && before.to === mention.from && words.at(mention.from)?.gap === 'blank')
    return before.entry.state
  return null
}

/** The one of `fips` whose state is among `states`; null where none or several are. */
function onlyIn(fips: readonly string[], states: ReadonlySet<string>): string | null {
  const [only, ...others] = fips.filter((code) => states.has(stateOf(code) ?? ''))
  return only !== undefined && others.length === 0 ? only : null
}

/** What a text says of where it is. */
interface Context {
  /** States that it names. */
  named: ReadonlySet<string>
  /** States of the places that are certain; null while these are looked for. */
  near: ReadonlySet<string> | null
}

function resolveCounty(
  mention: Mention,
  fips: readonly string[],
  beside: string | null,
  context: Context,
  words: Words,
) {
  if (fips.length === 1) return fips[0] ?? null
  const behind = beside === null ? null : onlyIn(fips, new Set([beside]))
  const certain = behind ?? onlyIn(fips, context.named)
  if (certain !== null || context.near === null) return certain
  const office = statesOfOffice(words, mention.to)
  const byOffice = office === null ? null : onlyIn(fips, new Set(office))
  if (byOffice !== null) return byOffice
  const large = LARGE_COUNTIES.get(countyName(mention, words)) ?? null
  const near = onlyIn(fips, context.near)
  // A state that is named speaks against the large county elsewhere, as long as it has one of this name itself.
  if (near !== null) return near
  return large !== null &&
    fips.includes(large) &&
    !fips.some((code) => context.named.has(stateOf(code) ?? ''))
    ? large
    : null
}

/** What a county's name is said with. */
export const COUNTY_NOUNS: ReadonlySet<string> = new Set([
  'county',
  'counties',
  'parish',
  'parishes',
  'borough',
  'co',
  'cty',
])

/** The name that a mention of a county begins with, without "County" and what follows in a list of counties. */
function countyName(mention: Mention, words: Words): string {
  if (words.at(mention.from)?.tag === true)
    return words.at(mention.from)!.lower.replace(/(county|parish)([a-z]{2})?$/, '')
  const two = nameOf(words, mention.from, mention.from + 2)
  if (LARGE_COUNTIES.has(two) && !COUNTY_NOUNS.has(words.at(mention.from + 1)?.lower ?? '')) return two
  return words.at(mention.from)?.lower ?? ''
}

function resolveCity(
  mention: Mention,
  entry: Extract<NameEntry, { kind: 'city' }>,
  beside: string | null,
  context: Context,
  words: Words,
): CityPlace | null {
  const near = entry.places.find((place) => place.state === beside)
  if (near !== undefined) return near
  // `Philadelphia, MS`: a namesake too small for the table.
  if (
    beside !== null &&
    words.at(mention.to)?.gap === 'comma' &&
    !context.named.has(entry.places[0]?.state ?? '')
  )
    return null
  const standing = standingOf(words, mention)
  const trusted = trustsCity(words, mention, entry.trust, standing)
  const settled =
    standing.named && !standing.beforeName && (standing.behindPreposition || standing.beforeNoun)
  const inNamed = entry.places.filter((place) => context.named.has(place.state))
  const fits = trusted || (entry.trust === 'with-state' ? standing.named : settled)
  if (inNamed.length === 1 && standing.named && fits) return inNamed[0] ?? null
  if (trusted) return entry.places[0] ?? null
  const around = entry.places.filter((place) => context.near?.has(place.state) === true)
  return around.length === 1 && settled ? (around[0] ?? null) : null
}

function resolveMention(
  mentions: readonly Mention[],
  m: number,
  context: Context,
  words: Words,
): readonly PlaceId[] | null {
  const mention = mentions[m]!
  const { entry } = mention
  if (entry.kind === 'state') return [entry.state]
  const beside = stateBeside(mentions, m, words)
  if (entry.kind === 'county') {
    const county = resolveCounty(mention, entry.fips, beside, context, words)
    if (county !== null) return [stateOf(county) ?? 'US', county]
    // `Texas County` with no state in the text: sooner a county in Texas than one of the two of that name.
    const state = STATE_BY_NAME.get(nameOf(words, mention.from, mention.to - 1))
    return state !== undefined && state !== 'WA' ? [state] : null
  }
  const city = resolveCity(mention, entry, beside, context, words)
  if (city === null) return null
  return city.county !== null && city.state !== 'DC' ? [city.state, city.county] : [city.state]
}

/**
 * The places of a text's mentions, in their order: first those that are certain, then the others by them. Ambiguous ones
 * without context are left out.
 */
export function resolve(mentions: readonly Mention[], words: Words): PlaceId[] {
  const named = new Set<string>()
  for (const { entry } of mentions) if (entry.kind === 'state') named.add(entry.state)
  if (mentions.every(({ entry }) => entry.kind === 'state')) return [...named]
  const certain = { named, near: null }
  const results = mentions.map((_, m) => resolveMention(mentions, m, certain, words))
  if (results.includes(null)) {
    const near = new Set<PlaceId>()
    for (const places of results) if (places !== null) near.add(places[0]!)
    results.forEach((places, m) => {
      if (places === null) results[m] = resolveMention(mentions, m, { named, near }, words)
    })
  }
  const found = new Set<PlaceId>()
  for (const places of results) for (const place of places ?? []) found.add(place)
  return [...found]
}
