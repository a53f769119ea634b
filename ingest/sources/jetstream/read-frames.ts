/** From frames to a batch. */
import { hash } from 'node:crypto'
import type { Change, DeadLetter, DeadLetterReason, Like, Post } from '../../contract.ts'
import { FIRST_POSTS } from '../../base/timestamps.ts'
import { AHEAD_MS, capturedWindow, liveWindow, type Normalize } from '../../normalize.ts'
import { startOfPayload } from '../dead-letter.ts'
import { createRecent } from '../net/recent.ts'
import { keyOfFrame, readJetstreamFrame, toJetstreamFrame } from '../shapes/jetstream.ts'
import { readNotice, type JetstreamNotice } from '../shapes/jetstream-v2.ts'
import { fieldsOf, toChange, toLike, type Fields } from '../shapes/shape.ts'
import type { SourceBatch } from '../source.ts'
import type { Frame } from './connect.ts'
import type { Tracker } from './track.ts'

/** Repositories remembered that are filled again; that takes minutes, and is seldom. */
const REFILLED_MIN = 10_000

export interface FrameReaderOptions {
  source: string
  normalize: Normalize
  tracker: Tracker
  /** Epoch ms. */
  wallClock: () => number
  onNotice: (notice: JetstreamNotice) => void
}

/** Makes the step. Posts are captured when the server says that it saw them, so that a post sent again is the same. */
export function createFrameReader({ source, normalize, tracker, wallClock, onNotice }: FrameReaderOptions) {
  /**
   * After a `sync` the second version gives the whole repository again, as if it were written now; whatever of it is old
   * is no talk of today. All of it bears the revision that the `sync` names; what is written later bears another.
   */
  const refilled = createRecent(REFILLED_MIN)
  let anyRefilled = false
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
      const timeUs = frame === null ? null : timeOf(frame, at)
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
      if (frame['kind'] === 'sync') anyRefilled = refilled.add(refillOf(frame)) || anyRefilled
      const read = readJetstreamFrame(frame)
      const capturedAt = Math.floor(timeUs / 1_000)
      if (read.kind === 'bad') setAside(data, capturedAt, read.reason, read.detail)
      if (read.kind === 'change') changes.push(toChange(read.change, source, normalize, capturedAt))
      if (read.kind === 'like') likes.push(toLike(read.like, source, normalize))
      if (read.kind !== 'drafts') continue
      const isRefill = anyRefilled && refilled.has(refillOf(frame))
      const window = isRefill ? capturedWindow(capturedAt, FIRST_POSTS) : liveWindow(capturedAt)
      for (const draft of read.drafts) {
        const made = normalize(draft, { source, capturedAt, window, payload: data })
        if (made.ok) posts.push(made.post)
        else setAside(data, capturedAt, made.reason, made.detail)
      }
    }
    const coverage = tracker.takeCoverage()
    const position = tracker.position()
    const received = frames.length
    return { posts, changes, likes, deadLetters, coverage, received, duplicates, position, progress: null }
  }
}

/** The account, and the revision of its repository that a `sync` names or a commit bears. */
function refillOf(frame: Fields): string {
  const { rev } = fieldsOf(frame['sync']) ?? fieldsOf(frame['commit']) ?? {}
  return `${String(frame['did'])} ${String(rev)}`
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
function timeOf(frame: Fields, wallClock: number): number | null {
  const timeUs = frame['time_us']
  if (typeof timeUs !== 'number' || !Number.isSafeInteger(timeUs) || timeUs < 0) return null
  return timeUs > (wallClock + AHEAD_MS) * 1_000 ? wallClock * 1_000 : timeUs
}
