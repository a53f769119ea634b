/** A server that does not serve: what it says, and for how long it wants to be left alone. */
import type { IncomingMessage } from 'node:http'
import { parseTimestamp } from '../../base/timestamps.ts'

/** No refusal needs more words; the rest is not read. */
const BODY_MAX_BYTES = 4 * 1024
/** Nor more time. */
const BODY_MAX_MS = 3_000
/** Longer words are for nobody's status line. */
const WORDS_MAX = 300
/** A server that asks for a longer rest is asked again after this: the night is not over in an hour. */
const REST_MAX_MS = 15 * 60_000

export interface Refusal {
  status: number
  /** The start of what it says. */
  body: string
  /** How long to leave it alone, in ms, where it says. */
  restMs: number | null
}

/** Reads an HTTP answer that is none of those wanted. `now`: epoch ms. */
export async function readRefusal(response: IncomingMessage, now: number): Promise<Refusal> {
  const chunks: Buffer[] = []
  let bytes = 0
  const late = setTimeout(() => response.destroy(), BODY_MAX_MS)
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes >= BODY_MAX_BYTES) break
    }
  } catch {
    // Its status says enough; words that are cut off are not waited for.
  } finally {
    clearTimeout(late)
  }
  // Mastodon answers a WebSocket without a body, and says why in a header.
  const said = response.headers['x-error-message']
  const body = Buffer.concat(chunks).toString('utf8', 0, BODY_MAX_BYTES)
  return {
    status: response.statusCode ?? 0,
    body: body === '' && typeof said === 'string' ? said : body,
    restMs: readRest(response, now),
  }
}

/** `Retry-After` (RFC 9110: seconds, or a date), or Mastodon's `X-RateLimit-Reset` where nothing remains. */
export function readRest({ headers }: Pick<IncomingMessage, 'headers'>, now: number): number | null {
  const after = headers['retry-after']
  const reset = headers['x-ratelimit-remaining'] === '0' ? headers['x-ratelimit-reset'] : undefined
  const text = after ?? (typeof reset === 'string' ? reset : undefined)
  if (text === undefined) return null
  const until = /^\d{1,9}$/.test(text) ? now + Number(text) * 1_000 : parseTimestamp(text)
  return until === null ? null : Math.min(Math.max(0, until - now), REST_MAX_MS)
}

/** An XRPC error (`{"error", "message"}`), Mastodon's (`{"error"}`) or a line of text, in a few words; null where it says nothing. */
export function wordsOf({ body }: Pick<Refusal, 'body'>): string | null {
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value !== 'object' || value === null) return null
    const { error, message } = value as Record<string, unknown>
    const words = [error, message].filter((word) => typeof word === 'string').join(': ')
    return words === '' ? null : words.slice(0, WORDS_MAX)
  } catch {
    // HTML says no more than its status does; a short line, as Jetstream's first version writes, says why.
    const line = body.trim()
    return line.length <= WORDS_MAX && /^[^<>\n]+$/.test(line) ? line : null
  }
}

/** What a bare status means to who wanted a stream. */
const PLAIN: Readonly<Record<number, string>> = {
  200: 'it has no stream there',
  401: 'it wants a token, or another one',
  403: 'it does not allow it',
  404: 'it has no stream there',
  426: 'it has no stream there',
}

/** A refusal in a sentence's part, with the host's name. */
export function describeRefusal(host: string, refusal: Refusal): string {
  const words = wordsOf(refusal) ?? PLAIN[refusal.status]
  return `${host}: Unexpected server response: ${refusal.status}${words === undefined ? '' : `, ${words}`}`
}
