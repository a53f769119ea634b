/** How the night stands, what the sources saw, and whether this server is well. */
import { createRoute, z } from '@hono/zod-openapi'
import { COVERAGE_MAX, readCoverage } from '../coverage/read.ts'
import { coverageListSchema, statusSchema } from '../contract.ts'
import { readNotJudged } from '../spikes/not-judged.ts'
import type { App, AppDeps, Readiness } from './deps.ts'
import { timeParam } from './params.ts'
import { json, problemResponse } from './problem.ts'

const statusRoute = createRoute({
  method: 'get',
  path: '/api/status',
  summary: 'How the night stands',
  responses: { 200: json(statusSchema, 'clock, counts, sources') },
})

const coverageRoute = createRoute({
  method: 'get',
  path: '/api/coverage',
  summary:
    'What the sources could see, and what they could not, newest first; then the posts not judged, by language',
  request: { query: z.object({ from: timeParam.optional(), to: timeParam.optional() }) },
  responses: {
    200: json(coverageListSchema, `stretches of time, at most ${COVERAGE_MAX}, and languages`),
    400: problemResponse('a time that is none'),
  },
})

const healthSchema = z.object({
  status: z.enum(['ok', 'unavailable', 'behind']),
  store: z.boolean(),
  desk: z.boolean(),
  behindSeconds: z.number().nonnegative().describe('how much older than promised is what the desk shows'),
})

const aliveRoute = createRoute({
  method: 'get',
  path: '/healthz',
  summary: 'This process runs',
  responses: { 200: json(z.object({ status: z.literal('ok') }), 'it does') },
})

const readyRoute = createRoute({
  method: 'get',
  path: '/readyz',
  summary: 'The store and the desk answer, and what is shown is not older than the setting allows',
  responses: { 200: json(healthSchema, 'so it is'), 503: json(healthSchema, 'one of it is not so') },
})

export function addStatusRoutes(app: App, deps: AppDeps): void {
  const { status, store, desk, now, readiness } = deps
  async function pings(): Promise<Readiness> {
    const [storeOk, deskOk] = await Promise.all([store.ping(), desk.ping()])
    const status = storeOk && deskOk ? 'ok' : 'unavailable'
    return { status, store: storeOk, desk: deskOk, behindSeconds: 0 }
  }
  app.openapi(statusRoute, async (c) => c.json(await status(), 200))
  app.openapi(coverageRoute, async (c) => {
    const { from, to } = c.req.valid('query')
    const stretches = readCoverage(store, now(), { from, to })
    const notJudged = readNotJudged(store, { from, to })
    return c.json({ coverage: (await Promise.all([stretches, notJudged])).flat() }, 200)
  })
  app.openapi(aliveRoute, (c) => c.json({ status: 'ok' as const }, 200))
  app.openapi(readyRoute, async (c) => {
    const ready = await (readiness ?? pings)()
    return c.json(ready, ready.status === 'ok' ? 200 : 503)
  })
}
