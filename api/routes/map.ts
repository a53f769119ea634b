/** The map: posts and exposure by state. */
import { createRoute, z } from '@hono/zod-openapi'
import { narrativeSchema } from '../../classify/contract.ts'
import { STATE_CODES } from '../../ingest/base/jurisdictions.ts'
import { param, sql } from '../../classify/store/sql.ts'
import { mapSchema } from '../contract.ts'
import type { App, AppDeps } from './deps.ts'
import { checkRange, timeParam } from './params.ts'
import { json, problemResponse } from './problem.ts'

const MINUTE_MS = 60_000

const mapRoute = createRoute({
  method: 'get',
  path: '/api/map',
  summary: 'Posts and exposure by state, over whole sealed minutes',
  request: {
    query: z.object({
      narrative: narrativeSchema.optional().describe('posts that assert it; without it, all flagged posts'),
      from: timeParam.optional().describe('default: the first minute with a post'),
      to: timeParam.optional().describe('default, and at most: where the night is sealed'),
    }),
  },
  responses: {
    200: json(mapSchema, 'every state and territory, also those without a post'),
    400: problemResponse('a filter that is none'),
  },
})

export function addMapRoutes(app: App, { store, status, placeName }: AppDeps): void {
  app.openapi(mapRoute, async (c) => {
    const { narrative = null, ...asked } = c.req.valid('query')
    if (asked.from !== undefined && asked.to !== undefined) checkRange(asked.from, asked.to)
    const night = await status()
    const sealed = night.sealedThrough ?? 0
    const to = Math.min(asked.to ?? sealed, sealed)
    const from = Math.min(asked.from ?? night.from ?? to, to)
    const inRange = sql`minute >= ${param.int(Math.floor(from / MINUTE_MS))} AND minute < ${param.int(Math.ceil(to / MINUTE_MS))}`
    const states = param.strings(STATE_CODES)
    const [posts, exposure] = await Promise.all([
      store.query<{ place: string; n: number }>(
        narrative === null
          ? sql`
            SELECT place, toFloat64(uniqExact(post)) AS n
            FROM (SELECT post, arrayJoin(counted_places) AS place FROM posts FINAL WHERE ${inRange} AND flagged)
            WHERE place IN ${states} GROUP BY place`
          : sql`
            SELECT place, toFloat64(sum(posts)) AS n FROM narrative_minutes FINAL
            WHERE ${inRange} AND narrative = ${param.string(narrative)} AND place IN ${states} GROUP BY place`,
      ),
      store.query<{ place: string; n: number }>(sql`
        SELECT place, toFloat64(sum(election)) AS n FROM exposure_minutes FINAL
        WHERE ${inRange} AND place IN ${states} GROUP BY place`),
    ])
    const postsAt = new Map(posts.map(({ place, n }) => [place, n]))
    const exposureAt = new Map(exposure.map(({ place, n }) => [place, n]))
    const places = STATE_CODES.map((place) => {
      const seen = exposureAt.get(place) ?? 0
      const count = postsAt.get(place) ?? 0
      const sharePerMille = seen === 0 ? null : (count * 1000) / seen
      return { place, name: placeName(place), posts: count, exposure: seen, sharePerMille }
    })
    return c.json({ narrative, from, to, places }, 200)
  })
}
