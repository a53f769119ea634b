/** What the watcher keeps at the desk: spikes, and how far it has sealed. */
import { and, desc, eq, gt, inArray, isNull, lt, or, sql, type SQL } from 'drizzle-orm'
import type { Narrative, PlaceId } from '../../classify/contract.ts'
import { spikeSchema, type LiveEvent, type Spike } from '../contract.ts'
import type { DeskDb } from './db.ts'
import { appendEvents, type LiveHub } from './live.ts'
import { spikesTable, watchStateTable } from './schema.ts'

const MINUTE_MS = 60_000
const OPEN_PHASES = ['open', 'growing', 'peaked']

export interface WatchSave {
  spikes: Spike[]
  events: LiveEvent[]
  sealedThrough: number | null
}

export interface SpikeFilter {
  narrative?: Narrative | undefined
  place?: PlaceId | undefined
  /** Neither closed nor withdrawn. */
  open?: boolean | undefined
  /** Those under way at some moment from `from` to before `to`, epoch ms. */
  from?: number | undefined
  to?: number | undefined
}

export interface WatchStore {
  /** One transaction: spikes, events and how far is sealed; then followers are woken. */
  saveWatch(change: WatchSave): Promise<void>
  loadWatch(): Promise<{ spikes: Spike[]; sealedThrough: number | null }>
  spikes: {
    /** Newest onset first. */
    list(filter: SpikeFilter, limit: number): Promise<Spike[]>
    get(id: string): Promise<Spike | null>
    /** Ids of the withdrawn spikes whose place this one took; an answer to one of them answers this one. */
    replacedBy(id: string): Promise<string[]>
  }
}

export function createWatchStore(db: DeskDb, live: LiveHub): WatchStore {
  async function saveWatch({ spikes, events, sealedThrough }: WatchSave): Promise<void> {
    const state = db
      .insert(watchStateTable)
      .values({ one: 1, sealedThrough })
      .onConflictDoUpdate({ target: watchStateTable.one, set: { sealedThrough } })
    await db.batch([state, ...spikes.map((spike) => upsertSpike(db, spike)), ...appendEvents(db, events)])
    if (events.length > 0) live.wake()
  }

  async function loadWatch() {
    const [rows, states] = await db.batch([
      db.select().from(spikesTable).orderBy(spikesTable.onset),
      db.select().from(watchStateTable),
    ])
    return { spikes: rows.map(parseSpike), sealedThrough: states[0]?.sealedThrough ?? null }
  }

  async function list(filter: SpikeFilter, limit: number): Promise<Spike[]> {
    const query = db
      .select()
      .from(spikesTable)
      .where(and(...conditions(filter)))
    return (await query.orderBy(desc(spikesTable.onset), spikesTable.id).limit(limit)).map(parseSpike)
  }

  async function get(id: string): Promise<Spike | null> {
    const [row] = await db.select().from(spikesTable).where(eq(spikesTable.id, id))
    return row ? parseSpike(row) : null
  }

  async function replacedBy(id: string): Promise<string[]> {
    const rows = await db
      .select({ id: spikesTable.id })
      .from(spikesTable)
      .where(
        and(
          eq(spikesTable.phase, 'withdrawn'),
          sql`json_extract(${spikesTable.json}, '$.successor') = ${id}`,
        ),
      )
      .orderBy(spikesTable.onset, spikesTable.id)
    return rows.map((row) => row.id)
  }

  return { saveWatch, loadWatch, spikes: { list, get, replacedBy } }
}

function upsertSpike(db: DeskDb, spike: Spike) {
  const { id, revision, narrative, place, phase, onset, end } = spike
  const row = { revision, narrative, place, phase, onset, end, json: JSON.stringify(spike) }
  return db
    .insert(spikesTable)
    .values({ id, ...row })
    .onConflictDoUpdate({ target: spikesTable.id, set: row })
}

function parseSpike(row: typeof spikesTable.$inferSelect): Spike {
  return spikeSchema.parse(JSON.parse(row.json))
}

function conditions({ narrative, place, open, from, to }: SpikeFilter): (SQL | undefined)[] {
  return [
    narrative && eq(spikesTable.narrative, narrative),
    place && eq(spikesTable.place, place),
    open === undefined
      ? undefined
      : open
        ? inArray(spikesTable.phase, OPEN_PHASES)
        : sql`NOT ${inArray(spikesTable.phase, OPEN_PHASES)}`,
    // The last minute is under way until the next.
    from === undefined ? undefined : or(isNull(spikesTable.end), gt(spikesTable.end, from - MINUTE_MS)),
    to === undefined ? undefined : lt(spikesTable.onset, to),
  ].filter((condition) => condition !== undefined && condition !== '')
}
