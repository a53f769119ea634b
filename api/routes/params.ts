/** What the routes take in their addresses. */
import { z } from '@hono/zod-openapi'
import { isPlaceId } from '../../ingest/base/jurisdictions.ts'
import { NARRATIVES, narrativeSchema, placeSchema } from '../../classify/contract.ts'
import { RequestError } from './problem.ts'

/** Times past this year's end are typing mistakes, and the store's minutes end in a later one. */
const TIME_MAX = Date.UTC(2100, 0, 1)

/** Epoch ms, or ISO 8601 with its offset. Gives epoch ms. */
export const timeParam = z
  .union([z.string().regex(/^\d{1,15}$/), z.iso.datetime({ offset: true })], {
    error: 'must be a time: epoch milliseconds, or ISO 8601 with its offset (2026-11-04T02:00:00Z)',
  })
  .transform((value) => (/^\d+$/.test(value) ? Number(value) : Date.parse(value)))
  .pipe(z.number().int().max(TIME_MAX))

export const placeParam = placeSchema.refine(isPlaceId, { error: 'no such place' })

export const flagParam = z.enum(['true', 'false']).transform((value) => value === 'true')

const SOME_NARRATIVES = new RegExp(`^(${NARRATIVES.join('|')})(,(${NARRATIVES.join('|')}))*$`)
const someNarratives = z.string().regex(SOME_NARRATIVES, `must be of ${NARRATIVES.join(', ')}`)

/** One or several, repeated or with commas between. */
export const narrativesParam = z
  .union([someNarratives, z.array(someNarratives)], { error: `must be of ${NARRATIVES.join(', ')}` })
  .transform((value) => [...new Set([value].flat().flatMap((part) => part.split(',')))])
  .pipe(z.array(narrativeSchema))

/** Throws RequestError `invalid_range` unless `from` is before `to`. */
export function checkRange(from: number, to: number): void {
  if (from >= to) throw new RequestError(400, 'invalid_range', '`from` must be before `to`')
}
