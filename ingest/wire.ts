/**
 * How the posts topic's records are written where they leave the process: a post as an array of its fields, everything else
 * as it is. The names of a post's fields are a quarter of its bytes, which are written, copied, kept and read.
 */
import type { Post, StreamRecord } from './contract.ts'
import type { Wire } from './topic/topic.ts'
import { draftOf } from './wire-draft.ts'

export const streamWire: Wire<StreamRecord> = {
  pack: (record) => (record.kind === 'post' ? columnsOf(record.post) : record),
  draft: (record) => (record.kind === 'post' ? draftOf(record.post) : null),
  unpack: (packed) => (Array.isArray(packed) ? { kind: 'post', post: toPost(packed) } : packed),
}

/** What most posts lack comes last, and is left out where nothing follows. */
function columnsOf(post: Post): unknown[] {
  const { id, source, author, createdAt, capturedAt, text, url, langs, marks, evidence } = post
  const { repostOf, replyTo, quoteOf, placeHint } = post
  const known = [id, source, createdAt, capturedAt, text, evidence.sha256, author, evidence.cid, url]
  const columns = [...known, orNull(langs), repostOf, replyTo, quoteOf, placeHint, orNull(marks)]
  while (columns.at(-1) === null) columns.pop()
  return columns
}

function orNull<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list
}

/** The contract judges what this makes of columns that are not ours. */
function toPost(columns: readonly unknown[]): unknown {
  const [id, source, createdAt, capturedAt, text, sha256, author = null, cid = null, url = null] = columns
  const [langs, repostOf = null, replyTo = null, quoteOf = null, placeHint = null, marks] = columns.slice(9)
  return {
    id,
    source,
    url,
    author,
    createdAt,
    capturedAt,
    text,
    langs: langs ?? [],
    replyTo,
    repostOf,
    quoteOf,
    placeHint,
    marks: marks ?? [],
    evidence: { cid, sha256 },
  }
}
