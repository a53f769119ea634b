/** Fits the linear model: all outputs at once, by stochastic gradients with AdaGrad, always in the same order. */
import { NARRATIVES, STANCES } from '../contract.ts'
import { FEATURE_BITS, featuresOf } from '../model/features.ts'
import { featureValue, logistic, rawOutputs, softmax } from '../model/linear.ts'
import { cleanText } from '../model/normalize.ts'
import { createPlain } from '../model/plain.ts'
import { FIRST_NARRATIVE, FIRST_STANCE, OUTPUTS } from '../model/weights.ts'
import { type Labelled, narrativesOf } from './data.ts'
import { FLAG, NARRATIVE, type Soft, STANCE } from './soft.ts'

/** Chosen by the filter tables on texts kept from learning; none of them is sharp. */
export const HYPERPARAMETERS = {
  epochs: 5,
  /** Weights are the mean over the last epochs: it smooths the order of the posts away. */
  averagedEpochs: 2,
  learningRate: 0.15,
  l2: 1e-5,
  /** Weight of a post whose label another careful reader could have chosen otherwise. */
  unsureWeight: 0.6,
  /** Weight of a sentence of our own: it shows a frame, but is no find. */
  ownWeight: 0.25,
  /** Weight of a composed Spanish post (spanish.ts). */
  spanishWeight: 0.5,
  /** Weight of a text that teachers judged; there are sixteen times as many of them. */
  softWeight: 1,
  /** Features of fewer training posts than this get no weight: they cannot be learned, and could be remembered. */
  postsMin: 3,
  seed: 1,
}

export interface Example {
  ids: Uint32Array
  /** Probability of each output: 0 or 1 by a label, anything between by a teacher. */
  targets: Float32Array
  weight: number
}

const plain = createPlain()

/** A labelled post as the model's features and targets. */
export function toExample(
  post: Labelled,
  weight = post.sure === 1 ? 1 : HYPERPARAMETERS.unsureWeight,
): Example {
  const targets = new Float32Array(OUTPUTS)
  targets[0] = post.flag ? 1 : 0
  for (const narrative of narrativesOf(post)) targets[FIRST_NARRATIVE + NARRATIVES.indexOf(narrative)] = 1
  targets[FIRST_STANCE + STANCES.indexOf(post.stance)] = 1
  return { ids: Uint32Array.from(featuresOf(plain(cleanText(post.text)))), targets, weight }
}

/** A text that the teachers judged; its text is plain already. */
export function toSoftExample({ text, p }: Soft): Example {
  const targets = new Float32Array(OUTPUTS)
  targets[0] = p[FLAG]!
  NARRATIVES.forEach((_, i) => {
    targets[FIRST_NARRATIVE + i] = p[NARRATIVE + i]!
  })
  STANCES.forEach((_, i) => {
    targets[FIRST_STANCE + i] = p[STANCE + i]!
  })
  return { ids: Uint32Array.from(featuresOf(text)), targets, weight: HYPERPARAMETERS.softWeight }
}

export interface Fitted {
  rows: Float32Array
  bias: Float64Array
}

/** Mulberry32: a small seeded generator of numbers in [0, 1). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return function random() {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function shuffle(order: number[], random: () => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const kept = order[i] ?? 0
    order[i] = order[j] ?? 0
    order[j] = kept
  }
}

/** Gradient of the loss by the raw outputs: logistic loss for flag and narratives, cross entropy for stance. */
function gradientOf(raw: Float64Array, targets: Float32Array, into: Float64Array): void {
  for (let k = 0; k < FIRST_STANCE; k++) into[k] = logistic(raw[k] ?? 0) - (targets[k] ?? 0)
  const stances = softmax([...raw.subarray(FIRST_STANCE)])
  stances.forEach((p, i) => {
    into[FIRST_STANCE + i] = p - (targets[FIRST_STANCE + i] ?? 0)
  })
}

function frequentRows(examples: readonly Example[]): Uint8Array {
  const posts = new Uint32Array(1 << FEATURE_BITS)
  for (const example of examples) for (const id of example.ids) posts[id]!++
  return Uint8Array.from(posts, (count) => (count >= HYPERPARAMETERS.postsMin ? 1 : 0))
}

/** Raw outputs of an example. */
export function rawOf(fitted: Fitted, example: Example): Float64Array {
  const raw = new Float64Array(OUTPUTS)
  rawOutputs(fitted.rows, fitted.bias, example.ids, raw)
  return raw
}

/** Fits on the examples. Deterministic: the same examples give the same weights, bit for bit. */
export function fit(examples: readonly Example[]): Fitted {
  const { epochs, averagedEpochs, learningRate, l2, seed } = HYPERPARAMETERS
  const known = frequentRows(examples)
  const rows = new Float32Array(OUTPUTS << FEATURE_BITS)
  const squares = new Float32Array(rows.length).fill(1e-6)
  const mean = new Float32Array(rows.length)
  const bias = new Float64Array(OUTPUTS)
  const biasSquares = new Float64Array(OUTPUTS).fill(1e-6)
  const meanBias = new Float64Array(OUTPUTS)
  const raw = new Float64Array(OUTPUTS)
  const gradient = new Float64Array(OUTPUTS)
  const random = createRandom(seed)
  const order = examples.map((_, i) => i)

  function learn(example: Example): void {
    rawOutputs(rows, bias, example.ids, raw)
    gradientOf(raw, example.targets, gradient)
    const value = featureValue(example.ids.length) * example.weight
    for (const id of example.ids) {
      if (known[id] === 0) continue
      for (let k = 0, at = id * OUTPUTS; k < OUTPUTS; k++, at++) {
        const g = gradient[k]! * value + l2 * rows[at]!
        squares[at]! += g * g
        rows[at]! -= (learningRate * g) / Math.sqrt(squares[at]!)
      }
    }
    for (let k = 0; k < OUTPUTS; k++) {
      const g = gradient[k]! * example.weight
      biasSquares[k]! += g * g
      bias[k]! -= (learningRate * g) / Math.sqrt(biasSquares[k]!)
    }
  }

  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random)
    for (const i of order) learn(examples[i]!)
    if (epoch < epochs - averagedEpochs) continue
    for (let i = 0; i < rows.length; i++) mean[i]! += rows[i]! / averagedEpochs
    for (let k = 0; k < OUTPUTS; k++) meanBias[k]! += bias[k]! / averagedEpochs
  }
  return { rows: mean, bias: meanBias }
}
