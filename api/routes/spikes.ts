/** Spikes, and what they are made of. */
import { createRoute, z } from '@hono/zod-openapi'
import { narrativeSchema, type Stance } from '../../classify/contract.ts'
import { joinSql, param, sql, type Sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import { readTopClaims } from '../claims/top-claims.ts'
import { spikeDetailSchema, spikeListSchema, type Spike, type SpikeDetail } from '../contract.ts'
import { countReposts, readNewWords, risingWith } from '../spikes/explain.ts'
import type { App, RouteDeps } from './deps.ts'
import { measureEffect } from './effect.ts'
import { flagParam, placeParam, timeParam } from './params.ts'
import { selectPosts, spikeCondition, toPosts, type PostRow } from './post-query.ts'
import { json, problemResponse, RequestError } from './problem.ts'
import { answersTo } from './rebuttals.ts'

/** Several nights' worth; older ones are asked for with `to`. */
const SPIKES_MAX = 500
/** What a person reads before answering. */
const CLAIMS_MAX = 10
const FIRST_POSTS_MAX = 5
const PLACES_MAX = 20

const listRoute = createRoute({
  method: 'get',
  path: '/api/spikes',
  summary: `Spikes, newest first, at most ${SPIKES_MAX}`,
  request: {
    query: z.object({
      narrative: narrativeSchema.optional(),
      place: placeParam.optional(),
      open: flagParam.optional().describe('true: neither closed nor withdrawn'),
      from: timeParam.optional().describe('under way at or after this'),
      to: timeParam.optional().describe('begun before this'),
    }),
  },
  responses: { 200: json(spikeListSchema, 'spikes'), 400: problemResponse('a filter that is none') },
})

const detailRoute = createRoute({
  method: 'get',
  path: '/api/spikes/{id}',
  summary: 'A spike with its claims, posts, places, stances and rebuttals',
  request: { params: z.object({ id: z.string().max(100) }) },
  responses: { 200: json(spikeDetailSchema, 'the spike'), 404: problemResponse('no such spike') },
})

export function addSpikeRoutes(app: App, deps: RouteDeps): void {
  const { desk } = deps
  app.openapi(listRoute, async (c) =>
    c.json({ spikes: await desk.spikes.list(c.req.valid('query'), SPIKES_MAX) }, 200),
  )
  app.openapi(detailRoute, async (c) => {
    const { id } = c.req.valid('param')
    const spike = await desk.spikes.get(id)
    if (spike === null) throw new RequestError(404, 'unknown_spike', `there is no spike ${id}`)
    return c.json(await describe(spike, deps), 200)
  })
}

async function describe(spike: Spike, deps: RouteDeps): Promise<SpikeDetail> {
  const { store, desk, placeName, changedPosts = 'hold' } = deps
  const [now, claims] = await Promise.all([deps.status(), deps.claims.read()])
  const inSpike = spikeCondition(spike, now.sealedThrough)
  const asserting = sql`${inSpike} AND stance = 'asserts'`
  const [topClaims, firstPosts, topPosts, places, stances, rebuttals, newWords, reposts, others] =
    await Promise.all([
      readTopClaims({ store, claims, condition: asserting, most: CLAIMS_MAX, changedPosts }),
      store.query<PostRow>(selectPosts(asserting, sql`created_at, post`, FIRST_POSTS_MAX)),
      readByIds(store, inSpike, spike.examples),
      store.query<{ place: string; posts: number }>(sql`
      SELECT arrayJoin(counted_places) AS place, toUInt32(uniqExact(post)) AS posts FROM posts FINAL
      WHERE ${asserting} GROUP BY place HAVING place NOT IN ('US', ${param.string(spike.place)})
      ORDER BY posts DESC, place LIMIT ${param.int(PLACES_MAX)}`),
      readStances(store, inSpike),
      answersTo(desk, spike.id),
      readNewWords(store, spike, asserting),
      countReposts(store, asserting),
      desk.spikes.list(
        { from: spike.onset, ...(spike.end === null ? {} : { to: spike.end + 1 }) },
        SPIKES_MAX,
      ),
    ])
  const effects = rebuttals.map(async (rebuttal) => ({
    rebuttal,
    effect: rebuttal.publishedClock === null ? null : await measureEffect(store, rebuttal, now),
  }))
  return {
    ...spike,
    topClaims,
    firstPosts: await toPosts(firstPosts, claims, deps),
    topPosts: await toPosts(topPosts, claims, deps),
    places: places.map(({ place, posts }) => ({ place, name: placeName(place), posts })),
    newWords,
    reposts,
    risingWith: risingWith(spike, others),
    stances,
    rebuttals: await Promise.all(effects),
  }
}

async function readByIds(store: Store, condition: Sql, ids: readonly string[]): Promise<PostRow[]> {
  if (ids.length === 0) return []
  const wanted = joinSql([condition, sql`id IN ${param.strings(ids)}`], ' AND ')
  const rows = await store.query<PostRow>(selectPosts(wanted, sql`created_at, post`, ids.length))
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

async function readStances(store: Store, condition: Sql): Promise<Record<Stance, number>> {
  const rows = await store.query<{ stance: Stance; posts: number }>(sql`
    SELECT stance, toUInt32(uniqExact(post)) AS posts FROM posts FINAL WHERE ${condition} GROUP BY stance`)
  const counts: Record<Stance, number> = { asserts: 0, reports: 0, questions: 0, debunks: 0, unrelated: 0 }
  for (const { stance, posts } of rows) counts[stance] = posts
  return counts
}
