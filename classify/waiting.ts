/**
 * Reposts whose original has not come yet. They are kept, and judged again when it comes: counts are the same whichever
 * of the two was first, and however often either is delivered. A repost and its original share a partition, so a
 * delivery finds what all before it kept.
 */
import { hash64 } from '../ingest/base/hash.ts'
import { postSchema, type Post } from '../ingest/contract.ts'
import { ONE_THREAD, param, sql } from './store/sql.ts'
import type { Store } from './store/store.ts'

/** Reposts of one post that are judged again in one go; a post with more unknown reposts than this came days late. */
const TAKEN_MAX = 100_000

export interface WaitingReposts {
  /** Durable when it resolves. */
  keep(posts: readonly Post[]): Promise<void>
  /** Those that wait for one of these ids. */
  waitingFor(ids: readonly string[]): Promise<Post[]>
}

export function createWaitingReposts(store: Pick<Store, 'query'>, insert: Store['insert']): WaitingReposts {
  const countKept = shareNext(async () => {
    const [all] = await store.query<{ kept: number }>(
      sql`SELECT toFloat64(count()) AS kept FROM waiting_reposts ${ONE_THREAD}`,
    )
    return all!.kept
  })
  return {
    keep: (posts) =>
      insert(
        'waiting_reposts',
        ['repost_of', 'post', 'body'],
        posts.map((post) => [post.repostOf, hash64(post.id), JSON.stringify(post)]),
      ),
    async waitingFor(ids) {
      // Most streams have none: then the ids need not be sent.
      if (ids.length === 0 || (await countKept()) === 0) return []
      const rows = await store.query<{ body: string }>(sql`
        SELECT body FROM waiting_reposts FINAL WHERE repost_of IN ${param.strings(ids)}
        ORDER BY repost_of, post LIMIT ${param.int(TAKEN_MAX)}`)
      return rows.map(({ body }) => postSchema.parse(JSON.parse(body)))
    },
  }
}

/** Whoever asks while one question is under way shares the next, which begins after all of them asked. */
function shareNext<T>(ask: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<unknown> = Promise.resolve()
  let next: Promise<T> | null = null
  return function shared() {
    if (next !== null) return next
    const asked = underWay.then(() => {
      next = null
      return ask()
    })
    next = asked
    // However it ends, the next one may begin.
    underWay = Promise.allSettled([asked])
    return asked
  }
}
