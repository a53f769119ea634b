/** Rebuttals at the desk: from a draft to a correction. */
import { createRoute, z } from '@hono/zod-openapi'
import {
  approvalSchema,
  correctionSchema,
  draftSchema,
  effectSchema,
  publicationSchema,
  rebuttalListSchema,
  rebuttalSchema,
  rebuttalStateSchema,
  withdrawalSchema,
  type Rebuttal,
} from '../contract.ts'
import { isPlaceId } from '../../ingest/base/jurisdictions.ts'
import { DeskError } from '../desk/errors.ts'
import type { App, AppDeps } from './deps.ts'
import { EFFECT_WINDOW_MINUTES, measureEffect } from './effect.ts'
import { json, problemResponse, RequestError } from './problem.ts'

/** Half a day: a longer window measures the night, not the answer. */
const WINDOW_MAX = 12 * 60

const params = z.object({ id: z.string().max(100) })
const body = <T extends z.ZodType>(schema: T) => ({
  content: { 'application/json': { schema } },
  required: true,
})
const refusals = {
  400: problemResponse('a body that is not as described'),
  404: problemResponse('no such rebuttal, or spike'),
  409: problemResponse('`wrong_state`: not possible as it stands; `same_person`: a second person has to'),
}

const listRoute = createRoute({
  method: 'get',
  path: '/api/rebuttals',
  summary: 'All rebuttals, newest draft first',
  request: {
    query: z.object({
      spike: z
        .string()
        .max(100)
        .optional()
        .describe('with the answers to withdrawn spikes whose place it took'),
      state: rebuttalStateSchema.optional(),
    }),
  },
  responses: { 200: json(rebuttalListSchema, 'rebuttals'), 400: problemResponse('a filter that is none') },
})

const draftRoute = createRoute({
  method: 'post',
  path: '/api/rebuttals',
  summary: 'Draft a rebuttal',
  request: { body: body(draftSchema) },
  responses: { 201: json(rebuttalSchema, 'the draft'), ...refusals },
})

function stepRoute<P extends string, T extends z.ZodType>(path: P, summary: string, schema: T) {
  return createRoute({
    method: 'post',
    path,
    summary,
    request: { params, body: body(schema) },
    responses: { 200: json(rebuttalSchema, 'the rebuttal as it stands now'), ...refusals },
  })
}

const approveRoute = stepRoute(
  '/api/rebuttals/{id}/approve',
  'Approve what another person drafted',
  approvalSchema,
)
const publishRoute = stepRoute(
  '/api/rebuttals/{id}/publish',
  'Publish an approved rebuttal',
  publicationSchema,
)
const correctRoute = stepRoute('/api/rebuttals/{id}/correct', 'Correct what was published', correctionSchema)
const withdrawRoute = stepRoute('/api/rebuttals/{id}/withdraw', 'Withdraw a rebuttal', withdrawalSchema)

const effectRoute = createRoute({
  method: 'get',
  path: '/api/rebuttals/{id}/effect',
  summary: "The narrative's volume before and after publication",
  request: {
    params,
    query: z.object({
      window: z.coerce
        .number()
        .int()
        .min(1)
        .max(WINDOW_MAX)
        .default(EFFECT_WINDOW_MINUTES)
        .describe('minutes'),
    }),
  },
  responses: { 200: json(effectSchema, 'both windows'), ...refusals },
})

export function addRebuttalRoutes(app: App, deps: AppDeps): void {
  const { store, desk, mode, status, now } = deps
  const { rebuttals } = desk
  app.openapi(listRoute, async (c) => {
    const { spike, state } = c.req.valid('query')
    const answers =
      spike === undefined ? await rebuttals.list({ state }) : await answersTo(desk, spike, state)
    return c.json({ rebuttals: answers }, 200)
  })
  app.openapi(draftRoute, async (c) => {
    const { draftedBy, ...draft } = c.req.valid('json')
    const about = await aboutOf(draft, deps)
    return c.json(await rebuttals.draft({ ...draft, ...about }, { by: draftedBy, at: now() }), 201)
  })
  app.openapi(approveRoute, async (c) => {
    const { approvedBy } = c.req.valid('json')
    return c.json(await rebuttals.approve(c.req.valid('param').id, { by: approvedBy, at: now() }), 200)
  })
  app.openapi(publishRoute, async (c) => {
    const { publishedBy } = c.req.valid('json')
    // Live, the night's clock is the wall's: an answer does not wait for a store that is away.
    const clock = mode === 'live' ? now() : (await status()).clock
    return c.json(
      await rebuttals.publish(c.req.valid('param').id, { by: publishedBy, at: now(), clock }),
      200,
    )
  })
  app.openapi(correctRoute, async (c) => {
    const { correctedBy, ...correction } = c.req.valid('json')
    return c.json(
      await rebuttals.correct(c.req.valid('param').id, correction, { by: correctedBy, at: now() }),
      200,
    )
  })
  app.openapi(withdrawRoute, async (c) => {
    const { withdrawnBy, reason } = c.req.valid('json')
    return c.json(
      await rebuttals.withdraw(c.req.valid('param').id, { by: withdrawnBy, at: now(), reason }),
      200,
    )
  })
  app.openapi(effectRoute, async (c) => {
    const { id } = c.req.valid('param')
    const rebuttal = await rebuttals.get(id)
    if (rebuttal === null) throw new DeskError('not_found', `there is no rebuttal ${id}`)
    if (rebuttal.publishedClock === null) {
      throw new DeskError(
        'wrong_state',
        'this rebuttal was not published while the night ran: it has no effect to measure',
      )
    }
    return c.json(await measureEffect(store, rebuttal, await status(), c.req.valid('query').window), 200)
  })
}

/** The answers to a spike, with those that were written to withdrawn spikes whose place it took; newest draft first. */
export async function answersTo(
  desk: AppDeps['desk'],
  spikeId: string,
  state?: Rebuttal['state'],
): Promise<Rebuttal[]> {
  const spikeIds = [spikeId, ...(await desk.spikes.replacedBy(spikeId))]
  return desk.rebuttals.list({ spikeIds, state })
}

/** What a draft is about: what it says, or else what its spike is about. */
async function aboutOf(
  draft: Omit<z.output<typeof draftSchema>, 'draftedBy'>,
  { desk, office }: AppDeps,
): Promise<Pick<Rebuttal, 'narrative' | 'place' | 'office'>> {
  const spike = draft.spikeId === null ? null : await desk.spikes.get(draft.spikeId)
  if (draft.spikeId !== null && spike === null) {
    throw new DeskError('unknown_spike', `there is no spike ${draft.spikeId}`)
  }
  const narrative = draft.narrative ?? spike?.narrative
  const place = draft.place ?? spike?.place
  if (narrative === undefined || place === undefined) {
    throw new RequestError(
      400,
      'invalid_request',
      'a rebuttal that answers no spike needs a narrative and a place',
    )
  }
  if (!isPlaceId(place)) throw new RequestError(400, 'invalid_request', `place: there is no place ${place}`)
  return { narrative, place, office: draft.office ?? office }
}
