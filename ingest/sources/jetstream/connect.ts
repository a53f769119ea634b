/** One connection to Jetstream. */
import type { Ended, StreamTiming } from '../net/follow.ts'
import type { Mailbox } from '../net/mailbox.ts'
import { describe, readWebSocket } from '../net/web-socket.ts'
import { FRAME_MAX_BYTES, type Endpoint } from './endpoint.ts'
import type { Unpack } from './unpack.ts'

export interface Frame {
  data: Buffer
  /** Which connection it came by, counted from 1. */
  connection: number
}

export interface ConnectOptions {
  endpoint: Endpoint
  connection: number
  mailbox: Mailbox<Frame>
  /** Told which host is followed. */
  onOpen: (host: string) => void
  /** Where to begin, epoch µs; null: live. */
  cursorUs: number | null
  timing: StreamTiming
  /** For how long a server that says nothing and answers pings is kept, in ms; null: only what it says keeps it. */
  quietMs: number | null
  wallClock: () => number
}

/** Resolves when the connection has ended, for whatever reason. */
export async function connect(options: ConnectOptions, signal: AbortSignal): Promise<Ended> {
  const { endpoint, connection, mailbox, timing, quietMs, wallClock } = options
  const { host } = new URL(endpoint.address)
  let unpack: Unpack | null
  try {
    unpack = await endpoint.unpacker(signal)
  } catch (error) {
    return { frames: 0, reason: error instanceof Error ? describe(error) : host, refusal: null }
  }
  const ended = await readWebSocket<Frame>(
    {
      address: endpoint.urlFrom(options.cursorUs),
      protocols: endpoint.protocols(),
      maxMessageBytes: FRAME_MAX_BYTES,
      idleMs: timing.idleMs,
      handshakeMs: timing.handshakeMs,
      mailbox,
      // A message that cannot be unpacked goes on as it is, to be set aside.
      read: (data, isBinary) => ({ data: (isBinary ? unpack?.(data) : null) ?? data, connection }),
      onOpen: () => options.onOpen(host),
      ...(quietMs === null ? {} : { quietMs, onAlive: () => undefined }),
      wallClock,
    },
    signal,
  )
  if (ended.refusal !== null) endpoint.refused(ended.refusal)
  return ended
}
