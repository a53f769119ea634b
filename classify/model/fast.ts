/** The fast model: a plain text's calibrated probabilities, and the weight of each of its words. */
import { calibrate, type Probabilities } from './linear.ts'
import { createScorer, type Scorer } from './score.ts'
import { loadWeights, OUTPUTS, type Weights } from './weights.ts'

export interface FastModel {
  /** Of a text that `plain` gave. */
  judge(plain: string): Probabilities
  readonly scorer: Scorer
}

/** Throws ModelError where the weights that come with Tallywatch are to be loaded and are missing, cut or changed. */
export function createFastModel(weights: Weights = loadWeights()): FastModel {
  const scorer = createScorer(weights)
  const raw = new Float64Array(OUTPUTS)
  return {
    scorer,
    judge(plain) {
      scorer.score(plain, raw)
      return calibrate(raw, weights)
    },
  }
}
