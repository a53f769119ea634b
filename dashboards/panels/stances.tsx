/** What the posts of a spike's time do with the claim, and which places they name. */
import { useEffect, useState } from 'preact/hooks'
import type { SeriesPoint, Spike } from '../../api/contract.ts'
import { CallError, getMap, getSeries, type PlaceCount } from '../client.ts'
import { count, percent, whole } from '../format.ts'
import { status } from '../state.ts'
import { placeName } from '../words.ts'

const MINUTE_MS = 60_000
/** More places than these are a tail of ones and twos. */
const PLACES_MAX = 6

interface Split {
  points: SeriesPoint[]
  places: PlaceCount[]
}

export function Stances({ spike }: { spike: Spike }) {
  const [split, setSplit] = useState<Split | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    const from = spike.onset
    const to = (spike.end ?? status.peek()?.sealedThrough ?? spike.peak) + MINUTE_MS
    Promise.all([
      getSeries({ narrative: spike.narrative, place: spike.place, from, to, stepMinutes: 1 }),
      getMap(spike.narrative, from, to),
    ]).then(
      ([series, places]) => {
        setSplit({ points: series.points, places })
        setProblem(null)
      },
      (error: unknown) => setProblem(error instanceof CallError ? error.message : 'These numbers could not be read.'),
    )
  }, [spike.id, spike.revision])
  return (
    <div class="two even">
      <section class="panel" aria-labelledby="stances">
        <h2 id="stances">What the posts do with the claim</h2>
        {problem !== null && <p class="problem">{problem}</p>}
        {split === null ? problem === null && <p class="loading">Reading…</p> : <StanceBar points={split.points} />}
      </section>
      <section class="panel" aria-labelledby="places">
        <h2 id="places">Which states they name</h2>
        {split === null ? problem === null && <p class="loading">Reading…</p> : <Places places={split.places} />}
      </section>
    </div>
  )
}

function StanceBar({ points }: { points: readonly SeriesPoint[] }) {
  const sum = (pick: (point: SeriesPoint) => number): number => points.reduce((all, point) => all + pick(point), 0)
  const parts = [
    { key: 'claim', words: 'make the claim', posts: sum((point) => point.posts) },
    { key: 'report', words: 'report on it', posts: sum((point) => point.reports) },
    { key: 'question', words: 'ask about it', posts: sum((point) => point.questions) },
    { key: 'debunk', words: 'contradict it', posts: sum((point) => point.debunks) },
  ]
  const all = parts.reduce((total, part) => total + part.posts, 0)
  if (all === 0) return <p class="empty">No posts in this time.</p>
  return (
    <>
      <div class="bar" aria-hidden="true">
        {parts.map((part) => (
          <span key={part.key} class={`part-${part.key}`} style={{ flexGrow: part.posts }} />
        ))}
      </div>
      <ul class="parts">
        {parts.map((part) => (
          <li key={part.key} class={`key-${part.key}`}>
            <b>{whole(part.posts)}</b> {part.words} ({percent(part.posts / all)})
          </li>
        ))}
      </ul>
    </>
  )
}

function Places({ places }: { places: readonly PlaceCount[] }) {
  const named = places.filter((entry) => entry.place !== 'US' && entry.posts > 0).sort((a, b) => b.posts - a.posts)
  const top = named[0]
  if (top === undefined) return <p class="empty">The posts name no state.</p>
  return (
    <ul class="ranks">
      {named.slice(0, PLACES_MAX).map((entry) => (
        <li key={entry.place}>
          <span class="rank-name">{placeName(entry.place)}</span>
          <span class="rank-bar" aria-hidden="true" style={{ width: `${(100 * entry.posts) / top.posts}%` }} />
          <span class="rank-count">{count(entry.posts, 'post')}</span>
        </li>
      ))}
    </ul>
  )
}
