/** What the page's clock shows, gathered from the store and the watcher. */
import { countHasty } from '../../classify/hasty-posts.ts'
import { sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import type { SourceCounts, SourceStatus } from '../../ingest/contract.ts'
import type { SourceHealth, Status } from '../contract.ts'
import type { Watcher } from '../spikes/watcher.ts'

export type Mode = Status['mode']

/** Every open page asks each second; the counts behind it are read at most this often. */
const FRESH_MS = 900

interface StatusOptions {
  store: Store
  watcher: Pick<Watcher, 'view'>
  mode: Mode
  /** Wall clock, epoch ms. */
  now: () => number
}

type Totals = Pick<Status, 'posts' | 'election' | 'flagged' | 'hasty' | 'deadLettered' | 'sources'>

/** Gives a function that is cheap to call often. Throws what the store throws. */
export function createStatus({ store, watcher, mode, now }: StatusOptions): () => Promise<Status> {
  let totals: { at: number; value: Promise<Totals> } | null = null

  return async function status() {
    // A clock that was set back makes a reading old too.
    if (totals === null || Math.abs(now() - totals.at) > FRESH_MS) {
      const reading = { at: now(), value: readTotals(store, now()) }
      totals = reading
      reading.value.catch(() => {
        if (totals === reading) totals = null
      })
    }
    const counts = await totals.value
    const { sealedThrough, from, progress } = watcher.view()
    const partitions = progress?.partitions ?? []
    const newest = partitions.length > 0 ? Math.max(...partitions.map(({ watermark }) => watermark)) : null
    return {
      mode,
      clock: mode === 'live' ? now() : newest,
      sealedThrough,
      from,
      lag: partitions.reduce((sum, { lag }) => sum + lag, 0),
      ...counts,
      staleMs: partitions.length > 0 ? Math.min(...partitions.map(({ idleMs }) => idleMs)) : null,
    }
  }
}

async function readTotals(store: Store, now: number): Promise<Totals> {
  const [exposure, flagged, dead, sources, gaps, hasty] = await Promise.all([
    store.query<{ posts: number; election: number }>(sql`
      SELECT toFloat64(sum(seen)) AS posts, toFloat64(sum(election)) AS election
      FROM exposure_minutes FINAL WHERE place = 'US'`),
    store.query<{ total: number }>(
      sql`SELECT toFloat64(uniqExactIf(post, flagged)) AS total FROM posts FINAL`,
    ),
    store.query<{ dead: number }>(sql`SELECT toFloat64(uniqExact(id)) AS dead FROM dead_letters`),
    store.query<SourceRow>(sql`
      SELECT source, state, detail, toFloat64(toUnixTimestamp64Milli(since)) AS since,
        toFloat64(received) AS received, toFloat64(accepted) AS accepted,
        toFloat64(duplicate) AS duplicate, toFloat64(dead) AS dead,
        toFloat64(toUnixTimestamp64Milli(last_event_at)) AS lastEventAt
      FROM source_status FINAL ORDER BY source`),
    store.query<{ source: string; seconds: number }>(sql`
      SELECT source,
        sum((toUnixTimestamp64Milli(to_at) - toUnixTimestamp64Milli(from_at)) / 1000 * (1 - share)) AS seconds
      FROM coverage FINAL WHERE kind != 'complete' GROUP BY source`),
    countHasty(store),
  ])
  const gapOf = new Map(gaps.map(({ source, seconds }) => [source, seconds]))
  return {
    ...exposure[0]!,
    flagged: flagged[0]!.total,
    hasty,
    deadLettered: dead[0]!.dead,
    sources: sources.map((row) => toHealth(row, gapOf.get(row.source) ?? 0, now)),
  }
}

type SourceRow = Pick<SourceStatus, 'source' | 'state' | 'detail' | 'since'> & SourceCounts

function toHealth(
  { source, state, detail, since, ...counts }: SourceRow,
  gap: number,
  now: number,
): SourceHealth {
  const lagMs = counts.lastEventAt === null ? null : Math.max(0, now - counts.lastEventAt)
  return { source, state, detail, since, counts, lagMs, gapSeconds: Math.max(0, gap) }
}
