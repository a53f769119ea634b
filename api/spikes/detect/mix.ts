/**
 * What the nation expects, from the states that it is made of. A state may talk of a narrative more or less than the
 * nation, and within minutes one state may come to hold most of all posts (local news): the nation's share then changes
 * though nobody's has. Were it not expected, the difference of the nation and that state would be off by many times what
 * the other states hold, and all of them would be judged by it.
 */

/** A half-life of six hours: a place's usual part of the posts outlasts its news and follows the day. */
export const USUAL_KEEP = 0.5 ** (1 / 360)

/** A place in one tick: its exposure now, and its part of all exposure of late (up to a factor that all share); the log of its factor on the nation's share and its variance. */
export interface Part {
  exposure: number
  usual: number
  log: number
  variance: number
}

export interface Mix {
  /** What the parts together expect, as a factor on the nation's share; what no state holds has the factor 1. */
  parts: number
  /** Of that, what comes of the mix alone: 1 while every state holds its usual part, whatever its factor is. */
  shift: number
  /** Variance of the log of `shift`. */
  variance: number
}

/** The mix of the states. Where posts count in several states, these weigh by their parts. */
export function mixOf(nation: Pick<Part, 'exposure' | 'usual'>, states: readonly Part[]): Mix {
  const now = meanFactor(nation.exposure, states, (state) => state.exposure)
  const usual = meanFactor(nation.usual, states, (state) => state.usual)
  if (now === null || usual === null) return { parts: 1, shift: 1, variance: 0 }
  let variance = 0
  for (const { exposure, usual: faded, log, variance: own } of states) {
    const moved = (exposure / now.weighted - faded / usual.weighted) * Math.exp(log)
    variance += moved * moved * own
  }
  return { parts: now.mean, shift: now.mean / usual.mean, variance }
}

function meanFactor(
  whole: number,
  states: readonly Part[],
  weight: (state: Part) => number,
): { mean: number; weighted: number } | null {
  let sum = 0
  let weighted = 0
  for (const state of states) {
    sum += weight(state)
    weighted += weight(state) * Math.exp(state.log)
  }
  const rest = Math.max(0, whole - sum)
  const total = sum + rest
  return total > 0 ? { mean: (weighted + rest) / total, weighted: weighted + rest } : null
}
