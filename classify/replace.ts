/**
 * Stores what takes the place of rows that may be known. Of two rows of a post the one that was stored later holds, by the
 * engine's clock; where that clock was set back meanwhile, what is stored now would be the older one for as long. So rows
 * that bear a time to come are looked for first, and what replaces them bears a later one.
 */
import type { InsertInOrder } from './group-insert.ts'
import type { JudgedPost } from './judge.ts'
import { minuteOf, POST_COLUMNS, postRow, SEEN_COLUMNS, seenRow } from './rows.ts'
import { keysIn, ONE_THREAD, param, sql } from './store/sql.ts'
import type { Row, Store } from './store/store.ts'

/**
 * So much later than what it replaces: longer than a store is waited for (store/retry.ts), so that it still bears a time to
 * come when it is there at last, and whoever reads what was stored lately meets it.
 */
const LATER_MS = 120_000

/** `shown`: those of them that are stored with what they say; all of them are seen. Durable when it resolves. */
export type Replace = (judged: readonly JudgedPost[], shown: readonly JudgedPost[]) => Promise<void>

/** Where no clock was set back, rows go where all others go, and with them. */
export function createReplace(store: Pick<Store, 'query'>, insertInOrder: InsertInOrder): Replace {
  return async function replace(judged, shown) {
    if (judged.length === 0) return
    const ahead = await readAhead(store, judged)
    const isBehind = ({ key }: JudgedPost): boolean => !ahead.has(key)
    await insertInOrder([
      { table: 'posts', columns: POST_COLUMNS, rows: shown.filter(isBehind).map(postRow) },
      { table: 'seen', columns: SEEN_COLUMNS, rows: judged.filter(isBehind).map(seenRow) },
    ])
    const later = (some: readonly JudgedPost[], toRow: (one: JudgedPost) => Row): Row[] =>
      some.flatMap((one) => {
        const storedAt = ahead.get(one.key)
        return storedAt === undefined ? [] : [[...toRow(one), storedAt + LATER_MS]]
      })
    await insertInOrder([
      { table: 'posts', columns: [...POST_COLUMNS, 'stored_at'], rows: later(shown, postRow) },
      { table: 'seen', columns: [...SEEN_COLUMNS, 'stored_at'], rows: later(judged, seenRow) },
    ])
  }
}

/** By key, the newest time to come that a row of these posts bears, epoch ms. The tables' indexes tell where there is any. */
async function readAhead(
  store: Pick<Store, 'query'>,
  judged: readonly JudgedPost[],
): Promise<ReadonlyMap<string, number>> {
  const minutes = param.minutes([...new Set(judged.map(({ post }) => minuteOf(post)))])
  const keys = keysIn(judged.map(({ key }) => key))
  const where = sql`stored_at > now64(3) AND minute IN ${minutes} AND post IN ${keys}`
  const rows = await store.query<{ key: string; storedAt: number }>(sql`
    SELECT toString(post) AS key, toFloat64(toUnixTimestamp64Milli(max(at))) AS storedAt FROM (
      SELECT post, stored_at AS at FROM posts WHERE ${where}
      UNION ALL SELECT post, stored_at AS at FROM seen WHERE ${where})
    GROUP BY key ${ONE_THREAD}`)
  return new Map(rows.map(({ key, storedAt }) => [key, storedAt]))
}
