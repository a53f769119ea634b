/** Posts that were judged in haste, kept until they are judged again. */
import { randomBytes } from 'node:crypto'
import { hash64 } from '../ingest/base/hash.ts'
import { postSchema, type Post } from '../ingest/contract.ts'
import { isHasty } from './contract.ts'
import type { JudgedPost } from './judge.ts'
import { keysIn, ONE_THREAD, param, sql, type Sql } from './store/sql.ts'
import type { Store } from './store/store.ts'

const COLUMNS = ['post', 'look', 'body', 'carried', 'settled'] as const

/** A post to be judged again. */
export interface HastyPost {
  key: string
  /** Tells one judgement in haste from another of the same post: only the one that was taken is settled. */
  look: string
  post: Post
  /** A narrative was seen in haste: the post is stored with it, and has to be stored anew whatever is seen now. */
  carried: boolean
  /**
   * What settles it bears this time, epoch ms: later than its own, which is one to come where the engine's clock was set
   * back since it was kept.
   */
  settledAt: number
}

export interface HastyPosts {
  /**
   * Keeps those of them that were judged in haste. After their rows are stored: what is settled stays as it was judged.
   * Kept once more by the same `look` they are the same, and no longer settled.
   */
  keep(judged: readonly JudgedPost[], look: string): Promise<void>
  /**
   * The next that wait, round and round by their keys from a place of this process' own, so that several seldom take the
   * same, and that no look reads all that wait; with the reposts among them their originals that wait, or they might wait for
   * each other for ever.
   */
  take(limit: number): Promise<HastyPost[]>
  settle(taken: readonly HastyPost[]): Promise<void>
}

export function createHastyPosts(store: Pick<Store, 'query'>, insert: Store['insert']): HastyPosts {
  /** The key that was taken last. */
  let last = randomBytes(8).readBigUInt64BE().toString()
  async function read(rest: Sql): Promise<HastyPost[]> {
    const rows = await store.query<Omit<HastyPost, 'post'> & { body: string }>(sql`
      SELECT toString(post) AS key, look, body, carried,
        toFloat64(greatest(toUnixTimestamp64Milli(now64(3)), toUnixTimestamp64Milli(stored_at) + 1)) AS settledAt
      FROM hasty_posts FINAL WHERE NOT settled ${rest} ${ONE_THREAD}`)
    return rows.map(({ body, ...row }) => ({ ...row, post: postSchema.parse(JSON.parse(body)) }))
  }
  return {
    keep: (judged, look) =>
      insert(
        'hasty_posts',
        COLUMNS,
        judged
          .filter(({ verdict }) => isHasty(verdict))
          .map(({ post, key, verdict }) => [
            key,
            look,
            JSON.stringify(post),
            verdict.narratives.length > 0,
            false,
          ]),
      ),
    async take(limit) {
      const next = (where: Sql, count: number) =>
        read(sql`AND ${where} ORDER BY post, look LIMIT ${param.int(count)}`)
      const taken = await next(sql`post > ${param.uint64(last)}`, limit)
      if (taken.length < limit)
        taken.push(...(await next(sql`post <= ${param.uint64(last)}`, limit - taken.length)))
      last = taken.at(-1)?.key ?? last
      const here = new Set(taken.map(({ key }) => key))
      const originals = taken.flatMap(({ post }) => (post.repostOf === null ? [] : [hash64(post.repostOf)]))
      const elsewhere = [...new Set(originals)].filter((key) => !here.has(key))
      if (elsewhere.length === 0) return taken
      return [...taken, ...(await read(sql`AND post IN ${keysIn(elsewhere)}`))]
    },
    settle: (taken) =>
      insert(
        'hasty_posts',
        [...COLUMNS, 'stored_at'],
        taken.map(({ key, look, carried, settledAt }) => [key, look, '', carried, true, settledAt]),
      ),
  }
}

/** Those of these posts (first 64 bits of SHA-256 of their ids) that wait. */
export async function whichWait(
  store: Pick<Store, 'query'>,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await store.query<{ key: string }>(sql`
    SELECT DISTINCT toString(post) AS key FROM hasty_posts FINAL
    WHERE NOT settled AND post IN ${keysIn(keys)} ${ONE_THREAD}`)
  return new Set(rows.map(({ key }) => key))
}

/** How many wait. */
export async function countHasty(store: Pick<Store, 'query'>): Promise<number> {
  const rows = await store.query<{ waiting: number }>(
    sql`SELECT toFloat64(uniqExact(post)) AS waiting FROM hasty_posts FINAL WHERE NOT settled
      ${ONE_THREAD}`,
  )
  return rows[0]!.waiting
}
