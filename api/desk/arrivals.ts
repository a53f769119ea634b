/**
 * Which flagged posts followers were told of: each once, however often it is stored and whoever looks. They are kept by the
 * first 64 bits of SHA-256 of their ids, decimal, with the time when they were told, epoch ms.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { LiveEvent } from '../contract.ts'
import type { DeskDb } from './db.ts'
import { appendEvents, type LiveHub } from './live.ts'
import { arrivalStateTable } from './schema.ts'

/** A post is delivered again within a day or so of a broker's outage; one that comes later would be told again. */
const KEPT_MS = 2 * 86_400_000
/** How far the clocks of two machines may differ, and what is looked at again behind what was told last. */
const LOOKED_AT_MS = 600_000
/** Forgotten in one statement: others wait for it for some milliseconds. */
const FORGOTTEN_MAX = 10_000

export interface ArrivalSave {
  /** Posts that no one was told of before. */
  keys: readonly string[]
  events: readonly LiveEvent[]
  /** All that was stored before this was looked at; epoch ms, by the store's clock. */
  through: number
}

export interface ArrivalStore {
  arrivals: {
    /** Null before the first look. */
    through(): Promise<number | null>
    /** Those of these posts that were told. */
    told(keys: readonly string[]): Promise<Set<string>>
    /** One transaction; then followers are woken. Rejects, and changes nothing, where another told one of these posts meanwhile. */
    tell(save: ArrivalSave, now: number): Promise<void>
    /** Forgets what was told long before `now`, epoch ms, and is not looked at again by whoever goes on from `through`. */
    forget(now: number): Promise<void>
  }
}

export function createArrivalStore(db: DeskDb, live: LiveHub): ArrivalStore {
  async function told(keys: readonly string[]): Promise<Set<string>> {
    const rows = await db.all<{ post: string }>(
      sql`SELECT post FROM told_posts WHERE post IN (SELECT value FROM json_each(${JSON.stringify(keys)}))`,
    )
    return new Set(rows.map(({ post }) => post))
  }

  async function tell({ keys, events, through }: ArrivalSave, now: number): Promise<void> {
    const state = db
      .insert(arrivalStateTable)
      .values({ one: 1, through })
      .onConflictDoUpdate({ target: arrivalStateTable.one, set: { through } })
    // One parameter, however many there are: to build a statement of so many costs more than to run it.
    const posts = db.run(
      sql`INSERT INTO told_posts (post, at) SELECT value, ${now} FROM json_each(${JSON.stringify(keys)})`,
    )
    await db.batch([state, ...(keys.length > 0 ? [posts] : []), ...appendEvents(db, events)])
    if (events.length > 0) live.wake()
  }

  return {
    arrivals: {
      async through() {
        const [row] = await db.select().from(arrivalStateTable)
        return row?.through ?? null
      },
      told,
      tell,
      async forget(now) {
        let forgotten = FORGOTTEN_MAX
        while (forgotten === FORGOTTEN_MAX) {
          const { rowsAffected } = await db.run(sql`
            DELETE FROM told_posts WHERE post IN (
              SELECT post FROM told_posts
              WHERE at < min(${now - KEPT_MS}, (SELECT through FROM arrival_state) - ${LOOKED_AT_MS}) LIMIT ${FORGOTTEN_MAX})`)
          forgotten = rowsAffected
          await nextTurn()
        }
      },
    },
  }
}
