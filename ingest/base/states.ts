/** The states, the District of Columbia and the territories: postal codes, FIPS codes, names. */

interface State {
  code: string
  /** Two digits. */
  fips: string
  name: string
}

const TABLE =
  'AL01Alabama|AK02Alaska|AZ04Arizona|AR05Arkansas|CA06California|CO08Colorado|CT09Connecticut|DE10Delaware|' +
  'DC11District of Columbia|FL12Florida|GA13Georgia|HI15Hawaii|ID16Idaho|IL17Illinois|IN18Indiana|IA19Iowa|' +
  'KS20Kansas|KY21Kentucky|LA22Louisiana|ME23Maine|MD24Maryland|MA25Massachusetts|MI26Michigan|MN27Minnesota|' +
  'MS28Mississippi|MO29Missouri|MT30Montana|NE31Nebraska|NV32Nevada|NH33New Hampshire|NJ34New Jersey|' +
  'NM35New Mexico|NY36New York|NC37North Carolina|ND38North Dakota|OH39Ohio|OK40Oklahoma|OR41Oregon|' +
  'PA42Pennsylvania|RI44Rhode Island|SC45South Carolina|SD46South Dakota|TN47Tennessee|TX48Texas|UT49Utah|' +
  'VT50Vermont|VA51Virginia|WA53Washington|WV54West Virginia|WI55Wisconsin|WY56Wyoming|AS60American Samoa|' +
  'GU66Guam|MP69Northern Mariana Islands|PR72Puerto Rico|VI78U.S. Virgin Islands'

const STATES: readonly State[] = TABLE.split('|').map((cell) => ({
  code: cell.slice(0, 2),
  fips: cell.slice(2, 4),
  name: cell.slice(4),
}))

const byCode = new Map(STATES.map((state) => [state.code, state]))
const byFips = new Map(STATES.map((state) => [state.fips, state]))

/** Places that are known by name but are no part of a national count of states. */
export const TERRITORY_CODES: readonly string[] = ['AS', 'GU', 'MP', 'PR', 'VI']

/** All postal codes: 50 states, DC and the territories, in order of FIPS code. */
export const STATE_CODES: readonly string[] = STATES.map((state) => state.code)

/** The 50 states and DC: the places over which a national count adds up. */
export const NATIONAL_STATE_CODES: readonly string[] = STATE_CODES.filter(
  (code) => !TERRITORY_CODES.includes(code),
)

/** Two digits ('04') of a postal code ('AZ'). Throws RangeError for a code that no state has. */
export function stateFips(code: string): string {
  const state = byCode.get(code)
  if (state === undefined) throw new RangeError(`no state has the postal code ${JSON.stringify(code)}`)
  return state.fips
}

/** 'Arizona' of 'AZ', or null. */
export function stateName(code: string): string | null {
  return byCode.get(code)?.name ?? null
}

/** 'AZ' of '04', or null. */
export function stateOfFips(fips: string): string | null {
  return byFips.get(fips)?.code ?? null
}
