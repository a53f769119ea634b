/** What is kept of input that was set aside. */
import { cut } from '../normalize.ts'

/** In UTF-16 code units, as the contract has it. */
const PAYLOAD_MAX = 2_000
/** No character of UTF-8 takes more. */
const CHARACTER_BYTES = 4

/** The start of a payload, as text that holds no more than itself in memory. */
export function startOfPayload(payload: Buffer): string {
  return cut(payload.subarray(0, PAYLOAD_MAX * CHARACTER_BYTES).toString('utf8'), PAYLOAD_MAX)
}
