/** The source contract. A source is a small adapter that turns one outside stream into posts. */
import type { Change, Coverage, DeadLetter, Like, Post, SourceStatus } from '../contract.ts'

export type { SourceStatus } from '../contract.ts'
export type SourceState = SourceStatus['state']

/** Where a source resumes: any JSON value, understood by that source alone. */
export type Position = unknown

/** What a source read in one go. Positions never run ahead of what the batch and those before it hold. */
export interface SourceBatch {
  posts: readonly Post[]
  deadLetters: readonly DeadLetter[]
  coverage: readonly Coverage[]
  /** What became of posts, these or earlier ones; absent: nothing is known. */
  changes?: readonly Change[]
  /** Likes, where the source was asked for them. */
  likes?: readonly Like[]
  /** Payloads read for this batch, whatever became of them. */
  received: number
  /** Of these, sent again and dropped by the source. */
  duplicates?: number
  /** Of these, posts and dead letters that the source gave to the topic itself. */
  elsewhere?: { accepted: number; dead: number; lastEventAt: number | null }
  /** Resume here once this batch is durable. */
  position: Position
  /** Part of the source read so far, 0 to 1, where that is known. */
  progress: number | null
}

export interface Source {
  /** `file:<name>`, `bluesky`, `drill`, …; also the prefix of its posts' ids. */
  readonly name: string
  /** A live source follows the wall clock and never ends; the others carry their own clock and end. */
  readonly live: boolean
  status(): SourceStatus
  /** True where nothing ever came: nobody is told of it. Absent: everybody is told of it from the start. */
  isUnused?(): boolean
  /**
   * Reads from `position` (null: from the start) until the end or until `signal` aborts. Pulled, never pushed: it
   * reads no further than its consumer asks, but for a bounded buffer. Throws only for what a person must mend
   * (an unknown column, a missing file); a bad line becomes a dead letter, a lost connection is retried inside.
   */
  read(position: Position, signal: AbortSignal): AsyncIterable<SourceBatch>
}

/** A mistake that a person must mend; its message says what, where, and what to do. */
export class SourceError extends Error {
  override name = 'SourceError'
  constructor(
    readonly code: 'not_found' | 'unreadable' | 'unknown_column' | 'bad_map' | 'bad_spec',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
