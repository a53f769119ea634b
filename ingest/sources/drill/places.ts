/**
 * Places that the drill names. They are real places, so that the map and the counts can be practised on; everything
 * that the drill says of them is invented.
 */

export interface DrillPlace {
  /** A county's five-digit FIPS code, or a state's postal code. */
  id: string
  /** Postal code of its state. */
  state: string
  /** Ways to write it in a sentence. */
  names: readonly string[]
  /** As an account's profile would give it. */
  hint: string
}

function county(id: string, state: string, name: string, stateName: string, town: string): DrillPlace {
  const names = [`${name}, ${stateName}`, `${name}, ${state}`, name]
  return { id, state, names, hint: `${town}, ${state}` }
}

function state(id: string, name: string): DrillPlace {
  return { id, state: id, names: [name], hint: name }
}

/** Counties whose name no other county has. */
export const COUNTIES: readonly DrillPlace[] = [
  county('55025', 'WI', 'Dane County', 'Wisconsin', 'Madison'),
  county('32031', 'NV', 'Washoe County', 'Nevada', 'Reno'),
  county('04013', 'AZ', 'Maricopa County', 'Arizona', 'Phoenix'),
  county('13135', 'GA', 'Gwinnett County', 'Georgia', 'Lawrenceville'),
  county('42017', 'PA', 'Bucks County', 'Pennsylvania', 'Doylestown'),
  county('37183', 'NC', 'Wake County', 'North Carolina', 'Raleigh'),
  county('26125', 'MI', 'Oakland County', 'Michigan', 'Pontiac'),
  county('27053', 'MN', 'Hennepin County', 'Minnesota', 'Minneapolis'),
  county('12103', 'FL', 'Pinellas County', 'Florida', 'Clearwater'),
  county('35001', 'NM', 'Bernalillo County', 'New Mexico', 'Albuquerque'),
  county('08069', 'CO', 'Larimer County', 'Colorado', 'Fort Collins'),
  county('39035', 'OH', 'Cuyahoga County', 'Ohio', 'Cleveland'),
]

export const STATES: readonly DrillPlace[] = [
  state('WI', 'Wisconsin'),
  state('NV', 'Nevada'),
  state('AZ', 'Arizona'),
  state('PA', 'Pennsylvania'),
  state('NC', 'North Carolina'),
  state('MI', 'Michigan'),
  state('MN', 'Minnesota'),
  state('FL', 'Florida'),
  state('NM', 'New Mexico'),
  state('CO', 'Colorado'),
  state('OH', 'Ohio'),
  state('VA', 'Virginia'),
  state('TX', 'Texas'),
  state('IA', 'Iowa'),
  state('ME', 'Maine'),
  state('OR', 'Oregon'),
  state('NH', 'New Hampshire'),
  state('KS', 'Kansas'),
]

/** Throws RangeError for a place that the drill does not know. */
export function drillPlace(id: string): DrillPlace {
  const place = [...COUNTIES, ...STATES].find((known) => known.id === id)
  if (place === undefined) throw new RangeError(`the drill knows no place ${id}`)
  return place
}
