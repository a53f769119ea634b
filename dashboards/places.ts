/** Names of places. States are known at once; a state's counties are asked for when one of them is first named. */
import { signal } from '@preact/signals'
import { stateName, stateOfFips } from '../ingest/base/states.ts'
import { CallError, getCounties } from './client.ts'

export interface County {
  id: string
  name: string
}

const counties = signal<ReadonlyMap<string, readonly County[]>>(new Map())
/** States whose counties were asked for; one that failed is asked for again by the next reader. */
const asked = new Set<string>()

/** 'AZ' of 'AZ' and of '04013'; null of 'US'. */
export function stateOfPlace(place: string): string | null {
  if (place === 'US') return null
  return stateName(place) === null ? stateOfFips(place.slice(0, 2)) : place
}

/** A state's counties by name; none until they have come. Reading it in a panel draws the panel again then. */
export function countiesOf(state: string): readonly County[] {
  const known = counties.value.get(state)
  if (known === undefined && !asked.has(state)) void load(state)
  return known ?? []
}

async function load(state: string): Promise<void> {
  asked.add(state)
  try {
    const list = await getCounties(state)
    const sorted = [...list].sort((a, b) => a.name.localeCompare(b.name))
    counties.value = new Map([...counties.peek(), [state, sorted]])
  } catch (error) {
    asked.delete(state)
    // The places then keep their plainer names; the connection's state is told elsewhere.
    if (!(error instanceof CallError)) throw error
  }
}

/** 'the whole country', 'Arizona', 'Maricopa County, AZ'; 'a county in Arizona' until its name has come. */
export function placeName(place: string): string {
  if (place === 'US') return 'the whole country'
  const state = stateOfPlace(place)
  if (state === null) return place
  const name = stateName(state) ?? state
  if (place === state) return name
  return countiesOf(state).find((county) => county.id === place)?.name ?? `a county in ${name}`
}
