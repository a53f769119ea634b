/** From a post to what is stored of it: the verdict on its text, or on the text that it reposts, and where it counts. */
import { hash64 } from '../ingest/base/hash.ts'
import type { Post } from '../ingest/contract.ts'
import type { PlaceId, Verdict } from './contract.ts'
import type { Reading } from './reading.ts'

export interface JudgedPost {
  post: Post
  /** First 64 bits of SHA-256 of the post's id. */
  key: string
  verdict: Verdict
  /** ISO 639-1; a repost has that of its original. */
  language: string
  /** The same for copies of one text; a repost has that of its original. `0` where no narrative is carried. */
  textKey: string
  /** Alike for near copies (see claims/sketch.ts); a repost has that of its original. Empty where no narrative is carried. */
  sketch: string
  /** `US`, and the places named in the text or, where none is named, the place that the source gives. */
  countedPlaces: readonly PlaceId[]
}

/** What is known of a text; a repost takes it over from its original. */
export type Original = Pick<JudgedPost, 'verdict' | 'language' | 'textKey' | 'sketch'>

export interface JudgeOptions {
  textKey: (text: string) => string
  sketchOf: (text: string) => string
  /** The place that a source's own words stand for, or null. */
  resolveHint: (hint: string) => PlaceId | null
  stateOf: (place: PlaceId) => PlaceId
}

/** Of a text without a narrative, which is not stored. */
export const NO_WORDING = { textKey: '0', sketch: '' } as const

/** Gives `judge(post, reading)`, and `judge(repost, original)`: what is known of the original is taken over. */
export function createJudge(options: JudgeOptions) {
  const { textKey: keyOf, sketchOf, resolveHint, stateOf } = options
  return function judge(post: Post, found: Reading | Original): JudgedPost {
    const { verdict, language } = found
    const { textKey, sketch } = 'textKey' in found ? found : wordingOf(post.text, verdict)
    return {
      post,
      key: hash64(post.id),
      verdict,
      language,
      textKey,
      sketch,
      countedPlaces: countedPlaces(verdict, post.placeHint, resolveHint, stateOf),
    }
  }

  function wordingOf(text: string, { narratives }: Verdict): Pick<Original, 'textKey' | 'sketch'> {
    return narratives.length > 0 ? { textKey: keyOf(text), sketch: sketchOf(text) } : NO_WORDING
  }
}

const COUNTRY: readonly PlaceId[] = ['US']

export type Judge = ReturnType<typeof createJudge>

function countedPlaces(
  verdict: Verdict,
  hint: string | null,
  resolveHint: (hint: string) => PlaceId | null,
  stateOf: (place: PlaceId) => PlaceId,
): readonly PlaceId[] {
  if (verdict.places.length > 0) return ['US', ...verdict.places]
  const hinted = hint === null ? null : resolveHint(hint)
  if (hinted === null || hinted === 'US') return COUNTRY
  const state = stateOf(hinted)
  return hinted === state ? ['US', state] : ['US', state, hinted]
}
