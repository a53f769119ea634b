/** From raw outputs to probabilities that are true on the dev posts, and the threshold of the flag. */
import { NARRATIVES, STANCES } from '../contract.ts'
import { logistic, rawFlag, softmax } from '../model/linear.ts'
import { FIRST_NARRATIVE, FIRST_STANCE, type WeightsHeader } from '../model/weights.ts'
import { type Labelled, narrativesOf } from './data.ts'

export interface Judged {
  raw: Float64Array
  post: Labelled
}

interface Line {
  slope: number
  offset: number
}

/** Steps of gradient descent; the problems have 2 to 6 parameters and are convex. */
const STEPS = 4_000

/**
 * Platt scaling (Platt 1999), held near the identity by a prior worth `prior` posts, so that a narrative with few dev
 * posts keeps the line that training gave it.
 */
export function fitLine(raws: readonly number[], holds: readonly boolean[], prior: number): Line {
  let slope = 1
  let offset = 0
  const rate = 1 / (raws.length + prior)
  for (let step = 0; step < STEPS; step++) {
    let gradSlope = prior * (slope - 1)
    let gradOffset = prior * offset
    raws.forEach((raw, i) => {
      const error = logistic(slope * raw + offset) - (holds[i] === true ? 1 : 0)
      gradSlope += error * raw
      gradOffset += error
    })
    slope -= rate * Math.max(-50, Math.min(50, gradSlope)) * 0.3
    offset -= rate * gradOffset
  }
  return { slope, offset }
}

function fitStance(judged: readonly Judged[], prior: number): WeightsHeader['stance'] {
  const offsets = STANCES.map(() => 0)
  let sharpness = 1
  const rate = 1 / (judged.length + prior)
  for (let step = 0; step < STEPS / 4; step++) {
    const gradient = offsets.map((offset) => prior * offset)
    let gradSharp = prior * (sharpness - 1)
    for (const { raw, post } of judged) {
      const values = STANCES.map((_, i) => raw[FIRST_STANCE + i] ?? 0)
      const stances = softmax(values.map((value, i) => value * sharpness + (offsets[i] ?? 0)))
      stances.forEach((p, i) => {
        const error = p - (STANCES[i] === post.stance ? 1 : 0)
        gradient[i] = (gradient[i] ?? 0) + error
        gradSharp += error * (values[i] ?? 0)
      })
    }
    offsets.forEach((offset, i) => {
      offsets[i] = offset - rate * (gradient[i] ?? 0)
    })
    sharpness -= rate * 0.1 * gradSharp
  }
  return { temperature: 1 / sharpness, offsets }
}

/** Most of the posts that debunk a narrative that may be flagged, whatever it costs in F1. */
const DEBUNKS_FLAGGED_MAX = 0.27

/** The threshold of the best F1 among those that flag few enough of the debunking posts. */
function chooseThreshold(scores: readonly number[], posts: readonly Labelled[]): number {
  const debunks = posts.filter((post) => post.stance === 'debunks').length
  const flagged = posts.filter((post) => post.flag).length
  const order = scores.map((_, i) => i).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0))
  let best = { f1: 0, threshold: 0.5 }
  let hits = 0
  let wrongDebunks = 0
  order.forEach((i, rank) => {
    if (posts[i]?.flag === true) hits++
    if (posts[i]?.stance === 'debunks') wrongDebunks++
    const f1 = (2 * hits) / (rank + 1 + flagged)
    const next = scores[order[rank + 1] ?? -1] ?? 0
    if (f1 > best.f1 && wrongDebunks / Math.max(debunks, 1) <= DEBUNKS_FLAGGED_MAX) {
      best = { f1, threshold: ((scores[i] ?? 0) + next) / 2 }
    }
  })
  return best.threshold
}

/** Calibration of the model's raw outputs, by posts that it was not trained on. */
export function fitCalibration(
  judged: readonly Judged[],
): Pick<WeightsHeader, 'flag' | 'narrativeLines' | 'stance'> {
  const raws = judged.map(({ raw }) => rawFlag(raw))
  const posts = judged.map(({ post }) => post)
  const line = fitLine(
    raws,
    posts.map((post) => post.flag),
    1,
  )
  const scores = raws.map((raw) => logistic(line.slope * raw + line.offset))
  const narrativeLines = NARRATIVES.map((narrative, i) =>
    fitLine(
      judged.map(({ raw }) => raw[FIRST_NARRATIVE + i] ?? 0),
      posts.map((post) => narrativesOf(post).includes(narrative)),
      10,
    ),
  )
  return {
    flag: { ...line, threshold: chooseThreshold(scores, posts) },
    narrativeLines,
    stance: fitStance(judged, 10),
  }
}
