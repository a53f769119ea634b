/** Posts that were judged in haste, kept until they are judged again. */
import { randomUUID } from 'node:crypto'
import { postSchema, type Post } from '../ingest/contract.ts'
import { isHasty } from './contract.ts'
import type { JudgedPost } from './judge.ts'
import { param, sql } from './store/sql.ts'
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
}

export interface HastyPosts {
  /** Keeps those of them that were judged in haste. After their rows are stored: what is settled stays as it was judged. */
  keep(judged: readonly JudgedPost[]): Promise<void>
  /** Some that wait, in an order of this process' own, so that several seldom take the same. */
  take(limit: number): Promise<HastyPost[]>
  settle(taken: readonly HastyPost[]): Promise<void>
}

export function createHastyPosts(store: Pick<Store, 'query'>, insert: Store['insert']): HastyPosts {
  const own = randomUUID()
  return {
    keep: (judged) =>
      insert(
        'hasty_posts',
        COLUMNS,
        judged
          .filter(({ verdict }) => isHasty(verdict))
          .map(({ post, key, verdict }) => [
            key,
            randomUUID(),
            JSON.stringify(post),
            verdict.narratives.length > 0,
            false,
          ]),
      ),
    async take(limit) {
      const rows = await store.query<Omit<HastyPost, 'post'> & { body: string }>(sql`
        SELECT toString(post) AS key, look, body, carried FROM hasty_posts FINAL WHERE NOT settled
        ORDER BY cityHash64(post, ${param.string(own)}), look LIMIT ${param.int(limit)}`)
      return rows.map(({ body, ...row }) => ({ ...row, post: postSchema.parse(JSON.parse(body)) }))
    },
    settle: (taken) =>
      insert(
        'hasty_posts',
        COLUMNS,
        taken.map(({ key, look, carried }) => [key, look, '', carried, true]),
      ),
  }
}

/** Of these posts (first 64 bits of SHA-256 of their ids) those that were kept: whether they are all judged again. */
export async function whichSettled(
  store: Pick<Store, 'query'>,
  keys: readonly string[],
): Promise<ReadonlyMap<string, boolean>> {
  const rows = await store.query<{ key: string; all: boolean }>(sql`
    SELECT toString(post) AS key, min(settled) AS all FROM hasty_posts FINAL
    WHERE post IN (SELECT toUInt64(arrayJoin(${param.strings(keys)}))) GROUP BY post`)
  return new Map(rows.map(({ key, all }) => [key, all]))
}

/** How many wait. */
export async function countHasty(store: Pick<Store, 'query'>): Promise<number> {
  const rows = await store.query<{ waiting: number }>(
    sql`SELECT toFloat64(uniqExact(post)) AS waiting FROM hasty_posts FINAL WHERE NOT settled`,
  )
  return rows[0]!.waiting
}
