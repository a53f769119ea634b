/** Posts with their verdicts, in pages. */
import { createRoute, z } from '@hono/zod-openapi'
import { param, sql } from '../../classify/store/sql.ts'
import { hash64 } from '../../ingest/base/hash.ts'
import { postPageSchema, type FlaggedPost } from '../contract.ts'
import type { App, RouteDeps } from './deps.ts'
import { POST_FIELDS, postCondition, postFilterSchema, toPosts, type PostRow } from './post-query.ts'
import { json, problemResponse, RequestError } from './problem.ts'

/** A page of 200 full posts is half a megabyte at most likely, and more than anybody reads at once. */
const LIMIT_MAX = 200
const LIMIT_DEFAULT = 50

const postsRoute = createRoute({
  method: 'get',
  path: '/api/posts',
  summary: 'Posts that carry a narrative, with their verdicts',
  request: {
    query: postFilterSchema.extend({
      order: z.enum(['newest', 'oldest']).default('newest'),
      limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT_DEFAULT),
      cursor: z.string().max(100).optional().describe('`next` of the page before, with the same filters'),
    }),
  },
  responses: {
    200: json(postPageSchema, 'one page'),
    400: problemResponse('a filter or cursor that is none'),
    404: problemResponse('no such spike'),
  },
})

export function addPostRoutes(app: App, deps: RouteDeps): void {
  app.openapi(postsRoute, async (c) => {
    const { order, limit, cursor, ...filter } = c.req.valid('query')
    const condition = await postCondition(filter, deps)
    const after = cursor === undefined ? sql`1` : afterCursor(cursor, order)
    const direction = order === 'newest' ? sql`DESC` : sql`ASC`
    const [claims, rows] = await Promise.all([
      deps.claims.read(),
      deps.store.query<PostRow>(sql`
        SELECT ${POST_FIELDS} FROM posts FINAL
        WHERE ${condition} AND ${after}
        ORDER BY created_at ${direction}, post ${direction} LIMIT ${param.int(limit + 1)}`),
    ])
    const posts = await toPosts(rows.slice(0, limit), claims, deps)
    return c.json({ posts, next: rows.length > limit ? writeCursor(posts.at(-1)!) : null }, 200)
  })
}

/** Place in the order: by time, then by the post's 64-bit key, which is the same in every run. */
function writeCursor({ createdAt, id }: FlaggedPost): string {
  return Buffer.from(`${createdAt}.${hash64(id)}`).toString('base64url')
}

function afterCursor(cursor: string, order: 'newest' | 'oldest') {
  const [, time, key] = /^(\d{1,15})\.(\d{1,20})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (time === undefined || key === undefined || BigInt(key) >= 2n ** 64n) {
    throw new RequestError(400, 'bad_cursor', 'this cursor is none that this server gave')
  }
  const at = sql`fromUnixTimestamp64Milli(${param.int(Number(time))})`
  const minute = param.int(Math.floor(Number(time) / 60_000))
  return order === 'newest'
    ? sql`minute <= ${minute} AND (created_at, post) < (${at}, ${param.uint64(key)})`
    : sql`minute >= ${minute} AND (created_at, post) > (${at}, ${param.uint64(key)})`
}
