/** What the store says of the stream: how far each partition is, and which minutes have posts. */
import { ONE_THREAD, param, sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import type { PartitionProgress } from './horizon.ts'

export interface StreamProgress {
  partitions: PartitionProgress[]
  /** Newest event time of the sources that have ended in every partition, epoch ms. */
  endedAt: number | null
  /** The store's clock when this was read, epoch ms. */
  readAt: number
}

/**
 * An insert is visible at most this long after the time that it bears, since its client gives it up after 30 s and sends
 * it again: whoever looks for what was stored lately looks this far back again.
 */
export const VISIBLE_AFTER_MS = 45_000
/** Where the sources end is asked for when the stream rests, and at least this often. */
const ENDED_EVERY_MS = 2_000

interface ProgressRow {
  partition: number
  watermark: number
  lag: number
  updatedAt: number
  readAt: number
}

/**
 * Gives `readProgress()`. Asked every moment, so it asks for little: the rows as they are, some for each partition until
 * they are merged, cost the engine half of what their sums would.
 */
export function createProgressReader(
  store: Pick<Store, 'query'>,
  partitionCount: number,
): () => Promise<StreamProgress> {
  const newestOf = createNewest()
  let before = ''
  let endedAt: number | null = null
  let endedReadAt = -Infinity

  return async function readProgress() {
    const rows = await store.query<ProgressRow>(sql`
      SELECT partition, toFloat64(toUnixTimestamp64Milli(watermark)) AS watermark, toFloat64(lag) AS lag,
        toFloat64(toUnixTimestamp64Milli(updated_at)) AS updatedAt,
        toFloat64(toUnixTimestamp64Milli(now64(3))) AS readAt
      FROM progress ${ONE_THREAD}`)
    const partitions = newestOf(rows)
    const said = JSON.stringify(partitions.map(({ watermark, lag }) => [watermark, lag]))
    const rests = said === before
    before = said
    if (rests || performance.now() - endedReadAt > ENDED_EVERY_MS) {
      endedAt = await readEnded(store, partitionCount)
      endedReadAt = performance.now()
    }
    return { partitions, endedAt, readAt: rows[0]?.readAt ?? (await readClock(store)) }
  }
}

/**
 * Gives what each partition said last. What bears a time to come was said before the store's clock was set back: it is
 * older than anything said since, and where nothing was, as old as it is known here.
 */
function createNewest(): (rows: readonly ProgressRow[]) => PartitionProgress[] {
  /** Of partitions whose last word bears a time to come: that time, and since when it is known. */
  const ahead = new Map<number, { updatedAt: number; knownAt: number }>()

  function idleOf({ partition, updatedAt, readAt }: ProgressRow): number {
    if (updatedAt <= readAt) return readAt - updatedAt
    const now = performance.now()
    let known = ahead.get(partition)
    if (known?.updatedAt !== updatedAt) ahead.set(partition, (known = { updatedAt, knownAt: now }))
    return now - known.knownAt
  }

  return function newestOf(rows) {
    const last = new Map<number, ProgressRow>()
    for (const row of rows) {
      const known = last.get(row.partition)
      const newest = known === undefined || isNewer(row, known) ? row : known
      last.set(row.partition, { ...newest, watermark: Math.max(row.watermark, known?.watermark ?? 0) })
    }
    return [...last.values()]
      .map((row) => ({
        partition: row.partition,
        watermark: row.watermark,
        lag: row.lag,
        idleMs: idleOf(row),
      }))
      .sort((a, b) => a.partition - b.partition)
  }
}

function isNewer(row: ProgressRow, known: ProgressRow): boolean {
  const [isAhead, wasAhead] = [row, known].map(({ updatedAt, readAt }) => updatedAt > readAt)
  return isAhead === wasAhead ? row.updatedAt >= known.updatedAt : wasAhead!
}

async function readEnded(store: Pick<Store, 'query'>, partitionCount: number): Promise<number | null> {
  const rows = await store.query<{ endedAt: number | null }>(sql`
    SELECT toFloat64(toUnixTimestamp64Milli(maxOrNull(last))) AS endedAt
    FROM (SELECT max(last_event_at) AS last FROM ended_sources GROUP BY source
          HAVING uniqExact(partition) >= ${param.int(partitionCount)}) ${ONE_THREAD}`)
  return rows[0]!.endedAt
}

/** The store's clock, epoch ms. */
export async function readClock(store: Pick<Store, 'query'>): Promise<number> {
  const rows = await store.query<{ now: number }>(
    sql`SELECT toFloat64(toUnixTimestamp64Milli(now64(3))) AS now`,
  )
  return rows[0]!.now
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
