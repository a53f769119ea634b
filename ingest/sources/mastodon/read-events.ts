/** From events to a batch; what was seen of the stream, and where it resumes. */
import { hash } from 'node:crypto'
import { z } from 'zod'
import type { Change, Coverage, DeadLetter, DeadLetterReason, Post } from '../../contract.ts'
import { FIRST_POSTS, parseTimestamp } from '../../base/timestamps.ts'
import { capturedWindow, ID_MAX, LIVE_WINDOW_MS, type Normalize } from '../../normalize.ts'
import { startOfPayload } from '../dead-letter.ts'
import { createRecent } from '../net/recent.ts'
import { isMastodonStatus, readMastodonStatus } from '../shapes/mastodon.ts'
import { fieldsOf, idOf, type Draft, type Fields } from '../shapes/shape.ts'
import type { SourceBatch } from '../source.ts'
import type { StreamEvent } from './events.ts'
import { createAddresses } from './addresses.ts'
import type { Since } from './catch-up.ts'
import { newer } from './ids.ts'

/** Coverage is told about this often. */
const TELL_EVERY_MS = 60_000
/** A status reaches a server so long after it was written, at most places and times: what is missed is looked for from then. */
const LATE_MS = 60_000
/** Statuses remembered to drop those that came both by the stream and by the timeline: more than a catching-up brings. */
const SEEN_MIN = 20_000

export const mastodonPositionSchema = z.object({
  /** The server's own id of the newest status up to which nothing is missing that is not told as a gap. */
  lastId: z.string().nullable(),
  /** Coverage was told up to here, epoch ms. */
  coveredTo: z.number().int(),
  /** How its own posts' ids begin, where one was seen. */
  home: z.string().nullish(),
})
export type MastodonPosition = z.infer<typeof mastodonPositionSchema>

export interface EventReaderOptions {
  source: string
  /** `host` of the server that is read. */
  host: string
  normalize: Normalize
  start: MastodonPosition | null
}

/** What an event brought, and when. */
interface Came {
  payload: string
  /** Null for what is no JSON object. */
  fields: Fields | null
  at: number
}

export interface EventReader {
  read(events: readonly StreamEvent[]): SourceBatch
  /** Since when something may be missing; null: nothing was read yet. */
  since(): Since | null
}

export function createEventReader({ source, host, normalize, start }: EventReaderOptions): EventReader {
  const seen = createRecent(SEEN_MIN)
  const addresses = createAddresses(host, start?.home ?? null)
  let position = start
  /** What was written before is not this source's; unknown after a restart. Epoch ms. */
  let begunAt = 0
  let connection: number | null = null
  /** Newest status that came since the connection began, while what was missed before it is not there yet. */
  let pending: string | null = null
  let joined = start === null
  /** Of the newest event of a connection that was joined to what was before. */
  let lastAt: number | null = null
  let coverage: Coverage[] = []

  function tell(to: number, kind: 'complete' | 'none'): void {
    if (position === null || to <= position.coveredTo) return
    coverage.push({ source, from: position.coveredTo, to, kind, share: kind === 'complete' ? 1 : 0 })
    position = { ...position, coveredTo: to }
  }

  /** Takes note of when and where it is; what is not joined yet moves no position. */
  function note(event: StreamEvent, id: string | null): void {
    const { at, connection: from } = event
    if (from !== connection) {
      // Up to the last sign of the connection before, nothing was missed.
      if (joined && lastAt !== null) tell(lastAt, 'complete')
      connection = from
      joined = position === null
      pending = null
    }
    if (position === null) {
      position = { lastId: null, coveredTo: at }
      begunAt = at
    }
    if (id !== null) pending = newer(id, pending)
    if (event.kind === 'joined') {
      if (!event.whole) tell(at, 'none')
      pending = newer(event.newest, pending)
      joined = true
    }
    // What is read of the timeline says nothing of what else it has, until it is read to its end.
    if (!joined || (event.kind === 'update' && event.late === true)) return
    lastAt = at
    position = { ...position, lastId: newer(pending, position.lastId) }
    if (at - position.coveredTo >= TELL_EVERY_MS) tell(at, 'complete')
  }

  function read(events: readonly StreamEvent[]): SourceBatch {
    const posts: Post[] = []
    const changes: Change[] = []
    const deadLetters: DeadLetter[] = []
    let duplicates = 0
    /**
     * False when it was set aside before. A status is known by its number at the server: its timeline writes the same
     * one in other words than its stream, and a boost brings two posts.
     */
    const setAside = ({ payload, fields, at }: Came, reason: DeadLetterReason, detail: string): boolean => {
      const id = `${source}#${hash('sha256', idOf(fields?.['id']) ?? payload, 'hex').slice(0, 32)}`
      if (!seen.add(id)) return false
      const start = startOfPayload(Buffer.from(payload))
      deadLetters.push({ id, source, reason, detail, payload: start, capturedAt: at })
      return true
    }
    const add = (draft: Draft, came: Came) => {
      if (!seen.add(draft.id)) {
        // What a boost brings along is no payload of its own.
        if (draft.embedded !== true) duplicates += 1
        return
      }
      // What was missed, and what a boost brings along, was written before it came.
      const { payload, at } = came
      const from = draft.embedded === true ? FIRST_POSTS : (position?.coveredTo ?? at) - LIVE_WINDOW_MS
      const window = capturedWindow(at, from)
      const made = normalize(draft, { source, capturedAt: at, window, payload })
      if (made.ok) posts.push(made.post)
      else setAside(came, made.reason, made.detail)
    }
    const addStatus = (status: Fields, came: Came) => {
      const found = readMastodonStatus(status)
      if (found.kind === 'bad' && !setAside(came, found.reason, found.detail)) duplicates += 1
      if (found.kind !== 'drafts') return
      for (const draft of found.drafts) add(draft, came)
      const { id } = found.drafts.at(-1)!
      if (id.length <= ID_MAX) addresses.remember(idOf(status['id']), id, isOfOwnAccount(status))
    }
    const addEdit = (status: Fields, came: Came) => {
      const found = readMastodonStatus(status)
      const subject = found.kind === 'drafts' ? found.drafts.at(-1)!.id : null
      if (subject === null) return
      const edited = parseTimestamp(status['edited_at']) ?? came.at
      // Never seen before, it is a post as well; the first that was seen of one is what counts.
      addStatus(status, came)
      // No post has a longer one, and the topic might not take it.
      if (subject.length > ID_MAX) return
      changes.push({ source, of: 'post', subject, change: 'edited', at: Math.min(edited, came.at) })
    }

    for (const event of events) {
      const payload = 'payload' in event ? event.payload : ''
      const fields = event.kind === 'update' || event.kind === 'edit' ? parse(payload) : null
      const status = fields !== null && isMastodonStatus(fields) ? fields : null
      const came: Came = { payload, fields, at: event.at }
      note(event, event.kind === 'update' && event.late !== true ? idOf(status?.['id']) : null)
      if (event.kind === 'delete') {
        const subject = addresses.find(payload)
        changes.push({ source, of: 'post', subject, change: 'deleted', at: event.at })
      } else if (event.kind === 'broken')
        setAside(came, 'unknown_shape', 'The stream sent something that is no event.')
      else if (event.kind === 'update' || event.kind === 'edit') {
        const detail = 'The stream sent a status that is none.'
        if (status === null) duplicates += setAside(came, 'unknown_shape', detail) ? 0 : 1
        else if (!isPublic(status)) continue
        else if (event.kind === 'update') addStatus(status, came)
        else addEdit(status, came)
      }
    }
    const told = coverage
    coverage = []
    // A sign of life brings nothing.
    const received = events.filter((event) => 'payload' in event).length
    const home = addresses.home()
    if (position !== null && home !== null) position = { ...position, home }
    return { posts, changes, deadLetters, coverage: told, received, duplicates, position, progress: null }
  }

  function since(): Since | null {
    if (position === null) return null
    return { id: position.lastId, from: Math.max(begunAt, (lastAt ?? position.coveredTo) - LATE_MS) }
  }

  return { read, since }
}

/** What a server shows to its own people alone is not ours, whatever the token would let us see. */
function isPublic(status: Fields): boolean {
  const { visibility } = status
  return visibility === undefined || visibility === 'public' || visibility === 'unlisted'
}

/** A server writes its own accounts without a host. */
function isOfOwnAccount(status: Fields): boolean {
  const acct = fieldsOf(status['account'])?.['acct']
  return typeof acct === 'string' && acct !== '' && !acct.includes('@')
}

function parse(payload: string): Fields | null {
  try {
    return fieldsOf(JSON.parse(payload))
  } catch {
    // The caller sets it aside.
    return null
  }
}
