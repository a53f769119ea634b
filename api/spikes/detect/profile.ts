/** What is fixed in advance for a length of tick. Times are in ticks unless a name says otherwise. */
import type { DetectorOptions } from '../detector.ts'

const DAY_SECONDS = 86_400
/** A night, for the budget of false alarms: from the closing of the first polls to the morning. */
export const NIGHT_SECONDS = 12 * 3600

export interface Profile {
  stepSeconds: number
  hierarchical: boolean
  /** Windows over which counts are summed, shortest first. */
  windows: readonly number[]
  /** A tick reaches the baseline this many ticks later, so that a burst does not raise its own expectation. */
  guard: number
  /** Ticks over which a lone series' first level is averaged; a series with a parent starts from that. */
  start: number
  /** The level's parts: what each is worth at the start, how much it wanders a tick, how fast it forgets. */
  startVariance: readonly number[]
  wander: readonly number[]
  memory: readonly number[]
  /** Of those parts, how many are a trend and how many pairs are harmonics of the season. */
  trend: number
  harmonics: number
  season: number
  /** Half-life of the moments from which dispersion is learnt. */
  dispersionHalfLife: number
  /** Weight of the prior of the dispersion, in observations: half an hour of one nation's minutes; half a year of weeks. */
  priorWeight: number
  /** The same for the nation, whose narratives have one series each to learn from. */
  nationPriorWeight: number
  /** Scatter is learnt this many ticks late, so that a burst that is found by then does not teach that it is normal. */
  teachLag: number
  /** Squared residuals are cut at this many variances, so that a burst does not teach that bursts are normal. */
  winsor: number
  /** A burst's excess over this many standard deviations does not move the baseline. */
  clip: number
  /** No alarm before this many ticks of the whole detector. */
  silent: number
  /** A burst closes when nothing has stood out for this many ticks. */
  closeAfter: number
  /** A burst open for this long is the new normal: its ticks teach the baseline again. */
  freeze: number
  /** A score is new evidence only: higher than all within this time. */
  restSeconds: number
  /** Posts that a burst must hold at least: fewer is nothing that an office answers. */
  minimumPosts: number
  falseAlarmsPerNight: number
  falseDiscoveryRate: number
  /** A fixed tail probability instead of the budget, where replicates are watched singly. */
  fixedAlpha: number | null
}

/** Gives the profile for these options. Throws RangeError for options that are not usable. */
export function profileFor(options: DetectorOptions): Profile {
  const { stepSeconds, hierarchical } = options
  const nightly = options.falseAlarmsPerNight ?? 2
  const fdr = options.falseDiscoveryRate ?? 0.1
  if (!(stepSeconds > 0 && Number.isFinite(stepSeconds))) throw new RangeError('stepSeconds must be above 0')
  if (!(nightly > 0 && Number.isFinite(nightly))) throw new RangeError('falseAlarmsPerNight must be above 0')
  if (!(fdr >= 0 && fdr < 1)) throw new RangeError('falseDiscoveryRate must be at least 0 and below 1')
  const season = options.season?.[0] ?? Math.max(1, Math.round((52 * 7 * DAY_SECONDS) / stepSeconds))
  if (!(season >= 1 && Number.isFinite(season))) throw new RangeError('season must be 1 tick or longer')
  const shared = { stepSeconds, hierarchical, season, falseAlarmsPerNight: nightly, falseDiscoveryRate: fdr }
  return stepSeconds >= DAY_SECONDS ? { ...weekly, ...shared } : { ...minutely, ...shared }
}

/**
 * Election night by the minute. The level is a slow part (a random walk) plus a fast one that lasts about 40 minutes:
 * talk swells and ebbs in that time without being a burst.
 */
const minutely = {
  windows: [1, 2, 4, 8, 16, 30],
  guard: 5,
  start: 30,
  startVariance: [0.25, 0.03],
  wander: [3e-4, 0.001],
  memory: [1, Math.exp(-1 / 40)],
  trend: 0,
  harmonics: 0,
  dispersionHalfLife: 1440,
  priorWeight: 30,
  nationPriorWeight: 240,
  teachLag: 15,
  winsor: 12,
  clip: 2.5,
  silent: 8,
  closeAfter: 10,
  freeze: 240,
  restSeconds: 900,
  minimumPosts: 5,
  fixedAlpha: null,
} satisfies Partial<Profile>

/** Weekly reports: a trend and a season of two harmonics; each series stands alone. */
const weekly = {
  windows: [1, 2],
  guard: 6,
  start: 52,
  startVariance: [4, 0.25, 0.25, 0.25, 0.25, 0.25],
  wander: [0, 0, 0, 0, 0, 0],
  memory: [1, 1, 1, 1, 1, 1],
  trend: 1,
  harmonics: 2,
  dispersionHalfLife: 300,
  priorWeight: 10,
  nationPriorWeight: 10,
  teachLag: 0,
  winsor: 6,
  clip: 2.5,
  silent: 26,
  closeAfter: 1,
  freeze: 26,
  restSeconds: 0,
  minimumPosts: 1,
  fixedAlpha: 0.01,
} satisfies Partial<Profile>
