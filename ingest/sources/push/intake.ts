/** From what is pushed to the topic. A push is acknowledged only when all of it is durable. */
import { hash } from 'node:crypto'
import type { Change, DeadLetter, DeadLetterReason, Post, StreamRecord } from '../../contract.ts'
import type { Normalize, TimeWindow } from '../../normalize.ts'
import { toChangeRecord, toRecord } from '../../pipeline.ts'
import type { Topic } from '../../topic/topic.ts'
import { createHideMapped, payloadOf } from '../dead-letter.ts'
import type { FileRecord } from '../file/record.ts'
import { parseMap } from '../shapes/columns.ts'
import { createRecognise } from '../shapes/recognise.ts'
import { changeOf, toChange, type ChangeDraft, type Draft } from '../shapes/shape.ts'
import { SourceError } from '../source.ts'
import { BodyError, openBody } from './body.ts'
import type { PushCounts } from './counts.ts'
import type { PushRequest, RefusalCode, Refused, Take } from './port.ts'

/** A clock may run ahead by this much before its word is doubted. */
const AHEAD_MS = 5 * 60_000
/** Posts older than this are no talk of this election; a single one would stretch the night's charts to its day. */
const OLDEST_MS = 30 * 24 * 60 * 60_000
/** Pieces (64 KiB at most) that are published and not yet durable: a megabyte, some tens of inserts' worth. */
const UNDURABLE_MAX = 16
/** A store that takes nothing for this long is away; the sender is told to come again. */
const DURABLE_PATIENCE_MS = 60_000

export interface IntakeOptions {
  /** `push:<source>`; the posts' ids begin with it. */
  name: string
  normalize: Normalize
  posts: Pick<Topic<StreamRecord>, 'publish'>
  deadLetters: Pick<Topic<DeadLetter>, 'publish'>
  /** Takes one post of the sender's quota; gives 0, or the ms to wait. */
  allow: () => number
  /** Told what was taken, for the source's counts. */
  onTaken: (counts: PushCounts) => void
  durablePatienceMs?: number
}

/**
 * Makes what takes a push. It reads no faster than the topic takes. A post's id is the record's own, else made from the
 * request's key, the line and its content; without a key from the content alone: sent again it is the same post.
 */
export function createIntake(options: IntakeOptions): Take {
  const { name, normalize, posts, deadLetters, allow, durablePatienceMs = DURABLE_PATIENCE_MS } = options

  return async function take(bytes, request) {
    const counts = { received: 0, accepted: 0, setAside: 0 }
    let lastEventAt: number | null = null
    const body = openBody(bytes, request)
    const publishing = createWindow(durablePatienceMs)
    let refused: Omit<Refused, 'ok' | 'accepted'> | null = null
    try {
      const read = createReader(name, normalize, request)
      for await (const records of body.records()) {
        const made: Post[] = []
        const changes: Change[] = []
        const aside: DeadLetter[] = []
        for (const record of records) {
          const outcome = read(record)
          if (outcome.bad !== null && request.strict) {
            refused = { code: outcome.bad.reason, line: record.line, detail: outcome.bad.detail }
            break
          }
          const wait = allow()
          if (wait > 0) {
            const detail = 'more posts than this sender may push in a minute'
            refused = { code: 'quota', line: record.line, detail, retryMs: wait }
            break
          }
          counts.received += 1
          made.push(...outcome.posts)
          if (outcome.change !== null) changes.push(outcome.change)
          if (outcome.bad !== null) aside.push(outcome.bad)
        }
        const taken = [...made.map(toRecord), ...changes.map(toChangeRecord)]
        if (taken.length > 0) await publishing.add(() => posts.publish(taken))
        if (aside.length > 0) {
          await publishing.add(() => deadLetters.publish(aside.map((value) => ({ key: value.id, value }))))
        }
        counts.accepted += taken.length
        for (const { createdAt } of made) lastEventAt = Math.max(lastEventAt ?? createdAt, createdAt)
        counts.setAside += aside.length
        if (refused !== null) break
      }
    } catch (error) {
      refused = refusalOf(error)
    }
    try {
      await publishing.finish()
    } catch (error) {
      refused = refusalOf(error)
    }
    const { received, accepted, setAside: dead } = counts
    options.onTaken({ received, accepted, duplicate: 0, dead, lastEventAt })
    return refused === null
      ? { ok: true, ...counts, sha256: body.digest() }
      : { ok: false, ...refused, accepted: counts.accepted }
  }
}

function refusalOf(error: unknown): { code: RefusalCode; line: number | null; detail: string } {
  if (error instanceof BodyError) return { code: error.code, line: error.line, detail: error.message }
  if (error instanceof SourceError) return { code: 'bad_map', line: null, detail: error.message }
  if (error instanceof NotDurable) return { code: 'not_durable', line: null, detail: error.message }
  throw error
}

class NotDurable extends Error {
  override name = 'NotDurable'
}

/** Publishes a piece at a time, with a bounded number of them not yet durable. Throws NotDurable. */
function createWindow(patienceMs: number) {
  const pending: Promise<void>[] = []
  const settle = async (left: number): Promise<void> => {
    while (pending.length > left) {
      await within(pending[0]!, patienceMs)
      void pending.shift()
    }
  }
  return {
    async add(publish: () => Promise<{ durable: Promise<void> }>): Promise<void> {
      await settle(UNDURABLE_MAX - 1)
      const { durable } = await within(publish(), patienceMs)
      // A later one may fail before its turn: until then nobody would hear of it.
      void Promise.allSettled([durable])
      pending.push(durable)
    },
    finish: () => settle(0),
  }
}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NotDurable('the posts could not be stored in time')), ms)
  })
  try {
    return await Promise.race([work, late])
  } catch (cause) {
    if (isUnavailable(cause)) throw new NotDurable('the stream does not answer now', { cause })
    throw cause
  } finally {
    clearTimeout(timer)
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['unavailable', 'closed'].includes(String(error.code))
}

/** What a record came to. */
interface Outcome {
  posts: Post[]
  change: Change | null
  bad: DeadLetter | null
}

/** From a record to posts, to what became of one, or to why there is neither. */
function createReader(name: string, normalize: Normalize, request: PushRequest) {
  const { receivedAt, key, map } = request
  const prefix = `${name}/`
  const columns = map === undefined ? null : parseMap(map)
  const recognise = createRecognise(columns, 'the first record')
  const hide = createHideMapped(columns, normalize)
  const window: TimeWindow = { from: receivedAt - OLDEST_MS, to: receivedAt + AHEAD_MS, instead: null }
  const own = (id: string): string => (id.startsWith(prefix) ? id : prefix + id)
  const ownOrNull = (id: string | null): string | null => (id === null ? null : own(id))

  function rename(draft: Draft): Draft {
    // A sender speaks for itself alone: it can put no words under another network's link.
    if (request.networkIds) return draft
    const { replyTo, repostOf, quoteOf } = draft
    const refers = {
      replyTo: ownOrNull(replyTo),
      repostOf: ownOrNull(repostOf),
      quoteOf: ownOrNull(quoteOf),
    }
    return { ...draft, id: own(draft.id), ...refers }
  }

  /** A sender can take back its own posts alone; null: it speaks for others. */
  function ownChange(draft: ChangeDraft): Change | null {
    const at = draft.at === null ? null : Math.min(draft.at, receivedAt)
    if (request.networkIds) return toChange({ ...draft, at }, name, normalize, receivedAt)
    if (draft.of === 'account') return null
    return toChange({ ...draft, at, subject: own(draft.subject) }, name, normalize, receivedAt)
  }

  return function read(record: FileRecord): Outcome {
    const { outcome, payload, invalidUtf8 } = record
    const named = key === null ? record.raw : `${key}\n${record.line}${record.part}\n${record.raw}`
    const fallbackId = hash('sha256', named, 'hex').slice(0, 24)
    const setAside = (reason: DeadLetterReason, detail: string): Outcome => ({
      posts: [],
      change: null,
      bad: {
        id: `${name}#${fallbackId}`,
        source: name,
        reason,
        detail,
        payload: hide(payloadOf(record)),
        capturedAt: receivedAt,
      },
    })
    if (!outcome.ok) return setAside(outcome.reason, outcome.detail)
    const place = { prefix, fallbackId }
    const found = recognise(outcome.fields, place, outcome.json ? record.raw : null)
    if (found.kind === 'nothing' || found.kind === 'like') return { posts: [], change: null, bad: null }
    if (found.kind === 'bad') {
      // No row of a table without a text has one: a person must say which column it is.
      if (found.reason === 'unknown_shape' && !outcome.json)
        throw new SourceError('unknown_column', `${found.detail} Say which one it is: map=text=COLUMN.`)
      return setAside(found.reason, found.detail)
    }
    const told = changeOf(found)
    const change = told === null ? null : ownChange(told)
    if (found.kind === 'change') {
      return change === null
        ? setAside('unknown_shape', 'It says what became of an account; a sender speaks for its own posts.')
        : { posts: [], change, bad: null }
    }
    const posts: Post[] = []
    for (const draft of found.drafts.map(rename)) {
      const timed = isMissing(draft.createdAt) && key !== null ? { ...draft, createdAt: receivedAt } : draft
      const capturedAt = capturedWithin(draft.capturedAt, window) ?? receivedAt
      const normalized = normalize(timed, { source: name, window, capturedAt, payload, invalidUtf8 })
      if (!normalized.ok)
        return setAside(normalized.reason, explain(normalized.reason, normalized.detail, key))
      posts.push(normalized.post)
    }
    return { posts, change, bad: null }
  }
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}

function capturedWithin(at: number | null, { from, to }: TimeWindow): number | null {
  return at !== null && at >= from && at <= to ? at : null
}

function explain(reason: DeadLetterReason, detail: string, key: string | null): string {
  if (reason !== 'bad_timestamp') return detail
  if (detail === 'The post has no time.') {
    return key === null ? `${detail} Send createdAt, or an Idempotency-Key.` : detail
  }
  return `${detail} Only the last 30 days are taken; look back at an older night with a replay.`
}
