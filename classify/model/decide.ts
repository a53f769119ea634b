/** From probabilities to a verdict that agrees with itself. */
import { FLAGGED_NARRATIVES, type Narrative, NARRATIVES, type Stance, STANCES } from '../contract.ts'
import type { Probabilities } from './linear.ts'

/** A narrative holds from here on. */
const HOLDS = 0.5
/** What a probability is capped at that must not hold. */
const BELOW = 0.4999

export interface Decision {
  flagged: boolean
  narratives: Narrative[]
  narrativeScores: Record<Narrative, number>
  stance: Stance
  stanceScores: Record<Stance, number>
}

/** Probabilities as they are shown and stored. */
export function rounded(probability: number): number {
  return Math.round(probability * 1e4) / 1e4
}

function strongest<Name extends string>(
  scores: Readonly<Record<Name, number>>,
  among: readonly Name[],
): Name {
  return among.reduce((best, name) => (scores[name] > scores[best] ? name : best))
}

const FLAGGED = NARRATIVES.filter((narrative) => FLAGGED_NARRATIVES.has(narrative))
const NOT_ASSERTS = STANCES.filter((stance) => stance !== 'asserts')

/** Makes `stance` the strongest by exchanging its probability with the one that is. */
function promote(scores: Record<Stance, number>, stance: Stance): void {
  const top = strongest(scores, STANCES)
  const kept = scores[stance]
  scores[stance] = scores[top]
  scores[top] = kept
}

/** Scores by name; written out: an object of a fixed shape is made ten times faster than one from entries. */
export function narrativeRecord(p: readonly number[]): Record<Narrative, number> {
  return {
    votes_not_counted: rounded(p[0] ?? 0),
    machine_failure: rounded(p[1] ?? 0),
    results_manipulated: rounded(p[2] ?? 0),
    ballot_fraud: rounded(p[3] ?? 0),
    voting_obstructed: rounded(p[4] ?? 0),
  }
}

/** Scores by name. */
export function stanceRecord(p: readonly number[]): Record<Stance, number> {
  return {
    asserts: rounded(p[0] ?? 0),
    reports: rounded(p[1] ?? 0),
    questions: rounded(p[2] ?? 0),
    debunks: rounded(p[3] ?? 0),
    unrelated: rounded(p[4] ?? 0),
  }
}

/**
 * `flagged` means exactly: asserts, and a flagged narrative holds. The three are estimated apart, so where they
 * disagree the flag (the best of them) wins, and the probability that is nearest to agreeing gives way.
 */
export function decide(probabilities: Probabilities, flagThreshold: number): Decision {
  const narrativeScores = narrativeRecord(probabilities.narratives)
  const stanceScores = stanceRecord(probabilities.stances)
  const flagged = probabilities.flag >= flagThreshold
  const topFlagged = strongest(narrativeScores, FLAGGED)
  let stance = strongest(stanceScores, STANCES)

  if (flagged) {
    if (stance !== 'asserts') promote(stanceScores, 'asserts')
    stance = 'asserts'
    narrativeScores[topFlagged] = Math.max(narrativeScores[topFlagged], HOLDS)
  } else if (stance === 'asserts' && narrativeScores[topFlagged] >= HOLDS) {
    const second = strongest(stanceScores, NOT_ASSERTS)
    if (stanceScores.asserts - stanceScores[second] < narrativeScores[topFlagged] - HOLDS) {
      promote(stanceScores, second)
      stance = second
    } else {
      for (const name of FLAGGED) narrativeScores[name] = Math.min(narrativeScores[name], BELOW)
    }
  }
  const narratives = NARRATIVES.filter((name) => narrativeScores[name] >= HOLDS).sort(
    (a, b) => narrativeScores[b] - narrativeScores[a],
  )
  // A stance is one towards a claim: where there is none, there is nothing to stand for or against.
  if (narratives.length === 0 && stance !== 'unrelated') {
    promote(stanceScores, 'unrelated')
    stance = 'unrelated'
  }
  return { flagged, narratives, narrativeScores, stance, stanceScores }
}
