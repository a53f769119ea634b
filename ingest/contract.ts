/** What ingest emits: posts, and the input that could not become one. */
import { z } from 'zod'

/** Longest text kept, in UTF-16 code units; longer ones are cut and marked `text_cut`. */
export const TEXT_MAX = 10_000

/** Every time is one that every table takes: from 1970 to the end of DateTime64's years. Epoch ms. */
const TIME_MAX = Date.UTC(2299, 11, 31, 23, 59, 59, 999)
export const timeSchema = z.number().int().min(0).max(TIME_MAX)

/** What was changed or doubted while a source's payload became a post. */
export const markSchema = z.enum([
  /** `createdAt` was in the future or before the source's window; `capturedAt` stands in its place. */
  'created_at_replaced',
  /** The text was longer than {@link TEXT_MAX}. */
  'text_cut',
  /** The payload held bytes that are not UTF-8; each was replaced by U+FFFD. */
  'invalid_utf8',
  /** Its author changed it after it was captured; the text here is the first one, by which it was judged. */
  'edited',
  /** Its author deleted it. */
  'deleted',
  /** Its author's account is gone: deleted, deactivated, suspended or taken down by the network. */
  'account_gone',
])
export type Mark = z.infer<typeof markSchema>

/** One public post, as every later stage sees it. Times are epoch milliseconds, UTC. */
export const postSchema = z.object({
  /** `bluesky:<did>/<rkey>`, `mastodon:<host>/<id>`, `file:<name>/<id>`, `push:<source>/<id>`; stable under redelivery. */
  id: z.string().min(1).max(600),
  source: z.string().min(1).max(300),
  /** The public permalink. */
  url: z.string().max(2_000).nullable(),
  /** HMAC-SHA-256 (hex) of the account under the installation's key; the handle itself is not kept. */
  author: z.string().nullable(),
  createdAt: timeSchema,
  capturedAt: timeSchema,
  /** NFC, without HTML. Empty for a repost, which takes the verdict of what it reposts. */
  text: z.string().max(TEXT_MAX),
  langs: z.array(z.string()),
  /** Ids in this same form, or null. */
  replyTo: z.string().nullable(),
  repostOf: z.string().nullable(),
  quoteOf: z.string().nullable(),
  /** A place that the source itself gives (a profile, a geotag), as the source writes it. */
  placeHint: z.string().max(200).nullable(),
  marks: z.array(markSchema),
  evidence: z.object({
    /** The source's own content id, where it has one. */
    cid: z.string().nullable(),
    /** SHA-256 (hex) of the original payload. */
    sha256: z.string(),
  }),
})
export type Post = z.infer<typeof postSchema>

/**
 * What became of a post, or of an account's posts, after they were captured. It changes no count: what was said was said.
 * Of several about one subject, the one with the latest `at` holds.
 */
export const changeSchema = z.object({
  source: z.string().min(1).max(300),
  /** `post`: a post's id. `account`: an author as posts name it. */
  of: z.enum(['post', 'account']),
  subject: z.string().min(1).max(600),
  /** A post is edited or deleted; an account is gone, or back. */
  change: z.enum(['edited', 'deleted', 'account_gone', 'account_back']),
  /** Epoch ms, by the source's clock. */
  at: timeSchema,
})
export type Change = z.infer<typeof changeSchema>

/**
 * An account's like of a post, or its taking back, which networks tell by the like's own id alone. Told only by sources
 * that were asked to.
 */
export const likeSchema = z.object({
  source: z.string().min(1).max(300),
  /** The like's own id, in the form of posts' ids. */
  id: z.string().min(1).max(600),
  /** The post's id; null: the like is taken back. */
  of: z.string().min(1).max(600).nullable(),
  /** Who likes, as posts name their authors. */
  author: z.string(),
})
export type Like = z.infer<typeof likeSchema>

/** Why a payload could not become a post. */
export const deadLetterReasonSchema = z.enum([
  'not_json',
  'not_csv',
  'unknown_shape',
  'no_text',
  'no_id',
  'bad_timestamp',
  'line_too_long',
  'truncated_input',
  'invalid_record',
])
export type DeadLetterReason = z.infer<typeof deadLetterReasonSchema>

/** Input that was set aside: counted, kept with its reason, never in the way of the stream. */
export const deadLetterSchema = z.object({
  /**
   * Stable under redelivery: source and place in it (`file:<name>#L12`, `topic:<name>/<partition>/<offset>`, and
   * `/<line>` behind it where a record of Kafka's holds several).
   */
  id: z.string().min(1),
  source: z.string(),
  reason: deadLetterReasonSchema,
  /** Plain words: what was wrong and where. */
  detail: z.string(),
  /** The start of the payload, at most 8,000 characters; the accounts in it are hashed before it is published. */
  payload: z.string(),
  capturedAt: timeSchema,
})
export type DeadLetter = z.infer<typeof deadLetterSchema>

/** A stretch of time and how much of it the source could see. `share` is the part seen: 1 complete, 0 none. */
export const coverageSchema = z.object({
  source: z.string(),
  from: timeSchema,
  to: timeSchema,
  kind: z.enum(['complete', 'partial', 'none']),
  share: z.number().min(0).max(1),
})
export type Coverage = z.infer<typeof coverageSchema>

/** What a source brought, over all of its runs. */
export const sourceCountsSchema = z.object({
  /** Payloads read, whatever became of them. */
  received: z.number().int().min(0),
  /** Posts given to the stream. */
  accepted: z.number().int().min(0),
  /** Payloads that the source knew to be sent again, and dropped. */
  duplicate: z.number().int().min(0),
  /** Set aside. */
  dead: z.number().int().min(0),
  /** Newest event time, epoch ms. */
  lastEventAt: timeSchema.nullable(),
})
export type SourceCounts = z.infer<typeof sourceCountsSchema>

/** What a source is doing, in a word for programs and in words for people. */
export const sourceStatusSchema = z.object({
  source: z.string(),
  state: z.enum(['starting', 'running', 'waiting', 'unreachable', 'finished', 'failed']),
  detail: z.string(),
  /** When this state began, epoch ms. */
  since: timeSchema,
  counts: sourceCountsSchema.optional(),
})
export type SourceStatus = z.infer<typeof sourceStatusSchema>

/**
 * What travels in the posts topic. Beside posts: what became of them, who likes them, a source's coverage and status, and the `end` of a finite source,
 * which is published to every partition and lets the last minutes be sealed without waiting for newer posts.
 */
export const streamRecordSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('post'), post: postSchema }),
  z.object({ kind: z.literal('change'), change: changeSchema }),
  z.object({ kind: z.literal('like'), like: likeSchema }),
  z.object({ kind: z.literal('coverage'), coverage: coverageSchema }),
  z.object({ kind: z.literal('status'), status: sourceStatusSchema }),
  z.object({ kind: z.literal('end'), source: z.string(), lastEventAt: timeSchema }),
])
export type StreamRecord = z.infer<typeof streamRecordSchema>
