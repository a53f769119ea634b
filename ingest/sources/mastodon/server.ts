/** What is asked of one Mastodon-compatible server, and how (https://docs.joinmastodon.org/methods/streaming/). */
import { z } from 'zod'
import { checkAddress, isLoopback } from '../net/address.ts'
import { requestBytes } from '../net/http.ts'
import { readRest } from '../net/refusal.ts'
import { SourceError } from '../source.ts'

/** An instance's description is some 20 kB; a page of 40 statuses 200. */
const ANSWER_MAX_BYTES = 8 * 1024 * 1024

/** Which of a server's public streams; its timeline of the same posts is what fills gaps. */
export interface Stream {
  /** `public`, `public:local`, `hashtag`. */
  name: string
  /** `public`, `public/local`, `hashtag`: for server-sent events. */
  path: string
  /** `/api/v1/timelines/public?local=true` */
  timeline: string
  tag: string | null
}

export interface MastodonServer {
  /** `https://host` */
  origin: string
  host: string
  stream: Stream
  /** Of an application or an account of the server, with the scope `read:statuses`; null: as anybody. */
  token: string | null
}

/**
 * `https://host` follows all that the server sees, `https://host?only=local` what its own people write, `?tag=word` what
 * bears a hashtag. Throws SourceError `bad_spec`.
 */
export function parseServer(address: string, token: string | null): MastodonServer {
  const { origin, host, pathname, searchParams } = new URL(checkAddress(address, 'http'))
  const tag = searchParams.get('tag')
  const only = searchParams.get('only')
  if (pathname !== '/' || (only !== null && only !== 'local') || tag === '') {
    throw new SourceError(
      'bad_spec',
      `"${address}" is not understood: write the server alone, or with ?only=local or ?tag=WORD.`,
    )
  }
  return { origin, host, token, stream: streamOf(tag, only === 'local') }
}

function streamOf(tag: string | null, local: boolean): Stream {
  if (tag !== null) {
    const name = encodeURIComponent(tag.replace(/^#/, ''))
    const kind = local ? 'hashtag:local' : 'hashtag'
    const timeline = `/api/v1/timelines/tag/${name}?${local ? 'local=true&' : ''}`
    return { name: kind, path: kind.replace(':', '/'), timeline, tag: name }
  }
  return local
    ? {
        name: 'public:local',
        path: 'public/local',
        timeline: '/api/v1/timelines/public?local=true&',
        tag: null,
      }
    : { name: 'public', path: 'public', timeline: '/api/v1/timelines/public?', tag: null }
}

/** The headers of every request: the token never stands in an address, which servers and proxies write into logs. */
export function headersOf({ token }: MastodonServer): Record<string, string> {
  return token === null ? {} : { Authorization: `Bearer ${token}` }
}

const instanceSchema = z.union([
  z.object({ configuration: z.object({ urls: z.object({ streaming: z.string() }) }) }),
  z.object({ urls: z.object({ streaming_api: z.string() }) }),
])

/**
 * Where it streams, `wss://host` (`ws` on this machine): some servers do that elsewhere, and say so. One that says nothing
 * does it itself. Null: it does not answer now.
 */
export async function findStreaming(
  server: MastodonServer,
  patienceMs: number,
  signal: AbortSignal,
): Promise<string | null> {
  let answered = false
  for (const path of ['/api/v2/instance', '/api/v1/instance']) {
    const said = await askInstance(server.origin + path, patienceMs, signal)
    answered ||= said !== null
    const found = said === null || said === '' ? null : streamingAt(server, said)
    if (found !== null) return found
  }
  return answered ? streamingAtHome(server) : null
}

export function streamingAtHome({ origin }: MastodonServer): string {
  return origin.replace(/^http/, 'ws')
}

/**
 * The address that it says, or null where it may not be followed. One on this machine, with no proxy before it, may say
 * `wss` of itself though it speaks plainly.
 */
function streamingAt(server: MastodonServer, said: string): string | null {
  const url = URL.canParse(said) ? new URL(said) : null
  if (url === null) return null
  if (url.host === server.host) return streamingAtHome(server)
  const isPlainHere =
    url.protocol === 'ws:' && [url.hostname, new URL(server.origin).hostname].every(isLoopback)
  return url.protocol === 'wss:' || isPlainHere ? url.origin : null
}

/** What it says; empty where it answers something else, null where it does not answer. */
async function askInstance(url: string, patienceMs: number, signal: AbortSignal): Promise<string | null> {
  try {
    const { status, body } = await requestBytes(url, { maxBytes: ANSWER_MAX_BYTES, patienceMs, signal })
    const parsed = instanceSchema.safeParse(status === 200 ? parseJson(body) : null)
    if (!parsed.success) return status === 429 || status >= 500 ? null : ''
    return 'urls' in parsed.data ? parsed.data.urls.streaming_api : parsed.data.configuration.urls.streaming
  } catch {
    // The stream itself will tell what is wrong with the server.
    return null
  }
}

/** Statuses of one page, newest first, as the server gives them. */
export type Page =
  | { ok: true; statuses: Record<string, unknown>[] }
  /** `restMs`: for how long it asks to be left alone. */
  | { ok: false; reason: string; status: number; restMs: number | null }

const pageSchema = z.array(z.record(z.string(), z.unknown()))

/** Mastodon gives no more at once. */
const PAGE_LIMIT = 40

/** The newest statuses before the one `below`, or the newest of all. Rejects where there is no answer. */
export async function readPage(
  server: MastodonServer,
  below: string | null,
  signal: AbortSignal,
  patienceMs?: number,
): Promise<Page> {
  const before = below === null ? '' : `&max_id=${encodeURIComponent(below)}`
  const { status, headers, body } = await requestBytes(
    `${server.origin}${server.stream.timeline}limit=${PAGE_LIMIT}${before}`,
    {
      maxBytes: ANSWER_MAX_BYTES,
      headers: headersOf(server),
      signal,
      ...(patienceMs === undefined ? {} : { patienceMs }),
    },
  )
  if (status !== 200) {
    const restMs = readRest({ headers }, Date.now())
    return { ok: false, reason: `${server.host} answers its timeline with ${status}`, status, restMs }
  }
  const parsed = pageSchema.safeParse(parseJson(body))
  return parsed.success
    ? { ok: true, statuses: parsed.data }
    : { ok: false, reason: `${server.host} gives a timeline that is none`, status, restMs: null }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    // No JSON is no page.
    return null
  }
}
