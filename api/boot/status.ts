/** What the page's clock shows, gathered from the store and the watcher. */
import { countHasty } from '../../classify/hasty-posts.ts'
import { ONE_THREAD, sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import type { SourceCounts, SourceStatus } from '../../ingest/contract.ts'
import type { SourceHealth, Status } from '../contract.ts'
import { openFor, readOpen } from '../coverage/read.ts'
import type { Arrivals } from '../arrivals/arrivals.ts'
import { soon } from '../../ingest/base/soon.ts'
import type { Watcher } from '../spikes/watcher.ts'

export type Mode = Status['mode']

/** Every open page asks each second; what is behind it is read at most this often. */
const FRESH_MS = 1_900
/** Five statements, of what seldom changes. */
const GROWN_FRESH_MS = 4_900
/** What takes long to read, as that does which grows with the night, is read again after this many times as long. */
const REST_FACTOR = 10
/** And yet each half a minute: no page shows what is older. */
const FRESH_MAX_MS = 30_000
/** Brokers that do not answer keep a page waiting for so long, and then for {@link FRESH_MAX_MS} no more. */
const TOPIC_PATIENCE_MS = 1_000

interface StatusOptions {
  store: Store
  watcher: Pick<Watcher, 'view'>
  /** With it, and a watcher that seals, nothing is counted that grows with the night. */
  arrivals?: Pick<Arrivals, 'unsealed'>
  /** What the topic holds that is not stored: with no worker left, nobody else says that it grows. */
  lag?: () => Promise<number>
  mode: Mode
  /** Wall clock, epoch ms. */
  now: () => number
}

type Counts = Pick<Status, 'posts' | 'election' | 'flagged'>
interface Growing extends Pick<Status, 'hasty' | 'deadLettered'> {
  /** Seconds that a source did not see, as far as that was told. */
  gapOf: ReadonlyMap<string, number>
  /** Since when a source that is cut off told nothing, epoch ms. */
  openSince: ReadonlyMap<string, number>
}

/** Gives a function that is cheap to call often. Throws what the store throws. */
export function createStatus(options: StatusOptions): () => Promise<Status> {
  const { store, watcher, arrivals, lag = async () => 0, mode, now } = options
  const readSources = sometimes(() => readHealth(store), now)
  // Apart from the sources, whose number stays as it is: how they are is told at once, whatever the night has become.
  const readGrowing = sometimes(() => readGrown(store), now, GROWN_FRESH_MS)
  // Where the topic does not answer, what the workers said last is all there is.
  const readTopicLag = sometimes(() => soon(lag(), 0, TOPIC_PATIENCE_MS), now)
  const countAnew = sometimes(() => countAll(store), now)

  /** Known without asking, once both have begun. */
  function count(): Counts | null {
    const unsealed = arrivals?.unsealed() ?? null
    const { totals } = watcher.view()
    return unsealed === null || totals === null ? null : { ...totals, flagged: totals.flagged + unsealed }
  }

  return async function status() {
    const [sources, { gapOf, openSince, ...grown }, topicLag] = await Promise.all([
      readSources(),
      readGrowing(),
      readTopicLag(),
    ])
    const counts = count() ?? (await countAnew())
    const { sealedThrough, from, progress } = watcher.view()
    const partitions = progress?.partitions ?? []
    const newest = partitions.length > 0 ? Math.max(...partitions.map(({ watermark }) => watermark)) : null
    return {
      mode,
      clock: mode === 'live' ? now() : newest,
      sealedThrough,
      from,
      lag: Math.max(
        topicLag,
        partitions.reduce((sum, { lag }) => sum + lag, 0),
      ),
      ...counts,
      ...grown,
      sources: sources.map((row) => {
        const open = openFor(openSince.get(row.source) ?? Infinity, now()) / 1_000
        return toHealth(row, (gapOf.get(row.source) ?? 0) + open, now())
      }),
      staleMs: partitions.length > 0 ? Math.min(...partitions.map(({ idleMs }) => idleMs)) : null,
    }
  }
}

/** Gives `read`'s last answer while it is fresh; a reading that failed is none. */
function sometimes<T>(read: () => Promise<T>, now: () => number, leastMs = FRESH_MS): () => Promise<T> {
  let last: { at: number; value: Promise<T>; freshMs: number } | null = null
  return function lately() {
    // A clock that was set back makes a reading old too.
    if (last === null || Math.abs(now() - last.at) > last.freshMs) {
      const began = performance.now()
      const reading = { at: now(), value: read(), freshMs: FRESH_MAX_MS }
      last = reading
      void (async () => {
        try {
          await reading.value
          const rest = REST_FACTOR * (performance.now() - began)
          reading.freshMs = Math.min(FRESH_MAX_MS, Math.max(leastMs, rest))
        } catch {
          // Whoever asked is told of it.
          if (last === reading) last = null
        }
      })()
    }
    return last.value
  }
}

async function countAll(store: Store): Promise<Counts> {
  const [exposure, flagged] = await Promise.all([
    store.query<Omit<Counts, 'flagged'>>(sql`
      SELECT toFloat64(sum(seen)) AS posts, toFloat64(sum(election)) AS election
      FROM exposure_minutes FINAL WHERE place = 'US'`),
    store.query<{ total: number }>(
      sql`SELECT toFloat64(uniqExactIf(post, flagged)) AS total FROM posts FINAL`,
    ),
  ])
  return { ...exposure[0]!, flagged: flagged[0]!.total }
}

async function readGrown(store: Store): Promise<Growing> {
  const [dead, gaps, open, hasty] = await Promise.all([
    store.query<{ dead: number }>(
      sql`SELECT toFloat64(uniqExact(id)) AS dead FROM dead_letters ${ONE_THREAD}`,
    ),
    store.query<{ source: string; seconds: number }>(sql`
      SELECT source,
        sum((toUnixTimestamp64Milli(to_at) - toUnixTimestamp64Milli(from_at)) / 1000 * (1 - share)) AS seconds
      FROM coverage FINAL WHERE kind != 'complete' GROUP BY source ${ONE_THREAD}`),
    readOpen(store),
    countHasty(store),
  ])
  return {
    hasty,
    deadLettered: dead[0]!.dead,
    gapOf: new Map(gaps.map(({ source, seconds }) => [source, seconds])),
    openSince: new Map(open.map(({ source, begun }) => [source, begun])),
  }
}

function readHealth(store: Store): Promise<SourceRow[]> {
  return store.query<SourceRow>(sql`
    SELECT source, state, detail, toFloat64(toUnixTimestamp64Milli(since)) AS since,
      toFloat64(received) AS received, toFloat64(accepted) AS accepted,
      toFloat64(duplicate) AS duplicate, toFloat64(dead) AS dead,
      toFloat64(toUnixTimestamp64Milli(last_event_at)) AS lastEventAt
    FROM source_status FINAL ORDER BY source ${ONE_THREAD}`)
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
