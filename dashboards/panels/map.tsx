/** The states, shaded by how large a share of their election talk makes the claims. */
import { effect, signal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { CallError, getMap } from '../client.ts'
import { whole } from '../format.ts'
import { createPacer } from '../pacer.ts'
import { epoch, narrative, openSpikes, place, shown } from '../state.ts'
import { NARRATIVE_CLAIMS } from '../words.ts'
import { classOf, CLASSES, shadeWords, type StateCount } from './map-scale.ts'

/** The map changes slowly: a state's share over hours moves little in a few seconds. */
const REFRESH_MS = 4_000

interface DrawingProps {
  counts: ReadonlyMap<string, StateCount>
  spiking: ReadonlySet<string>
}

function followMap() {
  const counts = signal<ReadonlyMap<string, StateCount> | null>(null)
  const failure = signal<string | null>(null)
  let shownFor: string | null = null
  async function refresh(): Promise<void> {
    const range = shown.peek()
    if (range === null) return
    try {
      const { places } = await getMap(narrative.peek(), range.from, range.to)
      counts.value = new Map(places.map((entry) => [entry.place, entry]))
      failure.value = null
    } catch (error) {
      failure.value = error instanceof CallError ? error.message : 'The map’s numbers could not be read.'
      pacer.ask(REFRESH_MS)
    }
  }
  const pacer = createPacer(refresh)
  const stopWatching = effect(() => {
    if (shown.value === null) return
    const key = `${narrative.value}|${epoch.value}`
    pacer.ask(key === shownFor ? REFRESH_MS : 0)
    shownFor = key
  })
  return {
    counts,
    failure,
    stop(): void {
      pacer.stop()
      stopWatching()
    },
  }
}

export function MapPanel() {
  const feed = useMemo(followMap, [])
  useEffect(() => () => feed.stop(), [feed])
  const counts = feed.counts.value
  const chosen = narrative.value
  const spiking = new Set(
    openSpikes.value
      .filter((spike) => chosen === null || spike.narrative === chosen)
      .map((spike) => spike.place),
  )
  return (
    <section class="panel map" aria-labelledby="map">
      <h2 id="map">By state</h2>
      <p class="hint">
        {chosen === null ? 'All watched claims' : NARRATIVE_CLAIMS[chosen]}: posts that name the state and
        make the claim, of every 1,000 about the election that name it. Choose a state to see it alone.
      </p>
      {feed.failure.value !== null && <p class="problem">{feed.failure.value}</p>}
      <Drawing counts={counts ?? new Map()} spiking={spiking} />
      <ul class="shades" aria-label="Shades">
        {CLASSES.map((_, index) => (
          <li key={index} class={`shade-${index}`}>
            {shadeWords(index)}
          </li>
        ))}
        <li class="shade-few">Too few posts</li>
      </ul>
      {counts !== null && <PlaceTable counts={counts} />}
    </section>
  )
}

/** The shapes come after the first paint: the page is of use without them. */
function Drawing(props: DrawingProps) {
  const [Shapes, setShapes] = useState<ComponentType<DrawingProps> | null>(null)
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    async function load(): Promise<void> {
      try {
        const { loadShapes, StateShapes } = await import('./map-shapes.tsx')
        await loadShapes()
        setShapes(() => StateShapes)
      } catch {
        setFailed(true)
      }
    }
    void load()
  }, [])
  if (Shapes !== null) return <Shapes {...props} />
  return (
    <p class="loading map-space">
      {failed ? 'The map’s shapes could not be loaded; the table below has its numbers.' : 'Drawing the map…'}
    </p>
  )
}

function PlaceTable({ counts }: { counts: ReadonlyMap<string, StateCount> }) {
  const [open, setOpen] = useState(false)
  const rows = [...counts.values()]
    .filter((entry) => entry.place !== 'US' && entry.exposure > 0)
    .sort((a, b) => b.posts - a.posts || b.exposure - a.exposure)
  return (
    <details class="table-toggle" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Show the map as a table</summary>
      {open && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Posts by state">
          <table>
            <caption>Posts that make the claim, by the state that they name</caption>
            <thead>
              <tr>
                <th scope="col">State</th>
                <th scope="col">Make the claim</th>
                <th scope="col">About the election</th>
                <th scope="col">Of 1,000</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((entry) => (
                <tr key={entry.place}>
                  <th scope="row">
                    <button type="button" class="link" onClick={() => (place.value = entry.place)}>
                      {entry.name}
                    </button>
                  </th>
                  <td>{whole(entry.posts)}</td>
                  <td>{whole(entry.exposure)}</td>
                  <td>{classOf(entry) === null ? 'too few' : whole(entry.sharePerMille ?? 0)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  )
}
