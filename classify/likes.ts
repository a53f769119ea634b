/** How many accounts like a post: stored as sets beside the posts, and counted when posts are read. */
import { hash64 } from '../ingest/base/hash.ts'
import type { Like } from '../ingest/contract.ts'
import { changeSubject } from './changes.ts'
import { isHasty } from './contract.ts'
import { whichWait } from './hasty-posts.ts'
import type { Originals } from './originals.ts'
import { keysIn, param, sql } from './store/sql.ts'
import type { Row, Store } from './store/store.ts'

/** Posts asked for at once: some 200 kB of a request. */
const ASKED_MAX = 10_000
/** Likes are stored for this long, as the tables say; of an older post they are not all there any more. */
const KEPT_MS = 30 * 24 * 3_600_000
/** Whose posts are liked one by one, so that none is none; elsewhere nobody counts. */
const COUNTED = 'bluesky:'

export const LIKE_COLUMNS = ['post', 'liker', 'like_id'] as const
export const TAKEN_BACK_COLUMNS = ['like_id'] as const

export type LikeRows = (likes: readonly Like[]) => Promise<{ likes: Row[]; takenBack: Row[] }>

/** Makes the step from a delivery's likes to rows: of posts that carry a narrative, and of all that are taken back. */
export function createLikeRows(store: Pick<Store, 'query'>, originals: Pick<Originals, 'recent'>): LikeRows {
  return async function likeRows(likes) {
    const given = likes.filter((like): like is Like & { of: string } => like.of !== null)
    const carries = await findNarrated(store, originals, [...new Set(given.map(({ of }) => of))])
    return {
      likes: given
        .filter(({ of }) => carries.has(of))
        .map(({ id, of, author }) => [hash64(of), changeSubject('account', author), keyOf(id)]),
      takenBack: likes.filter(({ of }) => of === null).map(({ id }) => [keyOf(id)]),
    }
  }
}

function keyOf(id: string): string {
  return hash64(`like ${id}`)
}

/** A post was judged before its likes come; one that is not stored yet is remembered. */
async function findNarrated(
  store: Pick<Store, 'query'>,
  originals: Pick<Originals, 'recent'>,
  ids: readonly string[],
): Promise<Set<string>> {
  const narrated = new Set<string>()
  const unknown = new Map<string, string>()
  for (const id of ids) {
    const original = originals.recent(id)
    if (original === undefined) unknown.set(hash64(id), id)
    // Said in haste, none may be one yet (below too, where somebody else said it).
    else if (original.verdict.narratives.length > 0 || isHasty(original.verdict)) narrated.add(id)
  }
  if (unknown.size === 0) return narrated
  const keys = [...unknown.keys()]
  // First: what is settled meanwhile is stored by then.
  for (const key of await whichWait(store, keys)) narrated.add(unknown.get(key)!)
  const rows = await store.query<{ post: string }>(sql`
    SELECT DISTINCT toString(post) AS post FROM posts WHERE posts.post IN ${keysIn(keys)}`)
  for (const { post } of rows) narrated.add(unknown.get(post)!)
  return narrated
}

/** A post as far as likes know it. */
export interface Liked {
  id: string
  /** Whoever likes a repost likes its original. */
  repostOf: string | null
  /** Epoch ms. */
  createdAt: number
}

/**
 * How many accounts like each of these posts now, in their order; null where that is not known: nobody was asked, its
 * network does not say, or it is too old. A like that was taken back does not count, nor one of an account that is gone.
 * `now`: epoch ms. Throws StoreError.
 */
export async function readLikes(
  store: Pick<Store, 'query'>,
  posts: readonly Liked[],
  now: number,
): Promise<(number | null)[]> {
  const [any] = await store.query<{ kept: number }>(sql`SELECT toFloat64(count()) AS kept FROM likes`)
  if (any!.kept === 0) return posts.map(() => null)
  const countable = posts.filter(
    ({ id, repostOf, createdAt }) => id.startsWith(COUNTED) && repostOf === null && createdAt > now - KEPT_MS,
  )
  const keys = new Map(countable.map(({ id }) => [id, hash64(id)]))
  const counts = new Map<string, number>()
  const wanted = [...new Set(keys.values())]
  for (let start = 0; start < wanted.length; start += ASKED_MAX) {
    const these = sql`
      SELECT post, liker, like_id FROM likes
      WHERE post IN (SELECT toUInt64(arrayJoin(${param.strings(wanted.slice(start, start + ASKED_MAX))})))`
    const rows = await store.query<{ key: string; accounts: number }>(sql`
      SELECT toString(post) AS key, toFloat64(uniqExact(liker)) AS accounts FROM (${these})
      WHERE like_id NOT IN (
          SELECT like_id FROM likes_taken_back WHERE like_id IN (SELECT like_id FROM (${these})))
        AND liker NOT IN (
          SELECT subject FROM post_changes FINAL
          WHERE change = 'account_gone' AND subject IN (SELECT liker FROM (${these})))
      GROUP BY post`)
    for (const { key, accounts } of rows) counts.set(key, accounts)
  }
  return posts.map(({ id }) => {
    const key = keys.get(id)
    return key === undefined ? null : (counts.get(key) ?? 0)
  })
}
