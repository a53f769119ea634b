/**
 * What a series shares with others right now: the wave of its narrative over the nation, and the wave of all narratives
 * at its place. Both are ratios of what was just seen to what was expected, without the series itself, shrunk towards 1
 * by their own uncertainty, so that noise is not taken for a wave. (Two-way adjustment as in the space-time permutation
 * scan, Kulldorff and others 2005, made online.)
 */
import type { SeriesState } from './series.ts'

/** What the factors need of a series in this tick. */
interface Seen {
  s: SeriesState
  count: number
  plain: number
  whole: number
  /** Variance of the log of `plain`. */
  relative: number
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

/** Counts and expectations of a narrative's places that are in a burst of their own: recent ones, and this tick's. */
export interface Bursting {
  y: number
  m: number
  nowY: number
  nowM: number
}

/**
 * Bursts in more than this share of the nation are the nation's. Were they left out, what is left would be the difference of
 * two large expectations, near nothing or far too much, and every place beside it would seem to burst, for ever.
 */
const FEW_SHARE = 0.5

/** Whether a series is among the {@link Bursting} of the larger place that it leans on. */
export function isCounted(s: SeriesState): boolean {
  return s.burst !== null && (s.tier === 'state' || s.state >= 0)
}

const NONE: Bursting = { y: 0, m: 0, nowY: 0, nowM: 0 }

interface WaveFactor {
  /** For the baseline: what the last few ticks say. */
  steady: number
  /** For the evidence: a wave may begin in a single tick, so that tick alone is asked too, and what says more holds. */
  highest: number
  /** Variance that is left of what the two share. */
  left: number
}

/**
 * The factor of a larger place (the nation, or a county's state) for one inside it. Places in a burst of their own are left
 * out: a few loud ones are not the nation. `scale` is what the larger place itself shares with the nation.
 */
export function waveFactor(larger: Seen, own: Seen, places: Bursting = NONE, scale = 1): WaveFactor {
  const few = places.m <= FEW_SHARE * larger.s.recentWhole
  const bursting = few ? places : NONE
  const alone = !few || !isCounted(own.s)
  const y = Math.max(0, larger.s.recentY - bursting.y - (alone ? own.s.recentY : 0))
  const m = Math.max(0, larger.s.recentWhole - bursting.m - (alone ? own.s.recentM : 0)) * scale
  const nowY = Math.max(0, larger.count - bursting.nowY - (alone ? own.count : 0))
  const nowM = Math.max(0, larger.whole - bursting.nowM - (alone ? own.plain : 0)) * scale
  const pseudo = POOLED_C / (larger.relative + WAVE_VARIANCE)
  const recent = cautious(
    Math.log((y + pseudo) / (m + pseudo)),
    NATION_CAUTION * Math.sqrt(POOLED_C / (m + pseudo)),
  )
  const sudden = cautious(
    Math.log((nowY + pseudo) / (nowM + pseudo)),
    SUDDEN_CAUTION * Math.sqrt(POOLED_C / (nowM + pseudo)),
  )
  const left = 1 / (1 / Math.max(larger.relative, 1e-9) + m / POOLED_C)
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
