/** The rows that a judged post becomes. Column orders here and in store/schema belong together. */
import type { DeadLetter, Post } from '../ingest/contract.ts'
import { toWellFormed } from '../ingest/base/well-formed.ts'
import { isJudged } from './contract.ts'
import type { JudgedPost } from './judge.ts'
import type { Row } from './store/store.ts'

const MINUTE_MS = 60_000

/** Scores are stored as Float32: four decimals say all that a calibrated probability can. */
const rounded = (score: number): number => Math.round(score * 10_000) / 10_000

function roundedAll(scores: Readonly<Record<string, number>>): Record<string, number> {
  const out: Record<string, number> = {}
  for (const name in scores) out[name] = rounded(scores[name]!)
  return out
}

/** The minute of a post, since the epoch. */
export const minuteOf = ({ createdAt }: Pick<Post, 'createdAt'>): number => Math.floor(createdAt / MINUTE_MS)

export const POST_COLUMNS = [
  'minute',
  'post',
  'id',
  'source',
  'url',
  'author',
  'created_at',
  'captured_at',
  'text',
  'text_key',
  'sketch',
  'langs',
  'language',
  'reply_to',
  'repost_of',
  'quote_of',
  'place_hint',
  'marks',
  'cid',
  'payload_sha256',
  'flagged',
  'score',
  'narratives',
  'narrative_scores',
  'stance',
  'stance_scores',
  'words',
  'places',
  'counted_places',
  'model',
] as const

export function postRow({ post, key, verdict, language, textKey, sketch, countedPlaces }: JudgedPost): Row {
  return [
    minuteOf(post),
    key,
    post.id,
    post.source,
    post.url,
    post.author ?? '',
    post.createdAt,
    post.capturedAt,
    post.text,
    textKey,
    sketch,
    post.langs,
    language,
    post.replyTo,
    post.repostOf,
    post.quoteOf,
    post.placeHint,
    post.marks,
    post.evidence.cid,
    post.evidence.sha256,
    verdict.flagged,
    rounded(verdict.score),
    verdict.narratives,
    roundedAll(verdict.narrativeScores),
    verdict.stance,
    roundedAll(verdict.stanceScores),
    verdict.words,
    verdict.places,
    countedPlaces,
    verdict.model,
  ]
}

export const SEEN_COLUMNS = ['minute', 'post', 'source', 'election', 'unjudged', 'counted_places'] as const

export function seenRow({ post, key, verdict, language, countedPlaces }: JudgedPost): Row {
  const unjudged = isJudged(language) ? '' : language
  return [minuteOf(post), key, post.source, verdict.election, unjudged, countedPlaces]
}

export const DEAD_LETTER_COLUMNS = ['id', 'source', 'reason', 'detail', 'payload', 'captured_at'] as const

/** Whatever is wrong with what is set aside, it is stored: a letter that no table takes would hold up all behind it. */
export function deadLetterRow(letter: DeadLetter): Row {
  const [id, source, detail, payload] = [letter.id, letter.source, letter.detail, letter.payload].map(
    toWellFormed,
  )
  return [id, source, letter.reason, detail, payload, letter.capturedAt]
}
