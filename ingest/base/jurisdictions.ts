/**
 * The places that posts are counted by: the nation, the states (with DC and the territories), and all counties and
 * equivalents. A place's id is 'US', a postal code, or a county's five-digit FIPS code.
 */
import { COUNTIES } from './counties.ts'
import { STATE_CODES, stateFips, stateName, stateOfFips } from './states.ts'

export { NATIONAL_STATE_CODES, STATE_CODES, stateFips } from './states.ts'

/** What a county or equivalent is called in its state. */
export type CountyKind = 'county' | 'parish' | 'borough' | 'censusarea' | 'city' | 'municipio' | 'district'

export interface County {
  /** Five digits. */
  fips: string
  /** Postal code. */
  state: string
  /** Without "County": 'Maricopa'. */
  name: string
  kind: CountyKind
}

/** FIPS codes from which on a county equivalent is an independent city (Baltimore, St. Louis, Virginia's cities). */
const CITY_CODE_MIN = 510

/** Alaska's unorganised borough; the rest of the state are boroughs. */
const CENSUS_AREAS: ReadonlySet<string> = new Set([
  '02016',
  '02050',
  '02070',
  '02105',
  '02158',
  '02180',
  '02198',
  '02240',
  '02261',
  '02290',
])

const KIND_WORDS: Readonly<Record<CountyKind, string>> = {
  county: ' County',
  parish: ' Parish',
  borough: ' Borough',
  censusarea: ' Census Area',
  city: '',
  municipio: '',
  district: '',
}

function kindOf(state: string, fips: string): CountyKind {
  if (state === 'LA') return 'parish'
  if (state === 'AK') return CENSUS_AREAS.has(fips) ? 'censusarea' : 'borough'
  if (state === 'PR') return 'municipio'
  if (['DC', 'AS', 'GU', 'MP', 'VI'].includes(state)) return 'district'
  return Number(fips.slice(2)) >= CITY_CODE_MIN ? 'city' : 'county'
}

function readCounties(): Map<string, readonly County[]> {
  const all = new Map<string, readonly County[]>()
  for (const state of STATE_CODES) {
    const prefix = stateFips(state)
    const cells = COUNTIES[state]?.split('|') ?? []
    all.set(
      state,
      cells.map((cell) => {
        const fips = prefix + cell.slice(0, 3)
        return { fips, state, name: cell.slice(3), kind: kindOf(state, fips) }
      }),
    )
  }
  return all
}

const byState = readCounties()
const byFips = new Map([...byState.values()].flat().map((county) => [county.fips, county]))

/** True for 'US', a postal code of a state or territory, and the FIPS code of a county. */
export function isPlaceId(value: string): boolean {
  return value === 'US' || stateName(value) !== null || byFips.has(value)
}

/** The county of a five-digit FIPS code, or null. */
export function countyOf(fips: string): County | null {
  return byFips.get(fips) ?? null
}

/** A state's counties in order of FIPS code; none for a code that no state has. */
export function countiesOf(state: string): readonly County[] {
  return byState.get(state) ?? []
}

/** The postal code of a state's or a county's id: 'AZ' of 'AZ' and of '04013'; null for 'US' and unknown ids. */
export function stateOf(id: string): string | null {
  if (stateName(id) !== null) return id
  return byFips.has(id) ? stateOfFips(id.slice(0, 2)) : null
}

/** 'Maricopa County', 'Orleans Parish', 'Richmond' (an independent city). */
export function countyName(county: County): string {
  return county.name + KIND_WORDS[county.kind]
}

/** A place's name for people: 'United States', 'Arizona', 'Maricopa County, AZ'. An unknown id is its own name. */
export function placeName(id: string): string {
  if (id === 'US') return 'United States'
  const county = byFips.get(id)
  if (county !== undefined) return `${countyName(county)}, ${county.state}`
  return stateName(id) ?? id
}

/** Names as Open Civic Data writes them: lower case, `_` for spaces, `~` for other signs, no full stops. */
function ocdName(name: string): string {
  return name.toLowerCase().replaceAll('.', '').replaceAll(' ', '_').replaceAll("'", '~')
}

/**
 * The Open Civic Data division id of a place (https://github.com/opencivicdata/ocd-division-ids):
 * `ocd-division/country:us/state:az/county:maricopa`. Null for unknown ids.
 */
export function ocdId(id: string): string | null {
  const nation = 'ocd-division/country:us'
  if (id === 'US') return nation
  const state = stateOf(id)
  if (state === null) return null
  const kind =
    state === 'DC' ? 'district' : ['AS', 'GU', 'MP', 'PR', 'VI'].includes(state) ? 'territory' : 'state'
  const stateId = `${nation}/${kind}:${state.toLowerCase()}`
  const county = byFips.get(id)
  if (county === undefined || state === 'DC') return stateId
  const countyKind = county.kind === 'city' ? 'place' : county.kind
  return `${stateId}/${countyKind}:${ocdName(county.name)}`
}
