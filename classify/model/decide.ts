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

/** Where the highest is, of those at `places`: the first where several are. */
function highest(scores: readonly number[], places: readonly number[]): number {
  let best = places[0]!
  for (const at of places) if (scores[at]! > scores[best]!) best = at
  return best
}

const ALL_STANCES = [...STANCES.keys()]
const ASSERTS = STANCES.indexOf('asserts')
const UNRELATED = STANCES.indexOf('unrelated')
const NOT_ASSERTS = ALL_STANCES.filter((at) => at !== ASSERTS)
const FLAGGED = [...NARRATIVES.keys()].filter((at) => FLAGGED_NARRATIVES.has(NARRATIVES[at]!))

/** Makes the stance at `at` the strongest by exchanging its probability with the one that is. */
function promote(scores: number[], at: number): void {
  const top = highest(scores, ALL_STANCES)
  const kept = scores[at]!
  scores[at] = scores[top]!
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

/** Those that hold, most probable first. `scores`: in the order of NARRATIVES. */
export function holding(scores: readonly number[]): Narrative[] {
  let held: number[] | null = null
  for (let at = 0; at < scores.length; at++) if (scores[at]! >= HOLDS) (held ??= []).push(at)
  if (held === null) return []
  return held.sort((a, b) => scores[b]! - scores[a]!).map((at) => NARRATIVES[at]!)
}

/**
 * `flagged` means exactly: asserts, and a flagged narrative holds. The three are estimated apart, so where they
 * disagree the flag (the best of them) wins, and the probability that is nearest to agreeing gives way.
 */
export function decide(probabilities: Probabilities, flagThreshold: number): Decision {
  // By place rather than by name, which takes a tenth of the time: most texts of an election come by here.
  const narrativeScores = probabilities.narratives.map(rounded)
  const stanceScores = probabilities.stances.map(rounded)
  const flagged = probabilities.flag >= flagThreshold
  const topFlagged = highest(narrativeScores, FLAGGED)
  let stance = highest(stanceScores, ALL_STANCES)

  if (flagged) {
    if (stance !== ASSERTS) promote(stanceScores, ASSERTS)
    stance = ASSERTS
    narrativeScores[topFlagged] = Math.max(narrativeScores[topFlagged]!, HOLDS)
  } else if (stance === ASSERTS && narrativeScores[topFlagged]! >= HOLDS) {
    const second = highest(stanceScores, NOT_ASSERTS)
    if (stanceScores[ASSERTS]! - stanceScores[second]! < narrativeScores[topFlagged]! - HOLDS) {
      promote(stanceScores, second)
      stance = second
    } else {
      for (const at of FLAGGED) narrativeScores[at] = Math.min(narrativeScores[at]!, BELOW)
    }
  }
  const narratives = holding(narrativeScores)
  // A stance is one towards a claim: where there is none, there is nothing to stand for or against.
  if (narratives.length === 0 && stance !== UNRELATED) {
    promote(stanceScores, UNRELATED)
    stance = UNRELATED
  }
  return {
    flagged,
    narratives,
    narrativeScores: narrativeRecord(narrativeScores),
    stance: STANCES[stance]!,
    stanceScores: stanceRecord(stanceScores),
  }
}
