/** What is kept of input that was set aside. */
import { cut, type Normalize } from '../normalize.ts'
import type { FileRecord } from './file/record.ts'
import { createHideField } from './hide-authors.ts'
import type { Columns } from './shapes/columns.ts'

/** In UTF-16 code units, as the contract has it: most posts are whole with it. */
const PAYLOAD_MAX = 8_000
/** No character of UTF-8 takes more. */
const CHARACTER_BYTES = 4

/** The start of a payload, as text that holds no more than itself in memory. */
export function startOfPayload(payload: Buffer): string {
  return cut(payload.subarray(0, PAYLOAD_MAX * CHARACTER_BYTES).toString('utf8'), PAYLOAD_MAX)
}

/** Hides who is an author only by the map; whose field says so itself is hidden where the payload is published. */
export function createHideMapped(map: Columns | null, normalize: Normalize): (payload: string) => string {
  const field = map?.author?.join('.')
  if (field === undefined) return (payload) => payload
  return createHideField((account) => normalize.author(account), field)
}

/** Of a record: as it was written, or, of a row of CSV, its fields as JSON: a row says nothing without its header. */
export function payloadOf({ outcome, payload }: FileRecord): string {
  return outcome.ok && !outcome.json
    ? cut(JSON.stringify(outcome.fields), PAYLOAD_MAX)
    : startOfPayload(payload)
}
