/** What a run left in the store: how many posts of it and when, from the times that the store itself gave them. */
import { param, sql } from '../../../../classify/store/sql.ts'
import type { Store } from '../../../../classify/store/store.ts'

export interface Stored {
  /** Distinct posts, and those about an election. */
  posts: number
  election: number
  /** By second (epoch s): posts stored in it for the first time. */
  bySecond: ReadonlyMap<number, number>
  /** When the last was stored for the first time, epoch ms. */
  lastAt: number
  /** Of each flagged post: captured and stored, epoch ms; by the time of capture. */
  flagged: readonly (readonly [capturedAt: number, storedAt: number])[]
}

/** Latencies are taken of so many flagged posts at most. */
const FLAGGED_MAX = 500_000

export async function readStored(store: Store): Promise<Stored> {
  const [[totals], seconds, flagged] = await Promise.all([
    // What was judged in haste is stored again by its second look.
    store.query<{ posts: number; election: number; lastAt: number }>(sql`
      SELECT toFloat64(count()) AS posts, toFloat64(countIf(about)) AS election,
        toFloat64(toUnixTimestamp64Milli(max(first))) AS lastAt
      FROM (SELECT max(election) AS about, min(stored_at) AS first FROM seen GROUP BY post)`),
    store.query<{ second: number; posts: number }>(sql`
      SELECT toFloat64(toUnixTimestamp(first)) AS second, toFloat64(count()) AS posts
      FROM (SELECT min(stored_at) AS first FROM seen GROUP BY post) GROUP BY second ORDER BY second`),
    store.query<{ captured: number; stored: number }>(sql`
      SELECT toFloat64(toUnixTimestamp64Milli(min(captured_at))) AS captured,
        toFloat64(toUnixTimestamp64Milli(min(stored_at))) AS stored
      FROM posts WHERE flagged GROUP BY post ORDER BY captured LIMIT ${param.int(FLAGGED_MAX)}`),
  ])
  return {
    ...totals!,
    bySecond: new Map(seconds.map(({ second, posts }) => [second, posts])),
    flagged: flagged.map(({ captured, stored }) => [captured, stored] as const),
  }
}
