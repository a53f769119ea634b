/** From a file's records to batches. */
import { hash } from 'node:crypto'
import type { Change, Coverage, DeadLetter, DeadLetterReason, Post } from '../../contract.ts'
import type { Normalize } from '../../normalize.ts'
import { payloadOf } from '../dead-letter.ts'
import type { Recognise } from '../shapes/recognise.ts'
import { changeOf, toChange, type Draft } from '../shapes/shape.ts'
import { SourceError, type Position, type SourceBatch } from '../source.ts'
import type { Night } from './night.ts'
import type { FileRecord } from './record.ts'

/** Enough that a batch's own cost does not count, and about a megabyte of posts. */
const BATCH_MAX = 2_000

export interface BatcherOptions {
  /** `file:<name>` */
  name: string
  /** The file's name, where the source has several. */
  file?: string
  path: string
  normalize: Normalize
  recognise: Recognise
  /** Takes out of a payload who is an author only by the map. */
  hide: (payload: string) => string
  night: Night
  wallClock: () => number
  /** Whole lines that were read before. */
  line: number
}

export interface Batcher {
  add(record: FileRecord): void
  isFull(): boolean
  /** Whole lines read, of which every record was added. */
  line(): number
  /** Since this run began. */
  totals(): { posts: number; deadLetters: number }
  /** Gives what was added since the last time. */
  take(coverage: readonly Coverage[], position: Position, progress: number | null): SourceBatch
}

/** Makes a batcher. `add` throws SourceError `unknown_column` for CSV in which no column looks like the text. */
export function createBatcher(options: BatcherOptions): Batcher {
  const { name, path, normalize, recognise, hide, night, wallClock } = options
  const { file } = options
  const totals = { posts: 0, deadLetters: 0 }
  let { line } = options
  let posts: Post[] = []
  let deadLetters: DeadLetter[] = []
  let changes: Change[] = []
  let received = 0

  function idOf(record: FileRecord): string {
    const at = `L${record.line}${record.part}`
    return file === undefined ? `${name}#${at}` : `${name}/${file}#${byContent(at, record)}`
  }

  function setAside(record: FileRecord, part: string, reason: DeadLetterReason, detail: string): void {
    deadLetters.push({
      id: idOf(record) + part,
      source: name,
      reason,
      detail,
      payload: hide(payloadOf(record)),
      capturedAt: night.clock ?? wallClock(),
    })
    totals.deadLetters += 1
  }

  function addDraft(record: FileRecord, draft: Draft, part: string): void {
    const { window, capturedAt } = night.judge(draft.capturedAt, draft.live === true)
    const { payload, invalidUtf8 } = record
    const normalized = normalize(draft, { source: name, window, capturedAt, payload, invalidUtf8 })
    if (!normalized.ok) {
      setAside(record, part, normalized.reason, `Line ${record.line}: ${normalized.detail}`)
      return
    }
    if (draft.embedded !== true) night.note(normalized.post)
    posts.push(normalized.post)
    totals.posts += 1
  }

  return {
    add(record) {
      received += 1
      line = record.lastLine
      const { outcome } = record
      if (!outcome.ok) {
        setAside(record, '', outcome.reason, outcome.detail)
        return
      }
      const at = `L${record.line}${record.part}`
      const place = { prefix: `${name}/`, fallbackId: file === undefined ? at : byContent(at, record) }
      const read = recognise(outcome.fields, place, outcome.json ? record.raw : null)
      if (read.kind === 'drafts') {
        for (const [index, draft] of read.drafts.entries()) {
          addDraft(record, draft, read.drafts.length === 1 ? '' : `/${index + 1}`)
        }
      }
      const change = changeOf(read)
      if (change !== null) changes.push(toChange(change, name, normalize, night.clock ?? wallClock()))
      if (read.kind === 'bad') {
        if (read.reason === 'unknown_shape' && !outcome.json) {
          const mend = 'Say which one it is: --map text=COLUMN,id=COLUMN,createdAt=COLUMN,author=COLUMN.'
          throw new SourceError('unknown_column', `${path}: ${read.detail} ${mend}`)
        }
        setAside(record, '', read.reason, `Line ${record.line}: ${read.detail}`)
      }
    },
    isFull: () => posts.length >= BATCH_MAX || received >= BATCH_MAX,
    line: () => line,
    totals: () => totals,
    take(coverage, position, progress) {
      const batch = { posts, deadLetters, coverage, changes, received, position, progress }
      posts = []
      deadLetters = []
      changes = []
      received = 0
      return batch
    },
  }
}

/** Of several files the content tells: one that is renamed, or is there twice, brings the same posts. */
function byContent(at: string, { raw }: FileRecord): string {
  return `${at}-${hash('sha256', raw, 'hex').slice(0, 24)}`
}
