/**
 * The threshold over all series together. People give one number, the false alarms that they accept in a night; it is
 * divided over the tiers (nation, states, counties) by the square root of their numbers of series, so that thousands of
 * counties do not deafen the nation, and inside a tier evenly over its series and ticks. When much is found it loosens as far as the false discovery rate allows over
 * the last day: the decaying-memory form of LORD for streams watched for ever (Javanmard and Montanari 2018; Rebjock,
 * Kurt, Januschowski and Callot 2021).
 */
import { NIGHT_SECONDS, type Profile } from './profile.ts'
import type { Tier } from './series.ts'

/**
 * Ticks by the minute in which one chance excess stays above a threshold, since the windows overlap; they are one alarm.
 * Measured on simulated calm nights: 2 to 4.
 */
const RUN_TICKS = 3

/**
 * No single series may have more than this part of the budget, however few are watched: the budget is a ceiling, not
 * something to be used up. Where two false alarms a night are accepted, that is one a series in a hundred nights.
 */
const SHARE_OF_ONE_SERIES = 0.005

const DAY_SECONDS = 86_400

export interface Budget {
  /** Ticks at which something was found in the last day, by tier. */
  found: Record<Tier, number[]>
  series: Record<Tier, number>
}

export function newBudget(): Budget {
  return { found: { nation: [], state: [], county: [] }, series: { nation: 0, state: 0, county: 0 } }
}

/** Evidence that a series of this tier must reach now, as -log10 of a tail probability. */
export function threshold(profile: Profile, budget: Budget, tier: Tier): number {
  if (profile.fixedAlpha !== null) return -Math.log10(profile.fixedAlpha)
  const { nation, state, county } = budget.series
  const share =
    Math.sqrt(budget.series[tier]) / Math.max(1, Math.sqrt(nation) + Math.sqrt(state) + Math.sqrt(county))
  const tests = Math.max(1, budget.series[tier]) / RUN_TICKS
  const ticks = (seconds: number): number => Math.max(1, seconds / profile.stepSeconds)
  const fixed = (profile.falseAlarmsPerNight * share) / (tests * ticks(NIGHT_SECONDS))
  const earned = (profile.falseDiscoveryRate * budget.found[tier].length) / (tests * ticks(DAY_SECONDS))
  const single = (profile.falseAlarmsPerNight * SHARE_OF_ONE_SERIES * RUN_TICKS) / ticks(NIGHT_SECONDS)
  return -Math.log10(Math.min(single, Math.max(fixed, earned)))
}

/** Forgets what was found more than a day before tick `n`. */
export function forget(profile: Profile, budget: Budget, n: number): void {
  const day = DAY_SECONDS / profile.stepSeconds
  for (const found of Object.values(budget.found))
    while (found.length > 0 && found[0]! < n - day) found.shift()
}
