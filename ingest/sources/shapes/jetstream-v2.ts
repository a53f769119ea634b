/**
 * Frames of Jetstream's second version, `network.bsky.jetstream.subscribeEvents` in the framing `xrpc.v1.json`
 * (https://github.com/bluesky-social/jetstream, lexicons; atproto proposal 0015).
 */
import { fieldsOf, stringOf, type Fields } from './shape.ts'

/** `network.bsky.jetstream.subscribeEvents#commit`; drafts of it were called `subscribe`. */
const PAYLOAD_TYPE = /^network\.bsky\.jetstream\.subscribe(?:Events)?#([a-z]+)$/
/** The proposal calls it an event, the server a message. */
const ENVELOPES = new Set<unknown>(['message', 'event'])
const PARTS = { identity: 'identity', account: 'account', sync: 'sync' } as const

/** What a server says of the stream itself; an error is the last thing that it says. */
export interface JetstreamNotice {
  kind: 'error' | 'info'
  /** `ConsumerTooSlow`, `OutdatedCursor`, … */
  name: string
  message: string
}

/** A notice, or null for every other frame. */
export function readNotice(fields: Fields): JetstreamNotice | null {
  const { $type, error, message } = fields
  if ($type === 'error' && typeof error === 'string')
    return { kind: 'error', name: error, message: stringOf(message) ?? '' }
  const payload = ENVELOPES.has($type) ? fieldsOf(fields['payload']) : null
  const name = stringOf(payload?.['name'])
  if (payload === null || name === null || kindOf(payload) !== 'info') return null
  return { kind: 'info', name, message: stringOf(payload['message']) ?? '' }
}

/** The same event as the first version writes it; null for what is no event of the second. */
export function firstVersionOf(fields: Fields): Fields | null {
  if (!ENVELOPES.has(fields['$type'])) return null
  const payload = fieldsOf(fields['payload'])
  if (payload === null) return null
  const kind = kindOf(payload)
  // `time` may be overwritten by the server's operator; when it was witnessed never is, and cursors are read by it.
  const timeUs = microsOf(payload['witnessedAt'] ?? payload['time'])
  if (kind === null || timeUs === null) return null
  const common = { did: payload['did'], time_us: timeUs, kind }
  if (kind === 'commit') {
    const { rev, operation, collection, rkey, record, cid } = payload
    return { ...common, commit: { rev, operation, collection, rkey, record, cid } }
  }
  const part = PARTS[kind as keyof typeof PARTS]
  return part === undefined ? null : { ...common, [part]: payload[part] }
}

function kindOf(payload: Fields): string | null {
  return PAYLOAD_TYPE.exec(String(payload['$type']))?.[1] ?? null
}

/** RFC 3339 in UTC with up to nine digits of a second. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,9}))?Z$/

/** Epoch microseconds; `Date` alone keeps milliseconds. */
function microsOf(value: unknown): number | null {
  if (typeof value !== 'string') return null
  const match = TIME.exec(value)
  if (match === null) return null
  const seconds = Date.parse(`${value.slice(0, 19)}Z`)
  if (Number.isNaN(seconds)) return null
  return seconds * 1_000 + Number((match[1] ?? '').slice(0, 6).padEnd(6, '0'))
}
