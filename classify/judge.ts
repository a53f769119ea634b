/** From a post to what is stored of it: the verdict on its text, or on the text that it reposts, and where it counts. */
import { hash64 } from '../ingest/base/hash.ts'
import type { Post } from '../ingest/contract.ts'
import type { PlaceId, Verdict } from './contract.ts'

export interface JudgedPost {
  post: Post
  /** First 64 bits of SHA-256 of the post's id. */
  key: string
  verdict: Verdict
  /** The same for copies of one text; a repost has that of its original. `0` where no narrative is carried. */
  textKey: string
  /** `US`, and the places named in the text or, where none is named, the place that the source gives. */
  countedPlaces: readonly PlaceId[]
}

/** What is known of a text; a repost takes it over from its original. */
export interface Original {
  verdict: Verdict
  textKey: string
}

export interface JudgeOptions {
  textKey: (text: string) => string
  /** The place that a source's own words stand for, or null. */
  resolveHint: (hint: string) => PlaceId | null
  stateOf: (place: PlaceId) => PlaceId
}

/** Gives `judge(post, verdict)`; for a repost the verdict and `known` text key are its original's. */
export function createJudge(options: JudgeOptions) {
  const { textKey, resolveHint, stateOf } = options
  return function judge(post: Post, verdict: Verdict, known: string | null = null): JudgedPost {
    return {
      post,
      key: hash64(post.id),
      verdict,
      textKey: known ?? (verdict.narratives.length > 0 ? textKey(post.text) : '0'),
      countedPlaces: countedPlaces(verdict, post.placeHint, resolveHint, stateOf),
    }
  }
}

export type Judge = ReturnType<typeof createJudge>

function countedPlaces(
  verdict: Verdict,
  hint: string | null,
  resolveHint: (hint: string) => PlaceId | null,
  stateOf: (place: PlaceId) => PlaceId,
): PlaceId[] {
  if (verdict.places.length > 0) return ['US', ...verdict.places]
  const hinted = hint === null ? null : resolveHint(hint)
  if (hinted === null || hinted === 'US') return ['US']
  const state = stateOf(hinted)
  return hinted === state ? ['US', state] : ['US', state, hinted]
}
