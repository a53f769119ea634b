/** The Mastodon source: follows one server's public stream, by WebSocket or by server-sent events, or else its timeline. */
import type { Normalize } from '../normalize.ts'
import type { StreamEvent } from './mastodon/events.ts'
import { createEventReader, mastodonPositionSchema } from './mastodon/read-events.ts'
import { parseServer } from './mastodon/server.ts'
import { createSession, WAYS, type MastodonTiming } from './mastodon/session.ts'
import { follow, type StreamTiming } from './net/follow.ts'
import { createMailbox } from './net/mailbox.ts'
import { readMailbox } from './net/read-mailbox.ts'
import type { Source, SourceBatch } from './source.ts'
import { createStatus } from './status.ts'

/** Events that wait; past this the stream is not read. */
const WAITING = {
  maxItems: 5_000,
  maxBytes: 64 * 1024 * 1024,
  bytesOf: (event: StreamEvent) => ('payload' in event ? event.payload.length : 0),
}

const TIMING: StreamTiming = {
  firstRetryMs: 1_000,
  maxRetryMs: 60_000,
  // Servers send a heartbeat every 15 to 30 s, and answer ours.
  idleMs: 90_000,
  handshakeMs: 10_000,
}

export interface MastodonSourceOptions {
  /** `https://host`, with `?only=local` or `?tag=word`; http on this machine. */
  url: string
  normalize: Normalize
  token?: string | null
  /** Epoch ms. */
  wallClock?: () => number
  random?: () => number
  timing?: Partial<MastodonTiming>
}

/**
 * Makes the source. A stream has no memory: after a cut what was missed is read from the server's timeline of the same
 * posts; where that cannot be had, it is told as coverage of kind `none`. Throws SourceError `bad_spec`.
 */
export function createMastodonSource(options: MastodonSourceOptions): Source {
  const { normalize, wallClock = Date.now, random = Math.random } = options
  const server = parseServer(options.url, options.token ?? null)
  const name = `mastodon:${server.host}${options.url.includes('?') ? new URL(options.url).search : ''}`
  const timing = { ...TIMING, ...options.timing }
  const status = createStatus(name, wallClock)
  const stream = `The public stream of ${server.host}`

  async function* read(position: unknown, signal: AbortSignal): AsyncGenerator<SourceBatch, void> {
    const start = mastodonPositionSchema.safeParse(position)
    const reader = createEventReader({
      source: name,
      host: server.host,
      normalize,
      start: start.success ? start.data : null,
    })
    const mailbox = createMailbox<StreamEvent>(WAITING)
    status.set('starting', `Connecting to ${server.host}.`)

    const connect = createSession({ server, reader, mailbox, status, timing, wallClock })
    const followStream = (stopped: AbortSignal) =>
      follow(
        {
          addresses: WAYS,
          connect: (way, connection) => connect(way, connection, stopped),
          sticky: true,
          stream,
          status,
          timing,
          random,
        },
        stopped,
      )
    for await (const events of readMailbox(mailbox, followStream, signal)) yield reader.read(events)
  }

  return { name, live: true, status: () => status.get(), read }
}
