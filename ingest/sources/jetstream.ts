/** The Bluesky source: follows Jetstream's public instances (https://github.com/bluesky-social/jetstream, version 1). */
import { hash } from 'node:crypto'
import type { DeadLetter, DeadLetterReason, Post } from '../contract.ts'
import { sleep } from '../base/retry.ts'
import { liveWindow, type Normalize } from '../normalize.ts'
import { startOfPayload } from './dead-letter.ts'
import { follow, type Frame, type JetstreamTiming } from './jetstream/connection.ts'
import { createMailbox } from './jetstream/mailbox.ts'
import { createTracker, jetstreamPositionSchema, REWIND_US, type Tracker } from './jetstream/track.ts'
import {
  isJetstreamFrame,
  JETSTREAM_COLLECTIONS,
  keyOfFrame,
  readJetstreamFrame,
} from './shapes/jetstream.ts'
import { fieldsOf, type Draft, type Fields } from './shapes/shape.ts'
import type { Source, SourceBatch } from './source.ts'
import { checkJetstreamUrl } from './spec.ts'
import { createStatus } from './status.ts'

/** The instances that Bluesky runs for everybody. */
export const PUBLIC_JETSTREAMS: readonly string[] = [
  'wss://jetstream2.us-east.bsky.network',
  'wss://jetstream1.us-east.bsky.network',
  'wss://jetstream2.us-west.bsky.network',
  'wss://jetstream1.us-west.bsky.network',
]

const NAME = 'bluesky'
/** One step of the topic; the whole network sends fewer posts in a second. */
const BATCH_MAX = 1_000
/** Frames are gathered for this long, so that a quiet stream is not handed on one by one. */
const GATHER_MS = 100
/** Asked of the server: larger records are not sent. Lets no single record end the connection over and over. */
const RECORD_MAX_BYTES = 1024 * 1024

const TIMING: JetstreamTiming = {
  firstRetryMs: 1_000,
  maxRetryMs: 60_000,
  idleMs: 30_000,
  handshakeMs: 10_000,
}

export interface JetstreamSourceOptions {
  /** Tried one after the other; without them the public instances. wss, or ws on this machine. */
  urls?: readonly string[]
  normalize: Normalize
  /** Epoch ms. */
  wallClock?: () => number
  random?: () => number
  timing?: Partial<JetstreamTiming>
}

/**
 * Makes the source. Posts are captured when Jetstream says it saw them (`time_us`), so that a post sent again is the
 * same. A connection that ends is taken up again 5 s earlier; what still is missing then is told as coverage of kind
 * `none`. Changes and deletions of posts are not read. Throws SourceError `bad_spec` for an address without TLS.
 */
export function createJetstreamSource(options: JetstreamSourceOptions): Source {
  const { normalize, wallClock = Date.now, random = Math.random } = options
  const urls = (options.urls ?? PUBLIC_JETSTREAMS).map(checkJetstreamUrl)
  const timing = { ...TIMING, ...options.timing }
  const status = createStatus(NAME, wallClock)

  async function* read(position: unknown, signal: AbortSignal): AsyncGenerator<SourceBatch, void> {
    const start = jetstreamPositionSchema.safeParse(position)
    const tracker = createTracker(NAME, start.success ? start.data : null)
    const reader = createFrameReader(normalize, tracker, wallClock)
    const mailbox = createMailbox<Frame>()
    const stopping = new AbortController()
    const stopped = AbortSignal.any([signal, stopping.signal])
    const failures: unknown[] = []
    status.set('starting', "Connecting to Bluesky's public stream.")
    const query = () => queryFrom(tracker, mailbox.newest())
    const following = follow({ urls, mailbox, status, query, timing, random }, stopped).catch(
      (error: unknown) => {
        failures.push(error)
        stopping.abort()
      },
    )
    try {
      for (;;) {
        await mailbox.filled(stopped)
        if (mailbox.size() < BATCH_MAX) await sleep(GATHER_MS, stopped)
        if (stopped.aborted) break
        yield reader(mailbox.take(BATCH_MAX))
      }
    } finally {
      stopping.abort()
      await following
    }
    if (failures.length > 0) throw failures[0]
  }

  return { name: NAME, live: true, status: () => status.get(), read }
}

/** From where the next connection reads: a little before the newest frame that has arrived, taken or not. */
function queryFrom(tracker: Tracker, newest: Frame | undefined): URLSearchParams {
  const query = new URLSearchParams(
    JETSTREAM_COLLECTIONS.map((collection) => ['wantedCollections', collection]),
  )
  query.append('maxMessageSizeBytes', String(RECORD_MAX_BYTES))
  const taken = tracker.position()?.cursor ?? null
  const waiting = newest === undefined ? null : (timeOf(parse(newest.data)) ?? null)
  if (taken !== null || waiting !== null)
    query.append('cursor', String(Math.max(taken ?? 0, waiting ?? 0) - REWIND_US))
  return query
}

/** Makes the step from frames to a batch. */
function createFrameReader(normalize: Normalize, tracker: Tracker, wallClock: () => number) {
  return function readFrames(frames: readonly Frame[]): SourceBatch {
    const posts: Post[] = []
    const deadLetters: DeadLetter[] = []
    const setAside = (frame: Frame, capturedAt: number, reason: DeadLetterReason, detail: string) => {
      deadLetters.push({
        id: `${NAME}#${hash('sha256', frame.data, 'hex').slice(0, 32)}`,
        source: NAME,
        reason,
        detail,
        payload: startOfPayload(frame.data),
        capturedAt,
      })
    }
    const add = (frame: Frame, draft: Draft, capturedAt: number) => {
      const window = liveWindow(capturedAt)
      const made = normalize(draft, { source: NAME, capturedAt, window, payload: frame.data })
      if (made.ok) posts.push(made.post)
      else setAside(frame, capturedAt, made.reason, made.detail)
    }
    for (const frame of frames) {
      const fields = parse(frame.data)
      const timeUs = timeOf(fields)
      if (fields === null || timeUs === null || !isJetstreamFrame(fields)) {
        const reason = fields === null ? 'not_json' : 'unknown_shape'
        setAside(frame, wallClock(), reason, 'The stream sent something that is no frame of Jetstream.')
        continue
      }
      const key = keyOfFrame(fields)
      if (key !== null && !tracker.see({ key, timeUs, connection: frame.connection })) continue
      const read = readJetstreamFrame(fields)
      const capturedAt = Math.floor(timeUs / 1_000)
      if (read.kind === 'bad') setAside(frame, capturedAt, read.reason, read.detail)
      if (read.kind === 'drafts') for (const draft of read.drafts) add(frame, draft, capturedAt)
    }
    const coverage = tracker.takeCoverage()
    return {
      posts,
      deadLetters,
      coverage,
      received: frames.length,
      position: tracker.position(),
      progress: null,
    }
  }
}

function parse(data: Buffer): Fields | null {
  try {
    return fieldsOf(JSON.parse(data.toString('utf8')))
  } catch {
    // The caller sets it aside as what it is: no JSON.
    return null
  }
}

function timeOf(fields: Fields | null): number | null {
  const timeUs = fields?.['time_us']
  return typeof timeUs === 'number' && Number.isSafeInteger(timeUs) ? timeUs : null
}
