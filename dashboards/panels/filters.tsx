/** One choice of claim, place and time for the list, the map and the charts. */
import { NATIONAL_STATE_CODES, stateName, TERRITORY_CODES } from '../../ingest/base/states.ts'
import { narrative, place, reach, type Reach } from '../state.ts'
import { countiesOf, placeName, stateOfPlace } from '../places.ts'
import { NARRATIVE_ORDER, NARRATIVE_TITLE } from '../words.ts'

const STATES = [...NATIONAL_STATE_CODES, ...TERRITORY_CODES]
  .map((code) => ({ code, name: stateName(code) ?? code }))
  .sort((a, b) => a.name.localeCompare(b.name))

const REACH_WORDS: Readonly<Record<Reach, string>> = {
  '3h': 'The last 3 hours',
  '12h': 'The last 12 hours',
  all: 'All that was seen',
}

const REACHES: readonly Reach[] = ['3h', '12h', 'all']

export function Filters() {
  const filtered = narrative.value !== null || place.value !== 'US'
  const state = stateOfPlace(place.value)
  return (
    <section class="filters" aria-label="What to show">
      <label>
        Claim
        <select
          value={narrative.value ?? ''}
          onChange={(event) =>
            (narrative.value = NARRATIVE_ORDER.find((name) => name === event.currentTarget.value) ?? null)
          }
        >
          <option value="">All claims</option>
          {NARRATIVE_ORDER.map((name) => (
            <option key={name} value={name}>
              {NARRATIVE_TITLE[name]}
            </option>
          ))}
        </select>
      </label>
      <label>
        Place
        <select value={state ?? 'US'} onChange={(event) => (place.value = event.currentTarget.value)}>
          <option value="US">The whole country</option>
          {STATES.map(({ code, name }) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {state !== null && <Counties state={state} />}
      <label>
        Time
        <select
          value={reach.value}
          onChange={(event) =>
            (reach.value = REACHES.find((one) => one === event.currentTarget.value) ?? 'all')
          }
        >
          {REACHES.map((value) => (
            <option key={value} value={value}>
              {REACH_WORDS[value]}
            </option>
          ))}
        </select>
      </label>
      {filtered && (
        <button type="button" class="button quiet" onClick={clear}>
          Show everything
        </button>
      )}
    </section>
  )
}

function Counties({ state }: { state: string }) {
  return (
    <label>
      County
      <select value={place.value} onChange={(event) => (place.value = event.currentTarget.value)}>
        <option value={state}>All of {placeName(state)}</option>
        {countiesOf(state).map((county) => (
          <option key={county.id} value={county.id}>
            {county.name}
          </option>
        ))}
      </select>
    </label>
  )
}

function clear(): void {
  narrative.value = null
  place.value = 'US'
}
