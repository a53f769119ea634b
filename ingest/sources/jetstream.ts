/** The Bluesky source: follows Jetstream (https://github.com/bluesky-social/jetstream), version 1 or 2. */
import type { Normalize } from '../normalize.ts'
import { connect, type Frame } from './jetstream/connect.ts'
import { createEndpoint } from './jetstream/endpoint.ts'
import { createFrameReader, peekTime } from './jetstream/read-frames.ts'
import { createTracker, jetstreamPositionSchema, REWIND_US } from './jetstream/track.ts'
import type { Dictionary } from './jetstream/unpack.ts'
import { checkAddress } from './net/address.ts'
import { follow, type StreamTiming } from './net/follow.ts'
import { createMailbox } from './net/mailbox.ts'
import { readMailbox } from './net/read-mailbox.ts'
import type { Source, SourceBatch } from './source.ts'
import { createStatus } from './status.ts'

/** The instances that Bluesky runs for everybody. */
export const PUBLIC_JETSTREAMS: readonly string[] = [
  'wss://jetstream2.us-east.bsky.network',
  'wss://jetstream1.us-east.bsky.network',
  'wss://jetstream2.us-west.bsky.network',
  'wss://jetstream1.us-west.bsky.network',
]

const NAME = 'bluesky'
/** Frames that wait; past this the socket is not read. About 10 s of the whole network's posts, and 64 MiB at most. */
const WAITING = { maxItems: 5_000, maxBytes: 64 * 1024 * 1024, bytesOf: ({ data }: Frame) => data.length }
/** Of this much people are told; less is the network's own delay. */
const BEHIND_MS = 60_000

/** A lone server may have nothing to say, as one of a small network: it is kept this many times as long while it answers. */
const QUIET_TIMES = 10

const TIMING: StreamTiming = {
  firstRetryMs: 1_000,
  maxRetryMs: 60_000,
  // The whole network is never silent.
  idleMs: 30_000,
  handshakeMs: 10_000,
}

export interface JetstreamSourceOptions {
  /** Tried one after the other; without them the public instances. wss, or ws on this machine. */
  urls?: readonly string[]
  normalize: Normalize
  /** Asks for likes too, some five times as many events. */
  likes?: boolean
  /** Of compressed frames of the first version. */
  dictionary?: Dictionary | null
  /** Epoch ms. */
  wallClock?: () => number
  random?: () => number
  timing?: Partial<StreamTiming>
}

/**
 * Makes the source. A connection that ends is taken up again 5 s earlier, at the next address; what still is missing then
 * is told as coverage of kind `none`. Throws SourceError `bad_spec` for an address without TLS.
 */
export function createJetstreamSource(options: JetstreamSourceOptions): Source {
  const { normalize, likes = false, dictionary = null, wallClock = Date.now, random = Math.random } = options
  const urls = (options.urls ?? PUBLIC_JETSTREAMS).map((url) => checkAddress(url, 'ws'))
  const addresses = urls.map((url) => createEndpoint(url, dictionary, likes))
  const timing = { ...TIMING, ...options.timing }
  const quietMs = addresses.length === 1 ? QUIET_TIMES * timing.idleMs : null
  const status = createStatus(NAME, wallClock)
  let where = ''

  async function* read(position: unknown, signal: AbortSignal): AsyncGenerator<SourceBatch, void> {
    const parsed = jetstreamPositionSchema.safeParse(position)
    const start = parsed.success ? parsed.data : null
    const refilled = start?.refilled ?? []
    const tracker = createTracker(NAME, start)
    const onNotice = ({ name, message }: { name: string; message: string }) =>
      status.set('running', `Bluesky's public stream says: ${name}${message === '' ? '' : `, ${message}`}.`)
    const reader = createFrameReader({ source: NAME, normalize, refilled, tracker, wallClock, onNotice })
    const mailbox = createMailbox<Frame>(WAITING)
    /** When the first connection began, epoch µs: what comes before the first post is seen is missed from here on. */
    let begunUs: number | null = null
    const onOpen = (host: string) => {
      where = host
      begunUs ??= wallClock() * 1_000
      status.set('running', `Following Bluesky's public stream at ${host}.`)
    }
    status.set('starting', "Connecting to Bluesky's public stream.")
    /** A little before the newest frame that has arrived, taken or not; null: from now on. */
    const cursorUs = (): number | null => {
      const taken = tracker.position()?.cursor ?? null
      const newest = mailbox.newest()
      const waiting = newest === undefined ? null : peekTime(newest, wallClock())
      if (taken === null && waiting === null) return begunUs === null ? null : begunUs - REWIND_US
      return Math.max(taken ?? 0, waiting ?? 0) - REWIND_US
    }
    const followStream = (stopped: AbortSignal) =>
      follow(
        {
          addresses,
          stream: "Bluesky's public stream",
          status,
          timing,
          random,
          connect: (endpoint, connection) =>
            connect(
              { endpoint, connection, mailbox, onOpen, cursorUs: cursorUs(), timing, quietMs, wallClock },
              stopped,
            ),
        },
        stopped,
      )
    for await (const frames of readMailbox(mailbox, followStream, signal)) {
      let batch: SourceBatch | null = reader(frames)
      // While this waits for the next ones it would hold these, and the collector would copy them.
      frames.length = 0
      tellBehind(tracker.position()?.cursor)
      yield batch
      batch = null
    }
  }

  /** A replay, or a consumer that cannot keep up: what comes now is not yet what is said now. */
  function tellBehind(cursor: number | undefined): void {
    if (cursor === undefined || status.get().state !== 'running') return
    const behindMs = wallClock() - cursor / 1_000
    const how = behindMs > BEHIND_MS ? `, ${Math.round(behindMs / 60_000)} min behind and catching up` : ''
    status.set('running', `Following Bluesky's public stream at ${where}${how}.`)
  }

  return { name: NAME, live: true, status: () => status.get(), read }
}
