/** One connection to a server's stream, by WebSocket or by server-sent events. */
import { StringDecoder } from 'node:string_decoder'
import type { IncomingMessage } from 'node:http'
import type { Ended, StreamTiming } from '../net/follow.ts'
import { openRequest } from '../net/http.ts'
import type { Mailbox } from '../net/mailbox.ts'
import { describeRefusal, readRefusal } from '../net/refusal.ts'
import { describe, readWebSocket } from '../net/web-socket.ts'
import { createEventReader, readMessage, toEvent, type StreamEvent } from './events.ts'
import { headersOf, type MastodonServer } from './server.ts'

/** A status has some 5 kB; of the longest text with all its custom emoji a megabyte. */
const EVENT_MAX_BYTES = 4 * 1024 * 1024

export interface StreamOptions {
  server: MastodonServer
  /** `wss://host` or `https://host`: which of the two ways it is. */
  base: string
  connection: number
  mailbox: Mailbox<StreamEvent>
  onOpen: () => void
  timing: StreamTiming
  wallClock: () => number
}

/** Resolves when the connection has ended, for whatever reason. */
export async function connectStream(options: StreamOptions, signal: AbortSignal): Promise<Ended> {
  return options.base.startsWith('ws')
    ? await connectSocket(options, signal)
    : await connectEvents(options, signal)
}

function connectSocket(options: StreamOptions, signal: AbortSignal): Promise<Ended> {
  const { server, base, connection, mailbox, timing, wallClock } = options
  const { name, tag } = server.stream
  const query = new URLSearchParams({
    stream: name,
    ...(tag === null ? {} : { tag: decodeURIComponent(tag) }),
  })
  return readWebSocket<StreamEvent>(
    {
      address: `${base}/api/v1/streaming?${query.toString()}`,
      headers: headersOf(server),
      maxMessageBytes: EVENT_MAX_BYTES,
      idleMs: timing.idleMs,
      handshakeMs: timing.handshakeMs,
      mailbox,
      read(message, _, refuse) {
        const read = readMessage(message, wallClock(), connection)
        if (read === null || 'kind' in read) return read
        refuse(read)
        return null
      },
      onOpen: options.onOpen,
      onAlive: () => mailbox.push({ kind: 'alive', at: wallClock(), connection }),
      wallClock,
    },
    signal,
  )
}

async function connectEvents(options: StreamOptions, signal: AbortSignal): Promise<Ended> {
  const { server, base, timing, wallClock } = options
  const { path, tag } = server.stream
  const ending = new AbortController()
  const ended = AbortSignal.any([signal, ending.signal])
  const ways = { headers: { ...headersOf(server), Accept: 'text/event-stream' }, signal: ended }
  let frames = 0
  try {
    const address = `${base}/api/v1/streaming/${path}${tag === null ? '' : `?tag=${tag}`}`
    const response = await openRequest(address, { ...ways, patienceMs: timing.idleMs })
    // Where nothing streams, some answer with their page for people.
    const type = response.headers['content-type'] ?? ''
    if (response.statusCode !== 200 || !/^text\/event-stream\b/i.test(type)) {
      const refusal = await readRefusal(response, wallClock())
      return { frames, reason: describeRefusal(server.host, refusal), refusal }
    }
    options.onOpen()
    await readEvents(response, options, ended, () => (frames += 1))
    return { frames, reason: `${server.host} ended its stream`, refusal: null }
  } catch (error) {
    return { frames, reason: error instanceof Error ? describe(error) : server.host, refusal: null }
  } finally {
    ending.abort()
  }
}

/** The request's own timer ends a stream that is silent; the body is read no faster than the mailbox is emptied. */
async function readEvents(
  response: IncomingMessage,
  { connection, mailbox, wallClock }: StreamOptions,
  signal: AbortSignal,
  onEvent: () => void,
): Promise<void> {
  const decoder = new StringDecoder('utf8')
  const push = createEventReader(EVENT_MAX_BYTES)
  for await (const chunk of response as AsyncIterable<Buffer>) {
    for (const { event, data } of push(decoder.write(chunk))) {
      const at = wallClock()
      const read =
        event === '' ? { kind: 'alive' as const, at, connection } : toEvent(event, data, at, connection)
      if (event !== '') onEvent()
      if (read !== null) mailbox.push(read)
    }
    if (mailbox.isFull()) await mailbox.drained(signal)
  }
}
