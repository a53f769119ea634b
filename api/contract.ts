/** What the API sends: spikes, series, rebuttals, and what the sources could see. Times are epoch ms, UTC. */
import { z } from 'zod'
import { narrativeSchema, placeSchema, stanceSchema } from '../classify/contract.ts'
import { coverageSchema, markSchema, sourceStatusSchema } from '../ingest/contract.ts'

const time = z.number().int()
const count = z.number().int().min(0)

/** What a person writes: no control characters and no half of a character, which a file could not keep. */
const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), 'must be one line of plain text')
const paragraphs = (max: number) =>
  z
    .string()
    .trim()
    .overwrite((text) => text.replaceAll('\r\n', '\n'))
    .min(1)
    .max(max)
    .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text.replaceAll(/[\n\t]/g, '')), 'must be plain text')

/** A post behind a spike, with its verdict: what the page lists and the export holds. */
export const flaggedPostSchema = z
  .object({
    id: z.string(),
    source: z.string(),
    url: z.string().nullable(),
    author: z.string().nullable().describe('HMAC-SHA-256 of the account; never the handle'),
    createdAt: time,
    capturedAt: time,
    text: z
      .string()
      .describe(
        'original text; empty where it was edited or deleted since and the office holds such posts back',
      ),
    langs: z.array(z.string()).describe('as the source says'),
    language: z.string().describe('ISO 639-1: what it was judged as'),
    replyTo: z.string().nullable(),
    repostOf: z.string().nullable(),
    quoteOf: z.string().nullable(),
    placeHint: z.string().nullable(),
    marks: z.array(markSchema),
    cid: z.string().nullable(),
    payloadSha256: z.string(),
    flagged: z.boolean(),
    score: z.number(),
    narratives: z.array(narrativeSchema),
    narrativeScores: z.record(z.string(), z.number()),
    stance: stanceSchema,
    stanceScores: z.record(z.string(), z.number()),
    words: z.array(z.string()),
    places: z.array(placeSchema),
    likes: count
      .nullable()
      .describe('accounts that like it now, of those seen; null where nobody counts them'),
    cluster: z.string().describe('id of the claim that it makes: reposts, copies and near copies have one'),
    model: z.string(),
  })
  .meta({ id: 'Post' })
export type FlaggedPost = z.infer<typeof flaggedPostSchema>

/** `withdrawn`: later posts, or a gap that was told late, changed the counts so that the burst no longer stands; kept, so that the change is seen. */
export const spikePhaseSchema = z.enum(['open', 'growing', 'peaked', 'closed', 'withdrawn'])

/** One burst of one narrative at one place, as one object for all of its life. */
export const spikeSchema = z
  .object({
    id: z.string(),
    narrative: narrativeSchema,
    place: placeSchema,
    placeName: z.string(),
    phase: spikePhaseSchema,
    onset: time.describe('first minute of the burst'),
    detected: time.describe('minute whose counts made it an alarm'),
    peak: time.describe('minute with the most posts'),
    end: time
      .nullable()
      .describe(
        'last minute of the burst; null while it is open; of one withdrawn before its end, the last counted',
      ),
    posts: count.describe('distinct posts from onset to end that assert the narrative'),
    authors: count,
    texts: count,
    expected: z
      .number()
      .min(0)
      .describe('voices expected in that time without a burst; of an echo: its voices'),
    size: z.number().describe('voices beyond those expected; of an echo: posts beyond its voices'),
    sizeLow: z.number().describe('lower end of the 95 % interval of size'),
    sizeHigh: z.number(),
    score: z.number().describe('-log10 of the tail probability, highest so far'),
    echo: z
      .boolean()
      .default(false)
      .describe('many posts, but few accounts or few texts: shown, and no alarm'),
    debunks: count.describe('posts that debunk the narrative in that time'),
    examples: z.array(z.string()).describe('ids of the top posts'),
    reason: z.string().nullable().default(null).describe('why it was withdrawn'),
    successor: z
      .string()
      .nullable()
      .default(null)
      .describe(
        'of a withdrawn one: id of the spike of its narrative and place that stands at its time; its answers are there',
      ),
    revision: z.number().int().min(1).describe('grows by one with every change'),
  })
  .meta({ id: 'Spike' })
export type Spike = z.infer<typeof spikeSchema>

/** One minute (or longer bucket) of one series. */
export const seriesPointSchema = z.object({
  t: time,
  posts: count,
  authors: count,
  debunks: count,
  reports: count,
  questions: count,
  exposure: count.describe('election posts seen at that place in that time'),
  seen: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('part of that time that every source could see; left out where it is all of it'),
})
export type SeriesPoint = z.infer<typeof seriesPointSchema>

export const seriesSchema = z
  .object({
    narrative: narrativeSchema,
    place: placeSchema,
    stepMinutes: z.number().int().min(1),
    points: z.array(seriesPointSchema),
  })
  .meta({ id: 'Series' })
export type Series = z.infer<typeof seriesSchema>

/** A source's status, what it brought, and what it could not see. */
export const sourceHealthSchema = sourceStatusSchema.extend({
  lagMs: z.number().nullable().optional().describe('how old its newest post is; null before the first'),
  gapSeconds: z
    .number()
    .min(0)
    .optional()
    .describe('time that it could not see, up to now while it is cut off; parts of it by their share'),
})
export type SourceHealth = z.infer<typeof sourceHealthSchema>

/** What the page's clock shows. */
export const statusSchema = z
  .object({
    mode: z.enum(['live', 'replay', 'drill']),
    /** Now on the night's own clock: the wall clock when live, else the newest event time seen. */
    clock: time.nullable(),
    /** Every minute that ends at or before this is sealed. */
    sealedThrough: time.nullable(),
    /** First minute with any post. */
    from: time.nullable(),
    lag: count.describe(
      'posts that wait to be judged; with Kafka about as many, and those that no worker takes are counted as messages of up to 64 posts',
    ),
    posts: count,
    election: count,
    flagged: count,
    /** Posts judged in haste, by the fast model alone, because more came than could be judged; they are judged again. */
    hasty: count,
    deadLettered: count,
    sources: z.array(sourceHealthSchema),
    /** How long ago the newest post was stored, in wall-clock ms; null before the first. */
    staleMs: z.number().nullable(),
  })
  .meta({ id: 'Status' })
export type Status = z.infer<typeof statusSchema>

/** Posts that might carry a narrative, and were not judged: the model was not tested on their language. */
export const notJudgedSchema = z.object({
  kind: z.literal('not_judged'),
  language: z.string().describe('ISO 639-1'),
  posts: count,
  from: time.describe('first minute with one'),
  to: time.describe('end of the last minute with one'),
})
export type NotJudged = z.infer<typeof notJudgedSchema>

/** What could not be seen, by source and time, and what was seen and not judged, by language. */
export const coverageEntrySchema = z.union([coverageSchema, notJudgedSchema])
export type CoverageEntry = z.infer<typeof coverageEntrySchema>

export const coverageListSchema = z.object({ coverage: z.array(coverageEntrySchema) })

export const rebuttalStateSchema = z.enum(['drafted', 'approved', 'published', 'corrected', 'withdrawn'])

export const ratingSchema = z.enum(['False', 'Misleading', 'Missing context', 'True'])

export const rebuttalSchema = z
  .object({
    id: z.string(),
    slug: z.string(),
    state: rebuttalStateSchema,
    spikeId: z.string().nullable(),
    narrative: narrativeSchema,
    place: placeSchema,
    claim: z.string().describe('the claim that is answered, in neutral words'),
    text: z.string().describe('the official answer'),
    link: z.url().describe('the official page'),
    rating: ratingSchema,
    office: z.string(),
    draftedBy: z.string(),
    approvedBy: z.string().nullable(),
    draftedAt: time,
    publishedAt: time.nullable(),
    updatedAt: time,
    /** On the night's own clock when it was published: where the chart draws it. */
    publishedClock: time.nullable(),
    note: z.string().nullable().describe('what was corrected, or why it was withdrawn'),
    entryHash: z.string().describe("SHA-256 of the rebuttal's newest entry in the ledger"),
  })
  .meta({ id: 'Rebuttal' })
export type Rebuttal = z.infer<typeof rebuttalSchema>

const volumeSchema = z.object({
  posts: count,
  perMinute: z.number().describe('posts a minute, over the minutes seen'),
  sharePerMille: z
    .number()
    .nullable()
    .describe('posts per thousand election posts; null where none was seen'),
  minutesSeen: count.describe('minutes of the window that lie in the sealed part of the night'),
})

/** A narrative's volume around a published rebuttal; a rate is posts a minute. */
export const effectSchema = z.object({
  rebuttalId: z.string(),
  at: time,
  windowMinutes: z.number().int(),
  before: volumeSchema,
  after: volumeSchema,
})
export type Effect = z.infer<typeof effectSchema>

/** What a push brought. Sent again with the same key it is answered with the same figures. */
export const pushAnswerSchema = z
  .object({
    source: z.string(),
    received: count.describe('records in the body'),
    accepted: count.describe('posts taken, those that were known before too'),
    setAside: count.describe('records that are no posts, kept with the reason (uploads only)'),
  })
  .meta({ id: 'PushAnswer' })
export type PushAnswer = z.infer<typeof pushAnswerSchema>

/** RFC 9457 problem document with a stable `code`. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .describe('what is wrong with each field of the request'),
    line: count.optional().describe('of a push: the line, or the item, that is at fault; from 1'),
    accepted: count.optional().describe('of a push: posts before that line, which were taken'),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof problemSchema>

/** A flagged post that was stored just now, without its words: those are at `/api/posts`, where they may be held back. */
export const arrivedPostSchema = z.object({
  id: z.string(),
  createdAt: time,
  capturedAt: time.describe('when it arrived'),
  narratives: z.array(narrativeSchema),
  places: z.array(placeSchema).describe('where it is counted'),
})
export type ArrivedPost = z.infer<typeof arrivedPostSchema>

/** Most posts in one event of the live stream: some 20 kB. */
export const ARRIVED_MAX = 100

/** Events of `/api/live`; each but `clock` has an id and is sent exactly once across reconnects. */
export const liveEventSchema = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('sealed'), from: time, to: time, corrected: z.boolean() }),
    z.object({ type: z.literal('spike'), spike: spikeSchema }),
    z.object({ type: z.literal('rebuttal'), rebuttal: rebuttalSchema }),
    z.object({
      type: z.literal('posts'),
      posts: z
        .array(arrivedPostSchema)
        .min(1)
        .max(ARRIVED_MAX)
        .describe('in the order in which they were stored; each is told once, however often it is delivered'),
      flagged: count.describe("the status's count, with these"),
    }),
    z.object({ type: z.literal('reset'), reason: z.string() }),
  ])
  .meta({ id: 'LiveEvent' })
export type LiveEvent = z.infer<typeof liveEventSchema>

/** Posts that say the same: reposts, copies and near copies together. */
export const topClaimSchema = z.object({
  id: z.string().describe("the posts' `cluster`"),
  text: z.string().describe('its most repeated text'),
  posts: count,
  authors: count,
  texts: count.describe('distinct texts, apart from links, mentions, case and punctuation'),
  first: time.describe('its first post here'),
  example: z.string().describe('id of the first post with that text'),
})
export type TopClaim = z.infer<typeof topClaimSchema>

/** A spike with the evidence for it. */
export const spikeDetailSchema = spikeSchema.extend({
  topClaims: z.array(topClaimSchema).describe('those with the most posts first'),
  firstPosts: z.array(flaggedPostSchema).describe('oldest first'),
  topPosts: z.array(flaggedPostSchema).describe("the spike's examples"),
  places: z.array(z.object({ place: placeSchema, name: z.string(), posts: count })),
  newWords: z
    .array(
      z.object({
        word: z.string(),
        texts: count.describe('texts of the spike with the word'),
        before: count.describe('texts of the six hours before, on the same narrative, with the word'),
        z: z.number().describe('standard deviations of its log odds above those of the hours before'),
      }),
    )
    .describe(
      'words that the hours before had less: log odds with a Dirichlet prior, Monroe and others 2008',
    ),
  reposts: count.describe("posts that pass on another's"),
  risingWith: z
    .array(spikeSchema.pick({ id: true, narrative: true, place: true, placeName: true, posts: true }))
    .describe("other narratives' spikes at the same time at, in or around its place"),
  stances: z.record(stanceSchema, count).describe('all posts of the narrative in that time, by stance'),
  rebuttals: z.array(z.object({ rebuttal: rebuttalSchema, effect: effectSchema.nullable() })),
})
export type SpikeDetail = z.infer<typeof spikeDetailSchema>

export const spikeListSchema = z.object({ spikes: z.array(spikeSchema) })
export const seriesListSchema = z.object({ series: z.array(seriesSchema) })

/** Flagged posts (or those that assert one narrative) by state, over sealed minutes. */
export const mapSchema = z.object({
  narrative: narrativeSchema.nullable(),
  from: time,
  to: time,
  places: z.array(
    z.object({
      place: placeSchema,
      name: z.string(),
      posts: count,
      exposure: count,
      sharePerMille: z.number().nullable(),
    }),
  ),
})
export type StateMap = z.infer<typeof mapSchema>

export const postPageSchema = z.object({
  posts: z.array(flaggedPostSchema),
  next: z.string().nullable().describe('cursor of the next page; null on the last'),
})
export type PostPage = z.infer<typeof postPageSchema>

export const placeListSchema = z.object({
  places: z.array(z.object({ id: placeSchema, name: z.string(), ocdId: z.string().nullable() })),
})

const person = line(100).describe("the person's name")

/** `draftedBy` and the like: the person who does it, by name. */
export const draftSchema = z.object({
  draftedBy: person,
  spikeId: z.string().max(100).nullable().default(null),
  narrative: narrativeSchema.optional().describe("the spike's, where a spike is named"),
  place: placeSchema.optional().describe("the spike's, where a spike is named"),
  claim: line(500).describe('the claim that is answered, in neutral words'),
  text: paragraphs(5_000).describe('the official answer'),
  link: z.url().max(2_000).describe('the official page; https'),
  rating: ratingSchema.default('False'),
  office: line(200).optional().describe("the office that answers; the installation's own, if none is given"),
})
export type Draft = z.input<typeof draftSchema>

export const approvalSchema = z.object({
  approvedBy: person.describe('another person than the one who drafted it'),
})
export const publicationSchema = z.object({ publishedBy: person })

/** What is given replaces what was published. */
export const correctionSchema = z.object({
  correctedBy: person,
  approvedBy: person.describe('the second person, who read the correction'),
  note: line(500).describe('what was corrected, for the public page'),
  claim: line(500).optional(),
  text: paragraphs(5_000).optional(),
  link: z.url().max(2_000).optional(),
  rating: ratingSchema.optional(),
})
export type CorrectionInput = z.input<typeof correctionSchema>

export const withdrawalSchema = z.object({
  withdrawnBy: person,
  reason: line(500).describe('for the public page'),
})
export type WithdrawalInput = z.input<typeof withdrawalSchema>

export const rebuttalListSchema = z.object({ rebuttals: z.array(rebuttalSchema) })
