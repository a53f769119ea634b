/** Which flagged posts followers were told of: each once, however often it is stored and whoever looks. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { inArray, sql } from 'drizzle-orm'
import type { LiveEvent } from '../contract.ts'
import type { DeskDb } from './db.ts'
import { appendEvents, type LiveHub } from './live.ts'
import { arrivalStateTable, toldPostsTable } from './schema.ts'

/** A post is delivered again within a day or so of a broker's outage; one that comes later would be told again. */
const KEPT_MS = 2 * 86_400_000
/** Forgotten in one statement: others wait for it for some milliseconds. */
const FORGOTTEN_MAX = 10_000
/** Parameters of one statement. */
const ASKED_MAX = 500

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
    /** Forgets what was told long before `now`, epoch ms. */
    forget(now: number): Promise<void>
  }
}

export function createArrivalStore(db: DeskDb, live: LiveHub): ArrivalStore {
  async function told(keys: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>()
    for (let at = 0; at < keys.length; at += ASKED_MAX) {
      const asked = keys.slice(at, at + ASKED_MAX)
      const rows = await db
        .select({ post: toldPostsTable.post })
        .from(toldPostsTable)
        .where(inArray(toldPostsTable.post, asked))
      for (const { post } of rows) found.add(post)
    }
    return found
  }

  async function tell({ keys, events, through }: ArrivalSave, now: number): Promise<void> {
    const state = db
      .insert(arrivalStateTable)
      .values({ one: 1, through })
      .onConflictDoUpdate({ target: arrivalStateTable.one, set: { through } })
    const posts = []
    for (let at = 0; at < keys.length; at += ASKED_MAX) {
      const rows = keys.slice(at, at + ASKED_MAX).map((post) => ({ post, at: now }))
      posts.push(db.insert(toldPostsTable).values(rows))
    }
    await db.batch([state, ...posts, ...appendEvents(db, events)])
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
              SELECT post FROM told_posts WHERE at < ${now - KEPT_MS} LIMIT ${FORGOTTEN_MAX})`)
          forgotten = rowsAffected
          await nextTurn()
        }
      },
    },
  }
}
