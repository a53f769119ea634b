/** The places that posts are counted by. */
import { createRoute, z } from '@hono/zod-openapi'
import { countiesOf, STATE_CODES } from '../../ingest/base/jurisdictions.ts'
import { placeListSchema } from '../contract.ts'
import type { App, AppDeps } from './deps.ts'
import { json, problemResponse } from './problem.ts'

const placesRoute = createRoute({
  method: 'get',
  path: '/api/places',
  summary: 'The nation and the states, or the counties of one state',
  request: { query: z.object({ state: z.enum(STATE_CODES).optional() }) },
  responses: { 200: json(placeListSchema, 'places'), 400: problemResponse('no such state') },
})

export function addPlaceRoutes(app: App, { placeName, ocdId }: AppDeps): void {
  app.openapi(placesRoute, (c) => {
    const { state } = c.req.valid('query')
    const ids = state === undefined ? ['US', ...STATE_CODES] : countiesOf(state).map(({ fips }) => fips)
    return c.json({ places: ids.map((id) => ({ id, name: placeName(id), ocdId: ocdId(id) })) }, 200)
  })
}
