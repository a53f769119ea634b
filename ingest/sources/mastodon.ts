/** The Mastodon source: follows one server's public stream, by WebSocket or by server-sent events, whichever it has. */
import type { Normalize } from '../normalize.ts'
import { catchUp } from './mastodon/catch-up.ts'
import { connectStream } from './mastodon/connect.ts'
import type { StreamEvent } from './mastodon/events.ts'
import { createEventReader, mastodonPositionSchema } from './mastodon/read-events.ts'
import { findStreaming, parseServer } from './mastodon/server.ts'
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
  /** `pageMs`: pause between two pages of a timeline. */
  timing?: Partial<StreamTiming & { pageMs: number }>
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

    async function connect(base: string, connection: number, stopped: AbortSignal) {
      const ending = new AbortController()
      const ended = AbortSignal.any([stopped, ending.signal])
      let caught = Promise.resolve()
      const onOpen = () => {
        status.set('running', `Following the public stream of ${server.host}.`)
        const catching = { server, mailbox, connection, ...reader.begin(), pauseMs: timing.pageMs, wallClock }
        caught = catchUp(catching, ended)
      }
      const result = await connectStream(
        { server, base, connection, mailbox, onOpen, timing, wallClock },
        stopped,
      )
      ending.abort()
      await caught
      return result
    }
    async function followStream(stopped: AbortSignal): Promise<void> {
      const socket = await findStreaming(server, stopped)
      await follow(
        {
          addresses: [socket, socket.replace(/^ws/, 'http')],
          connect: (base, connection) => connect(base, connection, stopped),
          sticky: true,
          stream,
          status,
          timing,
          random,
          wallClock,
        },
        stopped,
      )
    }
    for await (const events of readMailbox(mailbox, followStream, signal)) yield reader.read(events)
  }

  return { name, live: true, status: () => status.get(), read }
}
