/** What was seen and not judged, by language, from sealed minutes. */
import { joinSql, param, sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import type { NotJudged } from '../contract.ts'

const MINUTE_MS = 60_000

/** Epoch ms; whole minutes that overlap it are counted. */
export interface Stretch {
  from?: number | undefined
  to?: number | undefined
}

/** One entry for each language, that with the most posts first. */
export async function readNotJudged(store: Store, { from, to }: Stretch = {}): Promise<NotJudged[]> {
  const conditions = [sql`posts > 0`]
  if (from !== undefined) conditions.push(sql`minute >= ${param.int(Math.floor(from / MINUTE_MS))}`)
  if (to !== undefined) conditions.push(sql`minute < ${param.int(Math.ceil(to / MINUTE_MS))}`)
  const rows = await store.query<{ language: string; total: number; first: number; last: number }>(sql`
    SELECT language, toFloat64(sum(posts)) AS total, min(minute) AS first, max(minute) AS last
    FROM unjudged_minutes FINAL WHERE ${joinSql(conditions, ' AND ')}
    GROUP BY language ORDER BY total DESC, language`)
  return rows.map(({ language, total, first, last }) => ({
    kind: 'not_judged',
    language,
    posts: total,
    from: first * MINUTE_MS,
    to: (last + 1) * MINUTE_MS,
  }))
}
