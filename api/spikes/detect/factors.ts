/**
 * What a series shares with others right now: the wave of its narrative over the nation, and the wave of all narratives
 * at its place. Both are ratios of what was just seen to what was expected, without the series itself, shrunk towards 1
 * by their own uncertainty, so that noise is not taken for a wave. (Two-way adjustment as in the space-time permutation
 * scan, Kulldorff and others 2005, made online.)
 */

/** Counts and expectations, of a series or of several together: recent ones, and this tick's. */
export interface Sums {
  y: number
  m: number
  nowY: number
  nowM: number
}

/** Counts are remembered for about this many ticks (half-life), long enough for a wave to show, short enough to follow it. */
const HALF_LIFE = 2
export const RECENT_KEEP = 0.5 ** (1 / HALF_LIFE)

/** Dispersion of the pooled counts behind a factor. */
const POOLED_C = 1.5

/** How sure the log of the nation's wave is before it is looked at: a standard deviation of about 0.55 beside the level's own. */
const WAVE_VARIANCE = 0.3

/** Posts that speak for "no wave at this place". */
const PLACE_PSEUDO = 3
/** Variance of a single series' own swelling and ebbing, which is no wave of its place. */
const OWN_VARIANCE = 0.04

/** Standard errors taken off a wave before it is believed. */
const NATION_CAUTION = 0.5
const SUDDEN_CAUTION = 1.5
const PLACE_CAUTION = 0.5

function cautious(log: number, error: number): number {
  return Math.exp(log > 0 ? Math.max(0, log - error) : Math.min(0, log + error))
}

/**
 * Bursts in more than this share of the nation are the nation's. Were they left out, what is left would be the difference of
 * two large expectations, near nothing or far too much, and every place beside it would seem to burst, for ever.
 */
const FEW_SHARE = 0.5

/** Those of `loud` that are left out of `all`: none where they are most of it. */
export function leftOut(all: Readonly<Sums>, loud: Readonly<Sums> | undefined): Readonly<Sums> {
  return loud !== undefined && loud.m <= FEW_SHARE * all.m ? loud : NONE
}

export const NONE: Readonly<Sums> = { y: 0, m: 0, nowY: 0, nowM: 0 }

interface WaveFactor {
  /** For the baseline: what the last few ticks say. */
  steady: number
  /** For the evidence: a wave may begin in a single tick, so that tick alone is asked too, and what says more holds. */
  highest: number
  /** Variance that is left of what the two share. */
  left: number
}

/**
 * The factor that the places of a larger one share, for one of them: what all of them show, less itself (`own`), less those
 * in a burst of their own (a few loud ones are not the nation). `relative` is the variance of the log of what is shared, before
 * this tick is looked at; `scale` is what is taken off all of them already.
 */
export function waveFactor(
  all: Readonly<Sums>,
  own: Readonly<Sums>,
  loud: Readonly<Sums>,
  relative: number,
  scale = 1,
): WaveFactor {
  const y = Math.max(0, all.y - loud.y - own.y)
  const m = Math.max(0, all.m - loud.m - own.m) * scale
  const nowY = Math.max(0, all.nowY - loud.nowY - own.nowY)
  const nowM = Math.max(0, all.nowM - loud.nowM - own.nowM) * scale
  const pseudo = POOLED_C / (relative + WAVE_VARIANCE)
  const recent = cautious(
    Math.log((y + pseudo) / (m + pseudo)),
    NATION_CAUTION * Math.sqrt(POOLED_C / (m + pseudo)),
  )
  const sudden = cautious(
    Math.log((nowY + pseudo) / (nowM + pseudo)),
    SUDDEN_CAUTION * Math.sqrt(POOLED_C / (nowM + pseudo)),
  )
  const left = 1 / (1 / Math.max(relative, 1e-9) + m / POOLED_C)
  return { steady: recent, highest: Math.max(recent, sudden), left }
}

/** Sums over the narratives of one place. */
export interface PlaceSums {
  y: number
  m: number
  m2: number
}

/** The place's factor for one of its narratives; `m` is that narrative's own expectation after the nation's factor. */
export function placeFactor(sums: PlaceSums, y: number, m: number): number {
  const restY = Math.max(0, sums.y - y)
  const restM = Math.max(0, sums.m - m)
  const log = Math.log((restY + PLACE_PSEUDO) / (restM + PLACE_PSEUDO))
  const total = restM + PLACE_PSEUDO
  const variance = POOLED_C / total + (OWN_VARIANCE * Math.max(0, sums.m2 - m * m)) / (total * total)
  return cautious(log, PLACE_CAUTION * Math.sqrt(variance))
}
