/**
 * Live events over SSE. The log at the desk is the buffer: every client is read to from its own place in it, so that a
 * slow one costs no memory and a cut one comes back to where it was.
 */
import type { HttpBindings } from '@hono/node-server'
import { createRoute, z } from '@hono/zod-openapi'
import { streamSSE, type SSEStreamingApi } from 'hono/streaming'
import { liveEventSchema, type Status } from '../contract.ts'
import type { LiveLog, LiveRange } from '../desk/live.ts'
import { soon } from '../../ingest/base/soon.ts'
import type { App, AppDeps, LiveWatch } from './deps.ts'
import { problem, problemResponse } from './problem.ts'

/** Also the heartbeat: proxies cut a connection that is silent for half a minute or more. */
const CLOCK_MS = 1_000
/** A client that took nothing for this long is cut; it comes back by its last id. */
const STALL_MS = 30_000
/** Events read at once, and so all that is held for one client: 500 kB at the most. */
const PAGE = 25
/** How soon a client asks again after a cut. */
const RETRY_MS = 1_000
/** A desk has some pages open; past this something opens them without end. */
const CLIENTS_MAX = 500

const liveRoute = createRoute({
  method: 'get',
  path: '/api/live',
  summary: 'Events as they happen (server-sent events)',
  description:
    'Events `posts`, `sealed`, `spike`, `rebuttal` and `reset` carry an id; give the last one back in `Last-Event-ID` (a ' +
    'browser does so by itself) or `after`, and none is lost or doubled. `posts`: flagged posts that were stored just now, ' +
    'each told once, and how many there are by now. `reset`: what lies between is no longer kept, load everything anew. ' +
    '`clock`: the status, every second, without an id. Without an id the stream begins now.',
  request: {
    headers: z.object({ 'last-event-id': z.string().max(100).optional() }),
    query: z.object({ after: z.string().max(100).optional() }),
  },
  responses: {
    200: {
      description: 'the stream; as described, the data of its events',
      content: { 'text/event-stream': { schema: liveEventSchema } },
    },
    503: problemResponse('too many clients'),
  },
})

export function addLiveRoutes(app: App, deps: AppDeps): void {
  const { desk, status, onError, live: times = {}, liveWatch } = deps
  const { clockMs = CLOCK_MS, stallMs = STALL_MS } = times
  const readStatus = shareStatus(status, clockMs / 2, onError)
  let clients = 0
  app.openapi(liveRoute, (c) => {
    if (clients >= CLIENTS_MAX)
      return problem(c, 503, 'too_many_clients', 'too many pages follow this desk at once')
    const after = c.req.header('last-event-id') ?? c.req.valid('query').after ?? null
    c.header('X-Accel-Buffering', 'no')
    if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' })
    liveWatch?.clients(++clients)
    return streamSSE(c, async (stream) => {
      const signal = new AbortController()
      stream.onAbort(() => signal.abort())
      try {
        await follow({ stream, log: desk.live, after, readStatus, clockMs, stallMs, signal, liveWatch })
      } catch (error) {
        if (!desk.live.isStopped()) onError(error)
      } finally {
        liveWatch?.clients(--clients)
        const env: Partial<HttpBindings> | undefined = c.env
        // A stalled connection would otherwise wait for its client for good.
        if (signal.signal.aborted) env?.outgoing?.destroy()
      }
    })
  })
}

interface Follower {
  stream: SSEStreamingApi
  log: LiveLog
  /** The last event the client has, as it says. */
  after: string | null
  /** Null while it cannot be read. */
  readStatus: () => Promise<Status | null>
  clockMs: number
  stallMs: number
  signal: AbortController
  liveWatch: LiveWatch | undefined
}

async function follow(follower: Follower): Promise<void> {
  const { stream, log, after, readStatus, clockMs, stallMs, signal, liveWatch } = follower
  const bell = createBell(signal.signal)
  const unsubscribe = log.subscribe(bell.ring)
  const write = (text: string): Promise<void> => writeInTime(stream, text, stallMs, signal)
  try {
    const range = await log.range()
    let seq = await begin(log, range, after, write)
    let nextClock = 0
    while (!signal.signal.aborted && !stream.closed) {
      const events = await log.read(seq, PAGE)
      if (events[0] !== undefined && events[0].seq > seq + 1) {
        seq = await reset(log, 'the events since then are no longer kept', write)
        continue
      }
      for (const { seq: id, event } of events) {
        await write(`id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
        seq = id
        // What a page missed while it was asleep is no delay of this desk.
        if (id > range.head) liveWatch?.shown(event)
      }
      const now = performance.now()
      if (now >= nextClock) {
        // The store may be waited for: what the desk tells goes on, and proxies see that something comes.
        const status = await soon(readStatus(), null, clockMs)
        await write(
          status === null ? ': no status now\n\n' : `event: clock\ndata: ${JSON.stringify(status)}\n\n`,
        )
        nextClock = now + clockMs
      }
      if (events.length < PAGE) await bell.wait(Math.max(0, nextClock - performance.now()))
    }
  } finally {
    unsubscribe()
  }
}

/** Tells the client where it stands, and gives the number from which to read on. */
async function begin(
  log: LiveLog,
  { floor, head }: LiveRange,
  after: string | null,
  write: (text: string) => Promise<void>,
): Promise<number> {
  const known = after !== null && /^\d{1,16}$/.test(after) ? Number(after) : null
  // An id without data makes no event, but is what the client comes back with.
  if (after === null) await write(`retry: ${RETRY_MS}\nid: ${head}\n\n`)
  else if (known !== null && known >= floor && known <= head) {
    await write(`retry: ${RETRY_MS}\n\n`)
    return known
  } else {
    const reason =
      known !== null && known < floor
        ? 'the events since then are no longer kept'
        : 'this desk never sent that id'
    return reset(log, reason, write)
  }
  return head
}

/** Tells the client to load anew, and gives the number from which to read on. */
async function reset(log: LiveLog, reason: string, write: (text: string) => Promise<void>): Promise<number> {
  const { head } = await log.range()
  const data = JSON.stringify({ type: 'reset', reason })
  await write(`retry: ${RETRY_MS}\nid: ${head}\nevent: reset\ndata: ${data}\n\n`)
  return head
}

/** Writes, and waits until the client takes it; one that does not within `stallMs` is cut. */
async function writeInTime(
  stream: SSEStreamingApi,
  text: string,
  stallMs: number,
  signal: AbortController,
): Promise<void> {
  const timer = setTimeout(() => {
    signal.abort()
    stream.abort()
  }, stallMs)
  try {
    await stream.write(text)
  } finally {
    clearTimeout(timer)
  }
}

interface Bell {
  ring: () => void
  /** Resolves at the next ring (also one since the last wait), after `ms`, or when the signal aborts. */
  wait(ms: number): Promise<void>
}

function createBell(signal: AbortSignal): Bell {
  let rung = false
  let wake: (() => void) | null = null
  const ring = (): void => {
    rung = true
    wake?.()
  }
  signal.addEventListener('abort', ring, { once: true })
  return {
    ring,
    async wait(ms) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      wake = null
      rung = false
    },
  }
}

/** One reading of the status for all clients, at most `ageMs` old; one that takes long is the only one. */
function shareStatus(status: () => Promise<Status>, ageMs: number, onError: (error: unknown) => void) {
  let reading: Promise<Status | null> | null = null
  let readAt = -Infinity
  return function readStatus(): Promise<Status | null> {
    const now = performance.now()
    if (reading === null || now - readAt > ageMs) {
      readAt = Infinity
      reading = status()
        .catch((error: unknown) => {
          onError(error)
          return null
        })
        .finally(() => (readAt = performance.now()))
    }
    return reading
  }
}
