/** One spike: what it is, how it went, what is said, what was answered. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { Spike } from '../../api/contract.ts'
import { CallError, exportAddress, getSpike } from '../client.ts'
import { approximately, count, day, whole } from '../format.ts'
import { at, coverage, putSpikes, rebuttals, spikes, status, zone } from '../state.ts'
import { isOpen, NARRATIVE_CLAIMS, NARRATIVE_TITLE, PHASE_WORDS, inPlace, spikeSentence } from '../words.ts'
import { Answers } from './answers.tsx'
import { Chart } from './chart.tsx'
import type { Band, Line } from './chart-marks.ts'
import { summary } from './chart-words.ts'
import { PointTable } from './point-table.tsx'
import { Posts } from './posts.tsx'
import { range } from './spike-list.tsx'
import { Stances } from './stances.tsx'
import { answerLines, gapBands, useSeries } from './timelines.tsx'

const MINUTE_MS = 60_000
/** What came before a spike shows what is usual: two hours of it, and one after. */
const BEFORE_MS = 120 * MINUTE_MS
const AFTER_MS = 60 * MINUTE_MS

export function SpikeView({ id }: { id: string }) {
  const spike = spikes.value.get(id)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    getSpike(id).then(
      (found) => putSpikes([found]),
      (error: unknown) => setProblem(error instanceof CallError ? error.message : 'The spike could not be read.'),
    )
  }, [id])
  return (
    <>
      <p class="back">
        <a href="#/">← Back to the night</a>
      </p>
      {spike !== undefined ? (
        <Found spike={spike} />
      ) : (
        <section class="panel empty">
          {problem === null ? (
            <p class="loading">Reading the spike…</p>
          ) : (
            <>
              <h1>This spike cannot be shown</h1>
              <p role="alert">{problem}</p>
              <p>
                The link may be from another night. <a href="#/">See this night’s spikes</a>.
              </p>
            </>
          )}
        </section>
      )}
    </>
  )
}

function Found({ spike }: { spike: Spike }) {
  return (
    <>
      <section class="happening" aria-labelledby="spike">
        <p class="over">
          <span class={`phase phase-${spike.phase}`}>{PHASE_WORDS[spike.phase]}</span> {day(spike.onset, zone.value)}
        </p>
        <h1 id="spike">
          {NARRATIVE_TITLE[spike.narrative]} {inPlace(spike)}
        </h1>
        <p class="lead">{spikeSentence(spike, at)}</p>
        <Facts spike={spike} />
      </section>
      <Course spike={spike} />
      <Stances spike={spike} />
      <Answers spike={spike} />
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
    [isOpen(spike) ? 'Still going on' : 'Ended', spike.end === null ? 'yes' : at(spike.end)],
    ['Posts', whole(spike.posts)],
    ['Accounts', whole(spike.authors)],
    ['Different wordings', whole(spike.texts)],
    ['Usual for this time', approximately(spike.expected)],
    ['More than usual', `${whole(spike.size)} (${range(spike)})`],
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

function Course({ spike }: { spike: Spike }) {
  const { points, failure } = useSeries(() => courseOf(spikes.value.get(spike.id) ?? spike))
  const stepMinutes = courseOf(spike)?.stepMinutes ?? 1
  const now = status.value?.sealedThrough ?? spike.detected
  const bands = useMemo<Band[]>(
    () => [{ kind: 'spike', from: spike.onset, to: (spike.end ?? now) + MINUTE_MS }, ...gapBands(coverage.value)],
    [spike, coverage.value, now],
  )
  const lines = useMemo<Line[]>(
    () => [
      { kind: 'moment', at: spike.onset, label: 'Began' },
      { kind: 'moment', at: spike.peak, label: 'Most posts' },
      ...answerLines(spike.narrative, spike.place),
      ...(spike.end === null ? [{ kind: 'moment', at: now, label: 'Now' } as const] : []),
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
function courseOf(spike: Spike) {
  const now = status.value?.sealedThrough ?? null
  const first = status.value?.from ?? null
  if (now === null || first === null) return null
  const from = Math.max(first, spike.onset - BEFORE_MS)
  const to = spike.end === null ? now : Math.min(now, spike.end + AFTER_MS)
  const minutes = (to - from) / MINUTE_MS
  // Minutes while they can be told apart.
  const stepMinutes = [1, 2, 5, 10, 15, 30, 60].find((step) => minutes / step <= 420) ?? 60
  return { narrative: spike.narrative, place: spike.place, from, to, stepMinutes }
}
