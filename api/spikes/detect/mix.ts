/**
 * What the nation expects, from the states that it is made of. A state may talk of a narrative more or less than the
 * nation, and within minutes one state may come to hold most of all posts (local news): the nation's share then changes
 * though nobody's has. Were it not expected, the difference of the nation and that state would be off by many times what
 * the other states hold, and all of them would be judged by it.
 */

/** Sums over the states of a narrative in one tick. */
export interface Mix {
  /** Exposure; the same times each state's factor; the squares of these, times the variance of the factor's log. */
  exposure: number
  weighted: number
  squares: number
}

export function newMix(): Mix {
  return { exposure: 0, weighted: 0, squares: 0 }
}

/** Adds a state: its exposure, and the log of its factor on the nation's share with its variance. */
export function addToMix(mix: Mix, exposure: number, log: number, variance: number): void {
  const weighted = exposure * Math.exp(log)
  mix.exposure += exposure
  mix.weighted += weighted
  mix.squares += weighted * weighted * variance
}

/**
 * The factor on the nation's share that follows, and the variance of its log: the mean of the states' factors by exposure.
 * What no state holds has the factor 1, and where posts count in several states these weigh by their parts.
 */
export function mixFactor(mix: Mix, exposure: number): { factor: number; variance: number } {
  const rest = Math.max(0, exposure - mix.exposure)
  const total = mix.exposure + rest
  if (!(total > 0)) return { factor: 1, variance: 0 }
  const weighted = mix.weighted + rest
  return { factor: weighted / total, variance: mix.squares / (weighted * weighted) }
}
