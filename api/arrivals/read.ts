/** What was stored lately, from `posts`. */
import type { Narrative, PlaceId } from '../../classify/contract.ts'
import { ONE_THREAD, param, sql, type Sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'

/** A row of `posts`, of which a post may have several. */
export interface StoredPost {
  /** First 64 bits of SHA-256 of `id`. */
  key: string
  minute: number
  id: string
  createdAt: number
  capturedAt: number
  flagged: boolean
  narratives: Narrative[]
  places: PlaceId[]
  /** Epoch ms, by the store's clock. */
  storedAt: number
}

/** A place in the order in which posts were stored. */
export type Cursor = Pick<StoredPost, 'storedAt' | 'key'>

/** Times, epoch ms: `until` is no part of it, and may be Infinity. */
interface Stretch {
  from: number
  until: number
}

/**
 * Rows stored in a stretch of time and, where it is given, behind `after`; in order, at most `limit`.
 * They are few, so that reading some columns of them later, in a second go, costs more than it saves.
 */
export async function readStored(
  store: Pick<Store, 'query'>,
  { from, until }: Stretch,
  after: Cursor | null,
  limit: number,
): Promise<StoredPost[]> {
  const since = after?.storedAt ?? from
  const behind =
    after === null ? sql`` : sql`AND (stored_at, post) > (${time(since)}, ${param.uint64(after.key)})`
  const before = until === Infinity ? sql`` : sql`AND stored_at < ${time(until)}`
  return store.query<StoredPost>(sql`
    SELECT toString(post) AS key, minute, id, toFloat64(toUnixTimestamp64Milli(created_at)) AS createdAt,
      toFloat64(toUnixTimestamp64Milli(captured_at)) AS capturedAt, flagged, narratives, counted_places AS places,
      toFloat64(toUnixTimestamp64Milli(stored_at)) AS storedAt
    FROM posts WHERE stored_at >= ${time(since)} ${before} ${behind}
    ORDER BY stored_at, post LIMIT ${param.int(limit)}
    ${ONE_THREAD}, query_plan_optimize_lazy_materialization = 0`)
}

/** Flagged posts of minutes after `last` (null: of all), each once. */
export async function readUnsealed(
  store: Pick<Store, 'query'>,
  last: number | null,
): Promise<Pick<StoredPost, 'key' | 'minute'>[]> {
  return store.query(sql`
    SELECT toString(post) AS key, minute FROM posts FINAL WHERE minute > ${param.int(last ?? -1)} AND flagged`)
}

const time = (ms: number): Sql => sql`fromUnixTimestamp64Milli(${param.int(Math.max(0, Math.floor(ms)))})`
