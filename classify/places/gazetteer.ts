/** The place names as maps from their first word, built once from the tables. */
import { countiesOf, STATE_CODES, stateOf } from '../../ingest/base/jurisdictions.ts'
import { stateName } from '../../ingest/base/states.ts'
import { CITIES } from './cities.ts'
import { BARE_COUNTIES, COUNTY_ALIASES } from './large-counties.ts'
import {
  CITY_ALIASES,
  DEMONYMS,
  DOUBTFUL_CITIES,
  KNOWN_CITIES,
  ONLY_AFTER_PREPOSITION,
  STATE_ALIASES,
  WORD_CITIES,
} from './names.ts'

/** How far a city's name may be trusted alone. */
export type CityTrust = 'known' | 'doubtful' | 'after-preposition' | 'with-state' | 'adjacent-state'

/** Thousands of people; the name of a smaller city counts only beside its state (`Uvalde, TX`). */
const CITY_PEOPLE = 25

/** `county` is a FIPS code, or null where the city lies in several. */
export interface CityPlace {
  state: string
  county: string | null
  /** Thousands; of cities of one name the first has the most. */
  people: number
}

export type NameEntry =
  | { kind: 'state'; state: string; name: string }
  | { kind: 'county'; fips: readonly string[] }
  | { kind: 'city'; trust: CityTrust; places: readonly CityPlace[] }

export interface Name {
  /** The words after the first, in lower case. */
  rest: readonly string[]
  entry: NameEntry
}

export interface Gazetteer {
  /** By first word; longest names first. */
  names: ReadonlyMap<string, readonly Name[]>
  /** Counties by name without "County"; what stands before the word "County". */
  counties: ReadonlyMap<string, readonly string[]>
  /** By the last word of counties' names: words of the longest that ends so. */
  countyWords: ReadonlyMap<string, number>
  /** Joined names for hashtags: `northcarolina`, `maricopacounty`. */
  joined: ReadonlyMap<string, NameEntry>
  /** Joined names of all cities: `erie` in `#EriePA`, and beside other tags of its state. */
  cityTags: ReadonlyMap<string, NameEntry>
}

/** Lower case, without accents and full stops after `St`. */
export function foldName(name: string): string {
  return name
    .normalize('NFD')
    .replace(/[\u0300-\u036f\u02bb\u2018\u2019]/g, '')
    .toLowerCase()
}

function bareName(name: string): string {
  return name.replace(/[ .'-]/g, '')
}

function countiesByName(): Map<string, string[]> {
  const counties = new Map<string, string[]>()
  const put = (name: string, fips: string) => {
    const list = counties.get(name) ?? []
    if (!list.includes(fips)) list.push(fips)
    counties.set(name, list)
  }
  for (const state of STATE_CODES) {
    for (const county of countiesOf(state)) {
      if (county.kind === 'city' || county.kind === 'district' || county.kind === 'municipio') continue
      const name = foldName(county.name)
      put(name, county.fips)
      if (name.startsWith('st. ')) {
        put(name.replace('st. ', 'st '), county.fips)
        put(name.replace('st. ', 'saint '), county.fips)
      }
      if (name.includes("'")) put(name.replaceAll("'", ''), county.fips)
      if (name.includes('-')) put(name.replaceAll('-', ' '), county.fips)
    }
  }
  for (const [name, fips] of Object.entries(COUNTY_ALIASES)) put(name, fips)
  return counties
}

function citiesByName(): Map<string, CityPlace[]> {
  const cities = new Map<string, CityPlace[]>()
  for (const state of STATE_CODES) {
    const fips = countiesOf(state)[0]?.fips.slice(0, 2) ?? ''
    for (const cell of CITIES[state]?.split('|') ?? []) {
      const name = foldName(cell.slice(3, cell.lastIndexOf('/')))
      const county = cell.startsWith('000') ? null : fips + cell.slice(0, 3)
      const people = Number(cell.slice(cell.lastIndexOf('/') + 1))
      const list = cities.get(name) ?? []
      // Tables are sorted by size: of two cities of one name in one state the larger stands.
      if (!list.some((place) => place.state === state)) list.push({ state, county, people })
      cities.set(name, list)
    }
  }
  for (const list of cities.values()) list.sort((a, b) => b.people - a.people)
  for (const [name, at] of Object.entries(CITY_ALIASES)) {
    const state = at.slice(0, 2)
    const fips = countiesOf(state)[0]?.fips.slice(0, 2) ?? ''
    const place = { state, county: at.length > 3 ? fips + at.slice(3) : null, people: CITY_PEOPLE }
    cities.set(name, [place, ...(cities.get(name) ?? []).filter((other) => other.state !== state)])
  }
  return cities
}

function trustOf(
  name: string,
  people: number,
  known: ReadonlySet<string>,
  doubtful: ReadonlySet<string>,
): CityTrust {
  if (ONLY_AFTER_PREPOSITION.has(name)) return 'after-preposition'
  if (doubtful.has(name)) return 'doubtful'
  if (known.has(name)) return 'known'
  return WORD_CITIES.has(name) || people < CITY_PEOPLE ? 'adjacent-state' : 'with-state'
}

/** Builds the maps; about 10 ms. */
function createGazetteer(): Gazetteer {
  const names = new Map<string, Name[]>()
  const joined = new Map<string, NameEntry>()
  const cityTags = new Map<string, NameEntry>()
  const put = (name: string, entry: NameEntry) => {
    const [first = '', ...rest] = name.split(' ')
    const list = names.get(first) ?? []
    list.push({ rest, entry })
    names.set(first, list)
  }
  for (const state of STATE_CODES) {
    const name = stateName(state)?.toLowerCase() ?? ''
    put(name, { kind: 'state', state, name })
    if (state !== 'WA' && state !== 'DC') joined.set(name.replaceAll(' ', ''), { kind: 'state', state, name })
  }
  for (const [name, state] of [...Object.entries(STATE_ALIASES), ...Object.entries(DEMONYMS)]) {
    put(name, { kind: 'state', state, name })
    joined.set(name.replace(/[ .']/g, ''), { kind: 'state', state, name })
  }
  const known = new Set([...KNOWN_CITIES, ...Object.keys(CITY_ALIASES)])
  const doubtful = new Set(DOUBTFUL_CITIES)
  for (const [name, places] of citiesByName()) {
    if (name === 'new york' || name === 'washington') continue
    const trust = trustOf(name, places[0]?.people ?? 0, known, doubtful)
    put(name, { kind: 'city', trust, places })
    if (trust === 'known' || trust === 'doubtful' || trust === 'after-preposition') {
      joined.set(bareName(name), { kind: 'city', trust, places })
    }
    cityTags.set(bareName(name), { kind: 'city', trust, places })
  }
  const counties = countiesByName()
  for (const [name, fips] of counties) {
    const bare = bareName(name)
    const parishes = fips.filter((code) => stateOf(code) === 'LA')
    const others = fips.filter((code) => stateOf(code) !== 'LA')
    if (parishes.length > 0) joined.set(`${bare}parish`, { kind: 'county', fips: parishes })
    if (others.length > 0) joined.set(`${bare}county`, { kind: 'county', fips: others })
  }
  for (const [name, fips] of BARE_COUNTIES) joined.set(bareName(name), { kind: 'county', fips: [fips] })
  for (const list of names.values()) list.sort((a, b) => b.rest.length - a.rest.length)
  const countyWords = new Map<string, number>()
  for (const name of counties.keys()) {
    const words = name.split(' ')
    const last = words.at(-1)!
    countyWords.set(last, Math.max(words.length, countyWords.get(last) ?? 0))
  }
  return { names, counties, countyWords, joined, cityTags }
}

let shared: Gazetteer | null = null

/** The one gazetteer of this process; it never changes. */
export function sharedGazetteer(): Gazetteer {
  shared ??= createGazetteer()
  return shared
}
