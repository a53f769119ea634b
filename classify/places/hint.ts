/** Reads the place that a source itself gives: a profile's line, a geotag's parts. */
import { countiesOf, STATE_CODES } from '../../ingest/base/jurisdictions.ts'
import { stateName } from '../../ingest/base/states.ts'
import type { PlaceId } from '../contract.ts'
import { CITIES_ABROAD } from './abroad.ts'
import { foldName, type Gazetteer, sharedGazetteer } from './gazetteer.ts'
import { PRESS_ABBREVIATIONS, STATE_ALIASES } from './names.ts'

/** Longer lines are sentences, and no place is read out of a sentence here. */
const HINT_MAX = 80

const NATION: ReadonlySet<string> = new Set([
  'us',
  'usa',
  'u.s.',
  'u.s.a.',
  'united states',
  'united states of america',
  'america',
])

const BY_NAME: ReadonlyMap<string, string> = new Map([
  ...STATE_CODES.map((code) => [stateName(code)?.toLowerCase() ?? '', code] as const),
  ...Object.entries(STATE_ALIASES),
])

function stateOfPart(part: string): string | null {
  const code = part.toUpperCase()
  if (part.length === 2 && STATE_CODES.includes(code)) return code
  const lower = part.toLowerCase()
  return BY_NAME.get(lower) ?? PRESS_ABBREVIATIONS.get(lower.replace(/\.$/, '')) ?? null
}

function countyIn(gazetteer: Gazetteer, state: string, part: string): PlaceId | null {
  const name = foldName(part)
  const bare = name.replace(/ (county|parish|borough|census area)$/, '')
  const prefix = countiesOf(state)[0]?.fips.slice(0, 2) ?? ''
  if (bare !== name) return gazetteer.counties.get(bare)?.find((fips) => fips.startsWith(prefix)) ?? null
  for (const { rest, entry } of gazetteer.names.get(name.split(' ')[0] ?? '') ?? []) {
    if (entry.kind !== 'city' || [name.split(' ')[0], ...rest].join(' ') !== name) continue
    return entry.places.find((place) => place.state === state)?.county ?? null
  }
  return null
}

function placeAlone(gazetteer: Gazetteer, part: string): PlaceId | null {
  const state = stateOfPart(part)
  if (state !== null) return state
  const name = foldName(part)
  const [first = ''] = name.split(' ')
  const bare = name.replace(/ (county|parish|borough)$/, '')
  if (bare !== name) {
    const fips = gazetteer.counties.get(bare) ?? []
    return fips.length === 1 ? (fips[0] ?? null) : null
  }
  for (const { rest, entry } of gazetteer.names.get(first) ?? []) {
    if (entry.kind !== 'city' || [first, ...rest].join(' ') !== name) continue
    const trusted = entry.trust !== 'with-state' && entry.trust !== 'adjacent-state'
    const place = entry.places[0]
    return trusted && place !== undefined ? (place.county ?? place.state) : null
  }
  return null
}

/**
 * A source's place hint as a place: 'NJ' and 'New Jersey' the state, 'Phoenix, AZ' and 'Maricopa County, Arizona' the
 * county, 'USA' the nation; null where it is abroad ('NSW', 'Karachi, SD'), unknown or no place. A code alone that a
 * foreign province shares is read as the state.
 */
export function resolveHint(hint: string): PlaceId | null {
  if (hint.length > HINT_MAX) return null
  const parts = hint
    .normalize('NFKC')
    .split(',')
    .map((part) => part.trim().replace(/\s+/g, ' '))
    .filter((part) => part !== '')
  const last = parts.at(-1)
  if (last === undefined) return null
  if (NATION.has(last.toLowerCase())) {
    if (parts.length === 1) return 'US'
    parts.pop()
  }
  if (CITIES_ABROAD.has(foldName(parts[0] ?? '')) && !hint.toLowerCase().includes('usa'))
    return abroadOrNamesake(parts)
  return resolveParts(parts)
}

/** `Barcelona, CT` is abroad, but `Rome, NY` and `Berlin, Vermont` are not: the state is written out, or the city is known. */
function abroadOrNamesake(parts: readonly string[]): PlaceId | null {
  const state = parts.length < 2 ? null : stateOfPart(parts.at(-1) ?? '')
  if (state === null) return null
  const known = countyIn(sharedGazetteer(), state, parts[0] ?? '') !== null
  return known || (parts.at(-1)?.length ?? 0) > 2 ? resolveParts(parts) : null
}

function resolveParts(parts: readonly string[]): PlaceId | null {
  const gazetteer = sharedGazetteer()
  if (parts.length === 1) return placeAlone(gazetteer, parts[0] ?? '')
  const state = stateOfPart(parts.at(-1) ?? '')
  if (state === null) return null
  return state === 'DC' ? 'DC' : (countyIn(gazetteer, state, parts[0] ?? '') ?? state)
}
