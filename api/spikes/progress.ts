/** What the store says of the stream: how far each partition is, and which minutes changed lately. */
import { param, sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import type { PartitionProgress } from './horizon.ts'

/**
 * An insert is visible at most this long after the time that it bears, since its client gives it up after 30 s and sends
 * it again: rows are looked for this far back again.
 */
const VISIBLE_AFTER_MS = 45_000
/** After a start, also what was stored while nobody sealed, though the clocks of two machines differ by this much. */
const CLOCK_SKEW_MS = 300_000

export interface StreamProgress {
  partitions: PartitionProgress[]
  /** Newest event time of the sources that have ended in every partition, epoch ms. */
  endedAt: number | null
  /** The store's clock when this was read, epoch ms. */
  readAt: number
}

export async function readProgress(store: Store, partitionCount: number): Promise<StreamProgress> {
  const rows = await store.query<Omit<StreamProgress, 'partitions'> & { partitions: Numbers[] }>(sql`
    SELECT toFloat64(toUnixTimestamp64Milli(now64(3))) AS readAt,
      (SELECT groupArray([number, newest, waiting, idle]) FROM (
        SELECT toFloat64(partition) AS number, toFloat64(toUnixTimestamp64Milli(max(watermark))) AS newest,
          toFloat64(argMax(lag, updated_at)) AS waiting,
          toFloat64(dateDiff('millisecond', max(updated_at), now64(3))) AS idle
        FROM progress GROUP BY partition ORDER BY partition)) AS partitions,
      (SELECT toFloat64(toUnixTimestamp64Milli(maxOrNull(last)))
       FROM (SELECT max(last_event_at) AS last FROM ended_sources GROUP BY source
             HAVING uniqExact(partition) >= ${param.int(partitionCount)})) AS endedAt`)
  const { partitions, ...rest } = rows[0]!
  return {
    partitions: partitions.map(([partition, watermark, lag, idleMs]) => ({
      partition,
      watermark,
      lag,
      idleMs,
    })),
    ...rest,
  }
}

type Numbers = [partition: number, watermark: number, lag: number, idleMs: number]

/**
 * Minutes up to `last` that got posts since `since` (a `readAt`); null: since minutes were sealed last. `readAt` is now: a
 * clock that was set back bears earlier times than those it bore before.
 */
export async function dirtyMinutes(
  store: Store,
  since: number | null,
  readAt: number,
  last: number,
): Promise<number[]> {
  const from =
    since === null
      ? Math.min(await newestVersion(store), readAt) - CLOCK_SKEW_MS
      : Math.min(since, readAt) - VISIBLE_AFTER_MS
  const rows = await store.query<{ minute: number }>(sql`
    SELECT DISTINCT minute FROM seen
    WHERE stored_at >= fromUnixTimestamp64Milli(${param.int(Math.max(0, from))}) AND minute <= ${param.int(last)}
    ORDER BY minute`)
  return rows.map(({ minute }) => minute)
}

/** No minute is as late as this. */
const EVER = 2 ** 31

/**
 * The newest version of a sealed row of minutes up to `last`, 0 before the first. Versions are the store's clock, or a
 * little more.
 */
export async function newestVersion(store: Store, last: number = EVER): Promise<number> {
  const upTo = sql`WHERE minute <= ${param.int(last)}`
  const rows = await store.query<{ version: number }>(sql`
    SELECT toFloat64(max(version)) AS version FROM (
      SELECT max(version) AS version FROM exposure_minutes ${upTo}
      UNION ALL SELECT max(version) FROM narrative_minutes ${upTo}
      UNION ALL SELECT max(version) FROM unjudged_minutes ${upTo})`)
  return rows[0]!.version
}

/** The first minute at or after `from` (null: at all) that has a post, or null. */
export async function firstMinute(store: Store, from: number | null): Promise<number | null> {
  const rows = await store.query<{ first: number | null }>(sql`
    SELECT minOrNull(minute) AS first FROM seen WHERE minute >= ${param.int(from ?? 0)}`)
  return rows[0]!.first
}

/** The last minute that has a post, or null. */
export async function lastMinute(store: Store): Promise<number | null> {
  const rows = await store.query<{ last: number | null }>(sql`SELECT maxOrNull(minute) AS last FROM seen`)
  return rows[0]!.last
}

/** Every minute that has a post. */
export async function seenMinutes(store: Store): Promise<number[]> {
  const rows = await store.query<{ minute: number }>(sql`SELECT DISTINCT minute FROM seen ORDER BY minute`)
  return rows.map(({ minute }) => minute)
}
