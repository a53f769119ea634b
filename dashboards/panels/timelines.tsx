/** One timeline for each claim: how many posts make it, how many contradict it, beside all talk of the election. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { CoverageEntry, SeriesPoint } from '../../api/contract.ts'
import type { Narrative } from '../../classify/contract.ts'
import type { Coverage } from '../../ingest/contract.ts'
import { count, percent, whole } from '../format.ts'
import { followSeries, stepFor, type SeriesPoints, type SeriesView } from '../series.ts'
import { at, coverage, narrative, place, rebuttals, shown, spikes, zone } from '../state.ts'
import { placeName } from '../places.ts'
import {
  inPlace,
  NARRATIVE_CLAIMS,
  NARRATIVE_ORDER,
  NARRATIVE_TITLE,
  notJudgedSentence,
  sourceName,
} from '../words.ts'
import { Chart } from './chart.tsx'
import type { Band, Line } from './chart-marks.ts'
import { pointWords, summary } from './chart-words.ts'
import { PointTable } from './point-table.tsx'

/** Wide enough steps that single posts do not look like waves. */
const POINTS_MOST = 80

export function Timelines() {
  const chosen = narrative.value
  const names = chosen === null ? NARRATIVE_ORDER : [chosen]
  return (
    <section class="timelines" aria-labelledby="timelines">
      <h2 id="timelines">Over time, {inPlace({ place: place.value, placeName: placeName(place.value) })}</h2>
      <Legend />
      <Unseen list={coverage.value} />
      <NotJudged list={coverage.value} />
      {shown.value === null ? (
        <p class="empty">The charts begin with the first whole minute.</p>
      ) : (
        <Charts key={place.value} narratives={names} />
      )}
    </section>
  )
}

function nightView(narratives: readonly Narrative[]): SeriesView | null {
  const range = shown.value
  if (range === null) return null
  return { narratives, place: place.value, ...range, stepMinutes: stepFor(range.from, range.to, POINTS_MOST) }
}

/** One request brings the numbers of all charts. */
function Charts({ narratives }: { narratives: readonly Narrative[] }) {
  const { points, failure } = useSeries(() => nightView(NARRATIVE_ORDER))
  return (
    <>
      {failure !== null && <p class="problem">{failure} The charts ask again in a few seconds.</p>}
      <div class={narratives.length === 1 ? 'charts one' : 'charts'}>
        {narratives.map((name) => (
          <Timeline key={name} narrative={name} place={place.value} points={points?.get(name) ?? null} />
        ))}
      </div>
    </>
  )
}

function Legend() {
  return (
    <ul class="legend" aria-label="What the charts show">
      <li class="key-claim">Posts that make the claim</li>
      <li class="key-debunk">Posts that contradict it</li>
      <li class="key-all">All talk of the election (its own scale)</li>
      <li class="key-spike">Spike</li>
      <li class="key-gap">Not fully seen</li>
      <li class="key-answer">Official answer</li>
    </ul>
  )
}

const isGap = (entry: CoverageEntry): entry is Coverage => entry.kind === 'partial' || entry.kind === 'none'

/** Names every gap: what a source did not see is no sign of calm. */
function Unseen({ list }: { list: readonly CoverageEntry[] }) {
  const gaps = list.filter(isGap)
  if (gaps.length === 0) return null
  return (
    <details class="unseen-list">
      <summary>
        {gaps.length === 1 ? 'One stretch of time was' : `${gaps.length} stretches of time were`} not fully
        seen
      </summary>
      <ul>
        {gaps.map((gap) => (
          <li key={`${gap.source}|${gap.from}`}>
            {sourceName(gap.source)}, {at(gap.from)} to {at(gap.to)}:{' '}
            {gap.kind === 'none' ? 'nothing was seen' : `about ${percent(gap.share)} was seen`}
          </li>
        ))}
      </ul>
    </details>
  )
}

/** Names what was seen and not read: that nothing is flagged in a language is no sign that nothing is said in it. */
function NotJudged({ list }: { list: readonly CoverageEntry[] }) {
  const entries = list.filter((entry) => entry.kind === 'not_judged')
  if (entries.length === 0) return null
  const posts = entries.reduce((sum, entry) => sum + entry.posts, 0)
  return (
    <details class="unseen-list">
      <summary>
        {count(posts, 'post')} {posts === 1 ? 'was' : 'were'} not judged for {posts === 1 ? 'its' : 'their'}{' '}
        language
      </summary>
      <ul>
        {entries.map((entry) => (
          <li key={entry.language}>{notJudgedSentence(entry)}</li>
        ))}
      </ul>
    </details>
  )
}

export function gapBands(list: readonly CoverageEntry[]): Band[] {
  return list.filter(isGap).map(({ from, to }) => ({ kind: 'gap', from, to }))
}

/** The published answers to one claim: those of the place, and those for the whole country. */
export function answerLines(name: Narrative, where: string): Line[] {
  return [...rebuttals.value.values()]
    .filter((rebuttal) => rebuttal.publishedClock !== null && rebuttal.state !== 'withdrawn')
    .filter(
      (rebuttal) => rebuttal.narrative === name && (where === 'US' || [where, 'US'].includes(rebuttal.place)),
    )
    .map((rebuttal) => ({ kind: 'answer', at: rebuttal.publishedClock ?? 0, label: 'Answer' }))
}

function spikeBands(name: Narrative, where: string, now: number): Band[] {
  return [...spikes.value.values()]
    .filter((spike) => spike.narrative === name && spike.place === where && spike.phase !== 'withdrawn')
    .map((spike) => ({ kind: 'spike', from: spike.onset, to: (spike.end ?? now) + 60_000 }))
}

/** Some series' points while they are on the page. */
export function useSeries(view: () => SeriesView | null): {
  points: SeriesPoints | null
  failure: string | null
} {
  const feed = useMemo(() => followSeries(view), [])
  useEffect(() => () => feed.stop(), [feed])
  return { points: feed.points.value, failure: feed.failure.value }
}

interface TimelineProps {
  narrative: Narrative
  place: string
  points: readonly SeriesPoint[] | null
}

function Timeline({ narrative: name, place: where, points }: TimelineProps) {
  const [point, setPoint] = useState<SeriesPoint | null>(null)
  const view = nightView([name])
  const stepMinutes = view?.stepMinutes ?? 1
  const now = view?.to ?? 0
  const bands = useMemo(
    () => [...spikeBands(name, where, now), ...gapBands(coverage.value)],
    [spikes.value, coverage.value, now],
  )
  const lines = useMemo(() => answerLines(name, where), [rebuttals.value])
  return (
    <figure class="panel timeline" aria-labelledby={`chart-${name}`}>
      <figcaption>
        <h3 id={`chart-${name}`}>{NARRATIVE_TITLE[name]}</h3>
        <p class="readout">
          {points === null ? '' : point === null ? total(points) : pointWords(point, stepMinutes)}
        </p>
      </figcaption>
      {points === null ? (
        <p class="loading tall">Reading…</p>
      ) : (
        <>
          <Chart
            points={points}
            stepMinutes={stepMinutes}
            zone={zone.value}
            height={190}
            label={summary(NARRATIVE_CLAIMS[name], points, stepMinutes, lines)}
            bands={bands}
            lines={lines}
            onPoint={setPoint}
          />
          <PointTable points={points} stepMinutes={stepMinutes} caption={NARRATIVE_CLAIMS[name]} />
        </>
      )}
    </figure>
  )
}

function total(points: readonly SeriesPoint[]): string {
  const posts = points.reduce((sum, point) => sum + point.posts, 0)
  const debunks = points.reduce((sum, point) => sum + point.debunks, 0)
  return `${count(posts, 'post')} in all, ${whole(debunks)} against`
}
