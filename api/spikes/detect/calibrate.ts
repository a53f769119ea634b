/**
 * From the largest of several tail probabilities, each of a model that is only nearly right, to one that is true: the
 * top of what calm series show is followed as it comes (its quantile by stochastic approximation, its excess as an
 * exponential law: peaks over threshold, Pickands 1975) and the evidence is read against that.
 */

export interface Calibration {
  /** Evidence that a calm series passes in the share `TAIL` of ticks. */
  u: number
  /** Mean excess over it. */
  s: number
  n: number
}

/** Share of calm ticks that is called the tail. */
const TAIL = 0.015
const TAIL_LEVEL = -Math.log10(TAIL)
/** Mean excess, in powers of ten, if the model were exact. */
const EXACT = Math.LOG10E

/**
 * The calibration takes evidence away where the model claims too much; it adds next to none where it claims too little,
 * since a far tail cannot be read off a near one with confidence.
 */
const LEAST_LEVEL = 1.7
const LEAST_EXCESS = 0.42

export function newCalibration(): Calibration {
  return { u: 1.9, s: 0.55, n: 0 }
}

/** Evidence as -log10 of a calibrated probability. */
export function calibrated(x: Calibration, evidence: number): number {
  if (evidence <= x.u) return (evidence * TAIL_LEVEL) / x.u
  return TAIL_LEVEL + ((evidence - x.u) * EXACT) / x.s
}

/** Excesses are cut at this many means, so that a burst does not become the measure of calm. */
const EXCESS_CUT = 5
/** Gives back what the cut takes off the mean, and a little more for tails heavier than exponential. */
const CUT_CORRECTION = 1.035

/** True for evidence in the tail. */
export function isTail(x: Calibration, evidence: number): boolean {
  return evidence > x.u
}

/** Learns from a calm tick, as the `run`-th part of one: where few series are followed, a long excess is one, not many. */
export function learnCalm(x: Calibration, evidence: number, run: number): void {
  x.n += 1
  const step = 6 * Math.max(0.5 / (x.n + 2000), 2e-4)
  const over = isTail(x, evidence)
  x.u = Math.max(LEAST_LEVEL, x.u + step * ((over ? 1 : 0) - TAIL))
  if (!over) return
  const excess = Math.min(evidence - x.u, EXCESS_CUT * x.s) * CUT_CORRECTION
  const weight = Math.max(1 / (x.n * TAIL + 60), 0.002) / run
  x.s = Math.max(LEAST_EXCESS, x.s + weight * (excess - x.s))
}
