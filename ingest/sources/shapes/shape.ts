/** A shape is a way of writing posts that is recognised by itself. */
import type { Change, DeadLetterReason, Like } from '../../contract.ts'
import type { Normalize, RawPost } from '../../normalize.ts'

/** A payload's JSON object. */
export type Fields = Readonly<Record<string, unknown>>

/** A raw post, and what its shape says of its capture. */
export interface Draft extends RawPost {
  /** Epoch ms, where the record says. */
  capturedAt: number | null
  /** Captured as it was written, so that a much older `createdAt` is not believed. */
  live?: boolean
  /** Brought along by another post, and perhaps much older: says nothing of when the recording was made. */
  embedded?: boolean
}

/** What became of a post or an account; `subject` is a post's id, or the account as the source names it. */
export interface ChangeDraft extends Omit<Change, 'source' | 'at'> {
  /** Epoch ms; null where the record does not say. */
  at: number | null
}

/** The change as every later stage sees it. `capturedAt` (epoch ms) stands for a time that is not told. */
export function toChange(
  { of, subject, change, at }: ChangeDraft,
  source: string,
  normalize: Normalize,
  capturedAt: number,
): Change {
  const named = of === 'account' ? normalize.author(subject) : subject
  return { source, of, subject: named, change, at: at ?? capturedAt }
}

/** Whose like of what; `account` as the source names it. */
export interface LikeDraft {
  id: string
  of: string | null
  account: string
}

export function toLike({ id, of, account }: LikeDraft, source: string, normalize: Normalize): Like {
  return { source, id, of, author: normalize.author(account) }
}

/** `nothing`: well-formed and not a post (an account's event). A post may come with what became of it. */
export type Recognised =
  | { kind: 'drafts'; drafts: readonly Draft[]; change?: ChangeDraft }
  | { kind: 'change'; change: ChangeDraft }
  | { kind: 'like'; like: LikeDraft }
  | { kind: 'nothing' }
  | { kind: 'bad'; reason: DeadLetterReason; detail: string }

/** What became of a post or an account by that record; null: nothing. */
export function changeOf(read: Recognised): ChangeDraft | null {
  return read.kind === 'change' || read.kind === 'drafts' ? (read.change ?? null) : null
}

/** Where a record stands, for the ids of posts that bring none of their own kind. */
export interface RecordPlace {
  /** `file:<name>/` */
  prefix: string
  /** `L<line>` */
  fallbackId: string
}

export const NO_DRAFT: Omit<Draft, 'id'> = {
  text: null,
  createdAt: null,
  capturedAt: null,
  account: null,
  url: null,
  langs: [],
  replyTo: null,
  repostOf: null,
  quoteOf: null,
  placeHint: null,
  cid: null,
}

export function bad(reason: DeadLetterReason, detail: string): Recognised {
  return { kind: 'bad', reason, detail }
}

/** The object, or null for anything else (an array too). */
export function fieldsOf(value: unknown): Fields | null {
  return isFields(value) ? value : null
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function stringOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** An id, which some write as a number. */
export function idOf(value: unknown): string | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : stringOf(value)
}
