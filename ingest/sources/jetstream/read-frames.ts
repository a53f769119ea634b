/** From frames to a batch. */
import { hash } from 'node:crypto'
import type { Change, DeadLetter, DeadLetterReason, Like, Post } from '../../contract.ts'
import { FIRST_POSTS } from '../../base/timestamps.ts'
import { AHEAD_MS, capturedWindow, liveWindow, type Normalize } from '../../normalize.ts'
import { startOfPayload } from '../dead-letter.ts'
import { keyOfFrame, readJetstreamFrame, toJetstreamFrame } from '../shapes/jetstream.ts'
import { readNotice, type JetstreamNotice } from '../shapes/jetstream-v2.ts'
import { fieldsOf, toChange, toLike, type Fields } from '../shapes/shape.ts'
import type { SourceBatch } from '../source.ts'
import type { Frame } from './connect.ts'
import { createRefills } from './refills.ts'
import type { Tracker } from './track.ts'

export interface FrameReaderOptions {
  source: string
  normalize: Normalize
  /** Of the position where it goes on. */
  refilled?: readonly string[]
  tracker: Tracker
  /** Epoch ms. */
  wallClock: () => number
  onNotice: (notice: JetstreamNotice) => void
}

/** Makes the step. Posts are captured when the server says that it saw them, so that a post sent again is the same. */
export function createFrameReader(options: FrameReaderOptions) {
  const { source, normalize, tracker, wallClock, onNotice } = options
  const refills = createRefills(options.refilled ?? [])
  return function readFrames(frames: readonly Frame[]): SourceBatch {
    const posts: Post[] = []
    const changes: Change[] = []
    const likes: Like[] = []
    let duplicates = 0
    const deadLetters: DeadLetter[] = []
    const setAside = (payload: Buffer, capturedAt: number, reason: DeadLetterReason, detail: string) => {
      deadLetters.push({
        id: `${source}#${hash('sha256', payload, 'hex').slice(0, 32)}`,
        source,
        reason,
        detail,
        payload: startOfPayload(payload),
        capturedAt,
      })
    }
    const at = wallClock()
    for (const { data, connection } of frames) {
      const fields = parse(data)
      const notice = fields === null ? null : readNotice(fields)
      if (notice !== null) {
        onNotice(notice)
        continue
      }
      const frame = fields === null ? null : toJetstreamFrame(fields)
      // Where this machine's clock was set back, what came before says better what is now.
      const now = Math.max(at, Math.floor((tracker.position()?.cursor ?? 0) / 1_000))
      const timeUs = frame === null ? null : timeOf(frame, now)
      if (frame === null || timeUs === null) {
        const reason = fields === null ? 'not_json' : 'unknown_shape'
        setAside(data, at, reason, 'The stream sent something that is no frame of Jetstream.')
        continue
      }
      const key = keyOfFrame(frame)
      if (key !== null && !tracker.see({ key, timeUs, connection, at })) {
        duplicates += 1
        continue
      }
      const read = readJetstreamFrame(frame)
      const capturedAt = Math.floor(timeUs / 1_000)
      if (frame['kind'] === 'sync') refills.note(frame, capturedAt)
      if (read.kind === 'bad') setAside(data, capturedAt, read.reason, read.detail)
      if (read.kind === 'change') changes.push(toChange(read.change, source, normalize, capturedAt))
      if (read.kind === 'like') likes.push(toLike(read.like, source, normalize))
      if (read.kind !== 'drafts') continue
      const window = refills.has(frame) ? capturedWindow(capturedAt, FIRST_POSTS) : liveWindow(capturedAt)
      for (const draft of read.drafts) {
        const made = normalize(draft, { source, capturedAt, window, payload: data })
        if (made.ok) posts.push(made.post)
        else setAside(data, capturedAt, made.reason, made.detail)
      }
    }
    const coverage = tracker.takeCoverage()
    const seen = tracker.position()
    const position = seen === null ? null : { ...seen, refilled: refills.names() }
    const received = frames.length
    return { posts, changes, likes, deadLetters, coverage, received, duplicates, position, progress: null }
  }
}

/** When a waiting frame was sent, epoch µs; null for what is no frame. */
export function peekTime({ data }: Frame, wallClock: number): number | null {
  const fields = parse(data)
  const frame = fields === null ? null : toJetstreamFrame(fields)
  return frame === null ? null : timeOf(frame, wallClock)
}

function parse(data: Buffer): Fields | null {
  try {
    return fieldsOf(JSON.parse(data.toString('utf8')))
  } catch {
    // The caller sets it aside as what it is: no JSON.
    return null
  }
}

/** A server's clock may run ahead by a little; a time beyond that is not its own, and now is nearer to the truth. */
function timeOf(frame: Fields, now: number): number | null {
  const timeUs = frame['time_us']
  if (typeof timeUs !== 'number' || !Number.isSafeInteger(timeUs) || timeUs < 0) return null
  return timeUs > (now + AHEAD_MS) * 1_000 ? now * 1_000 : timeUs
}
