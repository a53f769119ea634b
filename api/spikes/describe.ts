/** From a detector's burst to the spike that people see: what the posts in its time say. */
import { hash } from 'node:crypto'
import { param, sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import type { Spike } from '../contract.ts'
import type { Burst } from './detector.ts'
import { parseSeriesKey } from './minutes.ts'
import { ALARMING } from './voices.ts'

/** What fewer texts than these say, however many copy them, is no alarm: with five posts at the least, five are many people's words. */
const TEXTS_MIN = 5
/** Enough to see what a spike says; the page lists all of its posts. */
const EXAMPLES_MAX = 5

/** The same burst has the same id in every run: its series and the minute of its alarm. */
export function spikeId(burst: Pick<Burst, 'key' | 'detected'>): string {
  return hash('sha256', `${burst.key}|${burst.detected}`, 'hex').slice(0, 12)
}

/**
 * Whether the burst is told as a spike: the interval of its size leaves out zero. The detector's alarm says that a window
 * stood out; once the onset and the end are known, what came may still be no more than a calm time could have brought.
 */
export function isSpike({ sizeLow }: Pick<Burst, 'sizeLow'>): boolean {
  return round(sizeLow) > 0
}

/** What a spike says of its burst without a look at the posts. */
function outline(burst: Burst) {
  return {
    phase: burst.phase,
    onset: burst.onset * 1000,
    detected: burst.detected * 1000,
    peak: burst.peak * 1000,
    end: burst.end === null ? null : burst.end * 1000,
    expected: round(burst.expected),
    size: round(burst.size),
    sizeLow: round(burst.sizeLow),
    sizeHigh: round(burst.sizeHigh),
    score: round(burst.score),
  }
}

/** Whether the spike says of its burst what the burst is now. */
export function isOutlined(spike: Spike, burst: Burst): boolean {
  return Object.entries(outline(burst)).every(([name, value]) => spike[name as keyof Spike] === value)
}

/** Reads the posts of the burst's time, up to `through` (epoch seconds) while it is open; `revision` is left at 1. */
export async function describeSpike(
  store: Store,
  burst: Burst,
  through: number,
  placeName: (place: string) => string,
): Promise<Spike> {
  const { place, narrative } = parseSeriesKey(burst.key)
  const from = param.int(burst.onset / 60)
  const to = param.int((burst.end ?? through) / 60)
  const inSpike = sql`minute BETWEEN ${from} AND ${to}
    AND has(narratives, ${param.string(narrative)}) AND has(counted_places, ${param.string(place)}) AND ${ALARMING}`
  const [totals, examples] = await Promise.all([
    store.query<{ posts: number; authors: number; texts: number; debunks: number }>(sql`
      SELECT toUInt32(uniqExactIf(post, stance = 'asserts')) AS posts,
        toUInt32(uniqExactIf(author, stance = 'asserts' AND author != '')) AS authors,
        toUInt32(uniqExactIf(text_key, stance = 'asserts')) AS texts,
        toUInt32(uniqExactIf(post, stance = 'debunks')) AS debunks
      FROM posts FINAL WHERE ${inSpike}`),
    // The first post of each of the most copied texts.
    store.query<{ example: string }>(sql`
      SELECT argMin(id, (created_at, id)) AS example, uniqExact(post) AS copies, min(created_at) AS first
      FROM posts FINAL WHERE ${inSpike} AND stance = 'asserts'
      GROUP BY text_key ORDER BY copies DESC, first, example LIMIT ${param.int(EXAMPLES_MAX)}`),
  ])
  return {
    id: spikeId(burst),
    narrative,
    place,
    placeName: placeName(place),
    ...outline(burst),
    ...totals[0]!,
    echo: burst.echo === true || totals[0]!.texts < TEXTS_MIN,
    examples: examples.map(({ example }) => example),
    reason: null,
    successor: null,
    revision: 1,
  }
}

const round = (value: number): number => Math.round(value * 100) / 100
