/**
 * Looks several times a second at what was stored since the last look, and tells the followers of the live stream which
 * flagged posts came. A post is told once: the desk keeps which were. It holds no truth of its own and may begin again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { ARRIVED_MAX, type ArrivedPost, type LiveEvent } from '../contract.ts'
import type { ArrivalStore } from '../desk/arrivals.ts'
import type { Store } from '../../classify/store/store.ts'
import type { Watcher } from '../spikes/watcher.ts'
import { readClock, VISIBLE_AFTER_MS } from '../spikes/progress.ts'
import { readStored, readUnsealed, type Cursor, type StoredPost } from './read.ts'
import { createUnsealed } from './unsealed.ts'

const MINUTE_MS = 60_000
/** Little beside the second within which a post should be seen, and some milliseconds of the engine each time. */
const LOOK_MS = 150
/** A look that takes long is followed by a pause this many times as long, up to a second. */
const PAUSE_FACTOR = 4
const PAUSE_MAX_MS = 1_000
/** A row is seen so long after the time that it bears, as a rule: each look goes back by so much. */
const SOON_MS = 500
/** How far back rows may come is looked at more seldom, since it is more. */
const LATE_EVERY_MS = 20_000
/** Rows of one reading; where more were stored the next goes on from there. */
const READ_MAX = 5_000
/** What a desk that was away catches up with is read so much at a time: of a minute that is read, all rows are sorted. */
const STEP_MS = 60_000
/** What was told is forgotten after days: no need to look often. */
const FORGET_EVERY_MS = 3_600_000
/** Of a text that names half of the country. */
const PLACES_MAX = 20

export interface ArrivalsOptions {
  store: Pick<Store, 'query'>
  desk: ArrivalStore
  watcher: Pick<Watcher, 'view'>
  /** Wall clock, epoch ms. */
  now: () => number
  /** Followers of the live stream were told of these. */
  onTold?: ((posts: readonly StoredPost[]) => void) | undefined
  onError: (error: unknown) => void
}

export interface Arrivals {
  /** Distinct flagged posts in the minutes after the last sealed one; null before the first look. */
  unsealed(): number | null
  stop(): Promise<void>
}

export function startArrivals({ store, desk, watcher, now, onTold, onError }: ArrivalsOptions): Arrivals {
  const unsealed = createUnsealed()
  /** Of the keys that were told or found told, when they were stored: what the next looks meet again. */
  const recent = new Map<string, number>()
  let through: number | null = null
  /** What was stored before this is not told: no desk looked yet. -Infinity once no look goes back so far. */
  let since = -Infinity
  let lateAt = -Infinity
  let forgetAt = -Infinity
  const stopping = new AbortController()

  const lastSealed = (): number | null => {
    const { sealedThrough } = watcher.view()
    return sealedThrough === null ? null : sealedThrough / MINUTE_MS - 1
  }

  /** Goes on where this desk was; what was stored before a desk looked for the first time is not told. */
  async function begin(): Promise<number> {
    const known = await desk.arrivals.through()
    const start = known ?? (await readClock(store))
    if (known === null) {
      since = start
      await desk.arrivals.tell({ keys: [], events: [], through: start }, now())
    }
    const last = lastSealed()
    unsealed.take(
      (await readUnsealed(store, last)).map((post) => ({ ...post, flagged: true })),
      last,
    )
    return start
  }

  async function look(): Promise<void> {
    // Until the watcher has read what is sealed, everything would be taken for what is not.
    if (watcher.view().totals === null) return
    through ??= await begin()
    const started = performance.now()
    const late = started - lateAt > LATE_EVERY_MS
    // A clock that was set back gives earlier times than those before.
    const newest = Math.min(through, watcher.view().progress?.readAt ?? Infinity)
    // What was on its way when it was looked at last may have come just after.
    const back = newest - (late ? VISIBLE_AFTER_MS + LATE_EVERY_MS : SOON_MS)
    let from = back
    const behind = (): boolean => from + STEP_MS < (watcher.view().progress?.readAt ?? -Infinity)
    for (; behind() && !stopping.signal.aborted; from += STEP_MS) await readOn(from, from + STEP_MS)
    if (stopping.signal.aborted) return
    await readOn(from, Infinity)
    // Where nothing was stored for long, the next look need not go back all the way.
    through = Math.max(through, from - VISIBLE_AFTER_MS)
    if (!late) return
    lateAt = started
    // Kept on, it would keep back all that is stored while the store's clock stands before it.
    if (back > since) since = -Infinity
  }

  /** Tells what was stored at or after `from`, and before `until`; epoch ms. */
  async function readOn(from: number, until: number): Promise<void> {
    let after: Cursor | null = null
    for (;;) {
      const rows: StoredPost[] = await readStored(store, { from, until }, after, READ_MAX)
      const last = rows.at(-1)
      if (last === undefined) break
      unsealed.take(rows, lastSealed())
      await tell(rows, last.storedAt)
      if (rows.length < READ_MAX) break
      after = last
    }
    for (const [key, storedAt] of recent)
      if (Math.abs(storedAt - through!) > 2 * VISIBLE_AFTER_MS) recent.delete(key)
  }

  async function tell(rows: readonly StoredPost[], storedAt: number): Promise<void> {
    const fresh = new Map<string, StoredPost>()
    for (const row of rows)
      if (row.flagged && !recent.has(row.key) && !fresh.has(row.key)) fresh.set(row.key, row)
    if (fresh.size > 0) {
      const told = await desk.arrivals.told([...fresh.keys()])
      const posts = [...fresh.values()].filter(({ key }) => !told.has(key))
      const news = posts.filter((post) => post.storedAt >= since)
      const events = eventsOf(news)
      if (posts.length > 0)
        await desk.arrivals.tell({ keys: posts.map(({ key }) => key), events, through: storedAt }, now())
      onTold?.(news)
      for (const { key, storedAt: at } of fresh.values()) recent.set(key, at)
    }
    through = storedAt
  }

  function eventsOf(posts: readonly StoredPost[]): LiveEvent[] {
    const events: LiveEvent[] = []
    const { totals } = watcher.view()
    const flagged = (totals?.flagged ?? 0) + unsealed.count(lastSealed())
    for (let at = 0; at < posts.length; at += ARRIVED_MAX)
      events.push({ type: 'posts', posts: posts.slice(at, at + ARRIVED_MAX).map(toArrived), flagged })
    return events
  }

  async function forget(): Promise<void> {
    if (performance.now() - forgetAt < FORGET_EVERY_MS) return
    forgetAt = performance.now()
    await desk.arrivals.forget(now())
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const started = performance.now()
      try {
        await look()
        await forget()
      } catch (error) {
        if (!stopping.signal.aborted) onError(error)
      }
      const took = performance.now() - started
      const pause = Math.max(LOOK_MS - took, Math.min(PAUSE_MAX_MS, PAUSE_FACTOR * took))
      await sleep(pause, undefined, { signal: stopping.signal }).catch((error: unknown) => {
        if (!stopping.signal.aborted) throw error
      })
    }
  }
  const running = run()

  return {
    unsealed: () => (through === null ? null : unsealed.count(lastSealed())),
    async stop() {
      stopping.abort()
      await running
    },
  }
}

function toArrived({ id, createdAt, capturedAt, narratives, places }: StoredPost): ArrivedPost {
  return { id, createdAt, capturedAt, narratives, places: places.slice(0, PLACES_MAX) }
}
