/** Why a spike: the words that are new in it, how much of it is passed on, and what rises with it. From the stored posts alone. */
import { stateOf } from '../../ingest/base/jurisdictions.ts'
import { param, sql, type Sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import type { Spike, SpikeDetail } from '../contract.ts'
import { newWords } from './new-words.ts'

const MINUTE_MS = 60_000
/** Long enough to know how the narrative is usually put, short enough to be this night. */
const BEFORE_MINUTES = 6 * 60
/** Distinct texts that are read: the first ones, more than tell the words apart. */
const TEXTS_MAX = 2_000
const WORDS_MAX = 10

/**
 * The words that are new in the posts of `asserting`, against what was said of the narrative anywhere, in whatever stance,
 * in the hours before the onset. Copies are one text.
 */
export async function readNewWords(
  store: Store,
  spike: Spike,
  asserting: Sql,
): Promise<SpikeDetail['newWords']> {
  const onset = spike.onset / MINUTE_MS
  const before = sql`minute >= ${param.int(onset - BEFORE_MINUTES)} AND minute < ${param.int(onset)}
    AND has(narratives, ${param.string(spike.narrative)})`
  const [now, then] = await Promise.all([readTexts(store, asserting), readTexts(store, before)])
  return newWords(now, then, WORDS_MAX)
}

async function readTexts(store: Store, condition: Sql): Promise<string[]> {
  const rows = await store.query<{ words: string }>(sql`
    SELECT argMin(text, (created_at, post)) AS words, min(created_at) AS first
    FROM posts FINAL WHERE ${condition} AND text != ''
    GROUP BY text_key ORDER BY first, text_key LIMIT ${param.int(TEXTS_MAX)}`)
  return rows.map(({ words }) => words)
}

/** Distinct posts that pass on another's. */
export async function countReposts(store: Store, asserting: Sql): Promise<number> {
  const rows = await store.query<{ reposts: number }>(sql`
    SELECT toUInt32(uniqExact(post)) AS reposts FROM posts FINAL WHERE ${asserting} AND repost_of IS NOT NULL`)
  return rows[0]!.reposts
}

/** Other narratives' spikes, under way at the same time at its place, inside it or around it; the largest first. */
export function risingWith(spike: Spike, others: readonly Spike[]): SpikeDetail['risingWith'] {
  return others
    .filter((other) => other.narrative !== spike.narrative && other.phase !== 'withdrawn' && !other.echo)
    .filter((other) => other.onset <= (spike.end ?? Infinity) && spike.onset <= (other.end ?? Infinity))
    .filter((other) => isNear(spike.place, other.place))
    .sort((a, b) => b.size - a.size || (a.id < b.id ? -1 : 1))
    .map(({ id, narrative, place, placeName, posts }) => ({ id, narrative, place, placeName, posts }))
}

function isNear(a: string, b: string): boolean {
  if (a === b || a === 'US' || b === 'US') return true
  return stateOf(a) === b || stateOf(b) === a
}
