/** One spike: what it is, how it went, what is said, what was answered. */
import { useEffect, useMemo } from 'preact/hooks'
import type { Spike, SpikeDetail } from '../../api/contract.ts'
import { exportAddress, type CallError } from '../client.ts'
import { followDetail } from '../detail.ts'
import { approximately, count, day, whole } from '../format.ts'
import { at, coverage, rebuttals, spikes, status, zone } from '../state.ts'
import {
  ending,
  isOpen,
  NARRATIVE_CLAIMS,
  NARRATIVE_TITLE,
  inPlace,
  phaseWords,
  spikeSentence,
} from '../words.ts'
import { Answers } from './answers.tsx'
import { Chart } from './chart.tsx'
import type { Band, Line } from './chart-marks.ts'
import { summary } from './chart-words.ts'
import { Evidence } from './evidence.tsx'
import { PointTable } from './point-table.tsx'
import { Posts } from './posts.tsx'
import { range } from './spike-list.tsx'
import { stepFor, type SeriesView } from '../series.ts'
import { answerLines, gapBands, useSeries } from './timelines.tsx'

const MINUTE_MS = 60_000
/** What came before a spike shows what is usual: two hours of it, and one after. */
const BEFORE_MS = 120 * MINUTE_MS
const AFTER_MS = 60 * MINUTE_MS
/** Minutes, as long as they can be told apart over the page's width. */
const POINTS_MOST = 420

export function SpikeView({ id }: { id: string }) {
  const feed = useMemo(() => followDetail(id), [])
  useEffect(() => () => feed.stop(), [feed])
  const detail = feed.detail.value
  const failure = feed.failure.value
  const spike = spikes.value.get(id) ?? detail
  return (
    <>
      <p class="back">
        <a href="#/">← Back to the night</a>
      </p>
      {spike !== null ? (
        <Found spike={spike} detail={detail} failure={failure} />
      ) : failure?.code === 'unknown_spike' ? (
        <section class="panel empty">
          <h1>There is no such spike</h1>
          <p>
            The link may be from another night. <a href="#/">See this night’s spikes</a>.
          </p>
        </section>
      ) : (
        <Waiting failure={failure} what="the spike" />
      )}
    </>
  )
}

function Waiting({ failure, what }: { failure: CallError | null; what: string }) {
  if (failure === null) return <p class="loading">Reading {what}…</p>
  return (
    <p class="problem" role="alert">
      {failure.message} The page asks again in a few seconds.
    </p>
  )
}

function Found({
  spike,
  detail,
  failure,
}: {
  spike: Spike
  detail: SpikeDetail | null
  failure: CallError | null
}) {
  return (
    <>
      <section class="happening" aria-labelledby="spike">
        <p class="over">
          <span class={`phase phase-${spike.phase}`}>{phaseWords(spike)}</span> {day(spike.onset, zone.value)}
        </p>
        <h1 id="spike">
          {NARRATIVE_TITLE[spike.narrative]} {inPlace(spike)}
        </h1>
        <p class="lead">{spikeSentence(spike, at)}</p>
        {spike.successor !== null && (
          <p>
            <a class="button quiet" href={`#/spikes/${spike.successor}`}>
              Open the spike that took its place
            </a>
          </p>
        )}
        <Facts spike={spike} />
      </section>
      <Course spike={spike} />
      {(detail === null || failure !== null) && <Waiting failure={failure} what="what is said" />}
      {detail !== null && <Evidence detail={detail} />}
      <Answers spike={spike} detail={detail} />
      <section class="panel" aria-labelledby="posts">
        <div class="panel-head">
          <h2 id="posts">The posts</h2>
          <p class="exports">
            Export all:{' '}
            <a href={exportAddress(spike.id, 'csv')} download>
              CSV (for a spreadsheet)
            </a>{' '}
            <a href={exportAddress(spike.id, 'jsonl')} download>
              JSON lines
            </a>
          </p>
        </div>
        <Posts spike={spike} />
      </section>
    </>
  )
}

function Facts({ spike }: { spike: Spike }) {
  const facts: [string, string][] = [
    ['Began', at(spike.onset)],
    ['Noticed', at(spike.detected)],
    ['Most posts', at(spike.peak)],
    ...ending(spike, at),
    ['Posts', whole(spike.posts)],
    ['Accounts', whole(spike.authors)],
    ['Different wordings', whole(spike.texts)],
    ...size(spike),
    ['Posts that contradict it', whole(spike.debunks)],
  ]
  return (
    <dl class="facts">
      {facts.map(([term, value]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Voices: an account counts once an hour. */
function size(spike: Spike): [string, string][] {
  if (spike.echo) return [['Alarm', 'none: few accounts or few texts']]
  return [
    ['Voices', approximately(spike.expected + spike.size)],
    ['Usual for this time', approximately(spike.expected)],
    ['More than usual', `${whole(spike.size)} (${range(spike)})`],
  ]
}

function Course({ spike }: { spike: Spike }) {
  const { points: all, failure } = useSeries(() => courseOf(spikes.value.get(spike.id) ?? spike))
  const points = all?.get(spike.narrative) ?? null
  const stepMinutes = courseOf(spike)?.stepMinutes ?? 1
  const now = status.value?.sealedThrough ?? spike.detected
  const bands = useMemo<Band[]>(
    () => [
      { kind: 'spike', from: spike.onset, to: (spike.end ?? (isOpen(spike) ? now : spike.peak)) + MINUTE_MS },
      ...gapBands(coverage.value),
    ],
    [spike, coverage.value, now],
  )
  const lines = useMemo<Line[]>(
    () => [
      { kind: 'moment', at: spike.onset, label: 'Began' },
      { kind: 'moment', at: spike.peak, label: 'Most posts' },
      ...answerLines(spike.narrative, spike.place),
      ...(isOpen(spike) && spike.end === null ? [{ kind: 'moment', at: now, label: 'Now' } as const] : []),
    ],
    [spike, rebuttals.value, now],
  )
  return (
    <figure class="panel timeline" aria-labelledby="course">
      <figcaption>
        <h2 id="course">How it went</h2>
        <p class="readout">{count(spike.posts, 'post')} in the spike</p>
      </figcaption>
      {failure !== null && <p class="problem">{failure} The chart asks again in a few seconds.</p>}
      {points === null ? (
        <p class="loading tall">{failure === null ? 'Reading…' : ''}</p>
      ) : (
        <>
          <Chart
            points={points}
            stepMinutes={stepMinutes}
            zone={zone.value}
            height={260}
            label={`${summary(NARRATIVE_CLAIMS[spike.narrative], points, stepMinutes, lines)} The spike began at ${at(spike.onset)}.`}
            bands={bands}
            lines={lines}
          />
          <PointTable points={points} stepMinutes={stepMinutes} caption={NARRATIVE_CLAIMS[spike.narrative]} />
        </>
      )}
    </figure>
  )
}

/** From before the spike to a while after it, as far as the night has come. */
function courseOf(spike: Spike): SeriesView | null {
  const now = status.value?.sealedThrough ?? null
  const first = status.value?.from ?? null
  if (now === null || first === null) return null
  const from = Math.max(first, spike.onset - BEFORE_MS)
  const to = spike.end === null ? now : Math.min(now, spike.end + AFTER_MS)
  if (from >= to) return null
  return {
    narratives: [spike.narrative],
    place: spike.place,
    from,
    to,
    stepMinutes: stepFor(from, to, POINTS_MOST),
  }
}
