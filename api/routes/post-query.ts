/** Which posts a request means, and their rows as the API sends them. */
import { z } from '@hono/zod-openapi'
import { readChanges, unchangedCondition } from '../../classify/changes.ts'
import { readLikes } from '../../classify/likes.ts'
import { narrativeSchema, stanceSchema, type Narrative, type PlaceId } from '../../classify/contract.ts'
import { joinSql, param, sql, type Sql } from '../../classify/store/sql.ts'
import { CLAIM_ID, type ClaimIndex } from '../claims/claims.ts'
import type { FlaggedPost, Spike } from '../contract.ts'
import { ALARMING } from '../spikes/voices.ts'
import type { RouteDeps } from './deps.ts'
import { flagParam, placeParam, timeParam } from './params.ts'
import { RequestError } from './problem.ts'

const MINUTE_MS = 60_000
/** A search is for some words of a post. */
const SEARCH_MAX = 200

/** Filters that the list and the export share; all must hold. */
export const postFilterSchema = z.object({
  spike: z
    .string()
    .max(100)
    .optional()
    .describe(
      "a spike's id: its narrative, place and time, in the languages that raise alarms; asserting posts unless `stance` says otherwise",
    ),
  narrative: narrativeSchema.optional(),
  place: placeParam.optional().describe('where the posts are counted'),
  from: timeParam.optional().describe('createdAt at or after this'),
  to: timeParam.optional().describe('createdAt before this'),
  flagged: flagParam.optional(),
  stance: z.enum([...stanceSchema.options, 'any']).optional(),
  language: z
    .string()
    .regex(/^[a-z]{2}$/)
    .optional()
    .describe('ISO 639-1: what the posts were judged as'),
  cluster: z.string().regex(CLAIM_ID).optional().describe('posts that make this claim'),
  q: z
    .string()
    .trim()
    .min(1)
    .max(SEARCH_MAX)
    .optional()
    .describe('words that the text holds, in any case; not those that are held back'),
})
export type PostFilter = z.output<typeof postFilterSchema>

/** The condition that all these filters make. Throws RequestError 404 `unknown_spike`. */
export async function postCondition(
  filter: PostFilter,
  {
    desk,
    status,
    claims,
    changedPosts = 'hold',
  }: Pick<RouteDeps, 'desk' | 'status' | 'claims' | 'changedPosts'>,
): Promise<Sql> {
  const { spike: spikeId, narrative, place, from, to, flagged, stance, language, cluster, q } = filter
  // One that seemed to carry a narrative, in haste, may be stored without any.
  const all: Sql[] = [sql`notEmpty(narratives)`]
  if (spikeId !== undefined) {
    const spike = await desk.spikes.get(spikeId)
    if (spike === null) throw new RequestError(404, 'unknown_spike', `there is no spike ${spikeId}`)
    all.push(spikeCondition(spike, (await status()).sealedThrough))
  }
  if (narrative !== undefined) all.push(inSeries({ narrative }))
  if (place !== undefined) all.push(inSeries({ place }))
  if (from !== undefined) all.push(fromTime(from))
  if (to !== undefined) all.push(beforeTime(to))
  if (flagged !== undefined) all.push(sql`flagged = ${param.bool(flagged)}`)
  const stanceWanted = stance ?? (spikeId === undefined ? 'any' : 'asserts')
  if (stanceWanted !== 'any') all.push(sql`stance = ${param.string(stanceWanted)}`)
  if (language !== undefined) all.push(sql`language = ${param.string(language)}`)
  if (cluster !== undefined) all.push(withTexts((await claims.read()).keysOf(cluster)))
  if (q !== undefined) {
    const found = sql`positionCaseInsensitiveUTF8(text, ${param.string(q)}) > 0`
    all.push(found)
    // Words that are held back are not to be guessed by searching for them.
    if (changedPosts === 'hold') all.push(unchangedCondition(found))
  }
  return joinSql(all, ' AND ')
}

/** Posts of a spike's narrative, place and minutes; of an open spike, up to where the night is sealed. */
export function spikeCondition(spike: Spike, sealedThrough: number | null): Sql {
  const last = spike.end ?? Math.max(spike.onset, (sealedThrough ?? spike.detected + MINUTE_MS) - MINUTE_MS)
  const first = sql`minute >= ${param.int(spike.onset / MINUTE_MS)}`
  return sql`${first} AND minute <= ${param.int(last / MINUTE_MS)} AND ${inSeries(spike)} AND ${ALARMING}`
}

function inSeries({ narrative, place }: { narrative?: Narrative; place?: PlaceId }): Sql {
  const all: Sql[] = []
  if (narrative !== undefined) all.push(sql`has(narratives, ${param.string(narrative)})`)
  if (place !== undefined) all.push(sql`has(counted_places, ${param.string(place)})`)
  return joinSql(all, ' AND ')
}

const withTexts = (keys: readonly string[]): Sql =>
  sql`text_key IN (SELECT toUInt64(arrayJoin(${param.strings(keys)})))`

// The minute is what the table is sorted by; the exact time only trims its edges.
const fromTime = (from: number): Sql =>
  sql`minute >= ${param.int(Math.floor(from / MINUTE_MS))} AND created_at >= fromUnixTimestamp64Milli(${param.int(from)})`
const beforeTime = (to: number): Sql =>
  sql`minute <= ${param.int(Math.floor(to / MINUTE_MS))} AND created_at < fromUnixTimestamp64Milli(${param.int(to)})`

/** Columns of {@link PostRow}; `posts` has to be read FINAL, so that a post stored twice is one. */
export const POST_FIELDS = sql`
  id, source, url, nullIf(author, '') AS author,
  toFloat64(toUnixTimestamp64Milli(created_at)) AS createdAt,
  toFloat64(toUnixTimestamp64Milli(captured_at)) AS capturedAt,
  text, langs, language, reply_to AS replyTo, repost_of AS repostOf, quote_of AS quoteOf, place_hint AS placeHint, marks, cid,
  payload_sha256 AS payloadSha256, flagged, score, narratives, narrative_scores AS narrativeScores, stance,
  stance_scores AS stanceScores, words, places, model, toString(text_key) AS textKey`

/** Oldest, or top, posts of a condition. */
export function selectPosts(condition: Sql, order: Sql, limit: number): Sql {
  return sql`SELECT ${POST_FIELDS} FROM posts FINAL WHERE ${condition} ORDER BY ${order} LIMIT ${param.int(limit)}`
}

export interface PostRow extends Omit<FlaggedPost, 'cluster' | 'likes'> {
  textKey: string
}

/**
 * Rows as they are sent: marked with what became of them since, and without the words of those that their author changed
 * or deleted where the installation holds these back. Throws StoreError.
 */
export async function toPosts(
  rows: readonly PostRow[],
  claims: ClaimIndex,
  { store, now, changedPosts = 'hold' }: Pick<RouteDeps, 'store' | 'now' | 'changedPosts'>,
): Promise<FlaggedPost[]> {
  if (rows.length === 0) return []
  const [changes, likes] = await Promise.all([readChanges(store, rows), readLikes(store, rows, now())])
  return rows.map(({ textKey, model, ...rest }, i) => {
    const change = changes[i] ?? null
    const post = { ...rest, likes: likes[i] ?? null, cluster: claims.idOf(textKey), model }
    if (change === null) return post
    const marked = { ...post, marks: [...post.marks, change] }
    return changedPosts === 'keep' ? marked : { ...marked, text: '', words: [] }
  })
}
