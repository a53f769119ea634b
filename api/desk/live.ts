/**
 * The log of live events, and waking those who follow it. The log in the desk is the only buffer: a follower reads on
 * from its own place, so that a slow one costs no memory and a cut one misses nothing.
 */
import { asc, gt, sql } from 'drizzle-orm'
import { liveEventSchema, type LiveEvent } from '../contract.ts'
import type { DeskDb } from './db.ts'
import { liveEventsTable } from './schema.ts'

/**
 * Some 40 minutes where every look finds new posts, days on a quiet night; 200 MB at the most. A page that was away for
 * longer loads anew anyway.
 */
export const LIVE_EVENTS_MAX = 10_000
/** How soon another process's writes are seen. */
const POLL_MS = 500

export interface StoredEvent {
  seq: number
  event: LiveEvent
}

export interface LiveRange {
  /** A follower whose last event is this one, or a later one, misses nothing. */
  floor: number
  /** The newest event's number. */
  head: number
}

export interface LiveLog {
  range(): Promise<LiveRange>
  /** Events after `seq`, oldest first, at most `limit`. */
  read(seq: number, limit: number): Promise<StoredEvent[]>
  /** Calls `wake` after new events, also after those of other processes. Gives the end of it. */
  subscribe(wake: () => void): () => void
  /** The desk is closed: nothing is read any more, and that is no error. */
  isStopped(): boolean
}

/** Statements that append events and drop the oldest beyond the bound; part of the batch that made the change. */
export function appendEvents(db: DeskDb, events: readonly LiveEvent[]) {
  if (events.length === 0) return []
  const rows = events.map((event) => ({ type: event.type, json: JSON.stringify(event) }))
  return [
    db.insert(liveEventsTable).values(rows),
    db.delete(liveEventsTable).where(sql`seq <= (SELECT max(seq) FROM live_events) - ${LIVE_EVENTS_MAX}`),
  ] as const
}

export interface LiveHub extends LiveLog {
  /** Wakes this process's followers at once; call it after a batch with events. */
  wake(): void
  stop(): void
}

export function createLiveHub(db: DeskDb, onError: (error: unknown) => void): LiveHub {
  const followers = new Set<() => void>()
  let timer: NodeJS.Timeout | null = null
  let seen: number | null = null
  let polling = false
  let stopped = false
  /** Followers that stand at the same place read together, until there is more. */
  let newest: { seq: number; limit: number; events: Promise<StoredEvent[]> } | null = null

  function wake(): void {
    newest = null
    for (const follower of followers) follower()
  }

  async function range(): Promise<LiveRange> {
    const row = await db.get<{ first: number | null; head: number }>(sql`
      SELECT (SELECT min(seq) FROM live_events) AS first,
        (SELECT seq FROM sqlite_sequence WHERE name = 'live_events') AS head`)
    return { floor: row.first === null ? row.head : row.first - 1, head: row.head }
  }

  async function poll(): Promise<void> {
    if (polling) return
    polling = true
    try {
      const { head } = await range()
      // The first time too: something may have come between a follower's reading and this.
      if (head !== seen) wake()
      seen = head
    } catch (error) {
      if (!stopped) onError(error)
    } finally {
      polling = false
    }
  }

  function subscribe(follower: () => void): () => void {
    followers.add(follower)
    timer ??= setInterval(() => void poll(), POLL_MS).unref()
    return () => {
      followers.delete(follower)
      if (followers.size === 0) rest()
    }
  }

  function rest(): void {
    if (timer !== null) clearInterval(timer)
    timer = null
    seen = null
    newest = null
  }

  function stop(): void {
    stopped = true
    followers.clear()
    rest()
  }

  function read(seq: number, limit: number): Promise<StoredEvent[]> {
    if (newest?.seq === seq && newest.limit === limit) return newest.events
    const events = select(seq, limit)
    // Without followers nobody looks for what other processes write.
    if (timer !== null) newest = { seq, limit, events }
    events.catch(() => (newest = null))
    return events
  }

  async function select(seq: number, limit: number): Promise<StoredEvent[]> {
    const rows = await db
      .select()
      .from(liveEventsTable)
      .where(gt(liveEventsTable.seq, seq))
      .orderBy(asc(liveEventsTable.seq))
      .limit(limit)
    return rows.map((row) => ({ seq: row.seq, event: liveEventSchema.parse(JSON.parse(row.json)) }))
  }

  return { range, read, subscribe, isStopped: () => stopped, wake, stop }
}
