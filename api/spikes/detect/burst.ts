/** A burst's life: opened at the tick whose evidence passed the threshold, told anew as it grows, closed when it cooled. */
import type { Burst } from '../detector.ts'
import type { Dispersion } from './dispersion.ts'
import type { Profile } from './profile.ts'
import { countAt, expectedAt, type BurstState, type SeriesState } from './series.ts'

/**
 * Two-sided 95 % of the normal law, widened by a fifth: the model's scatter is only nearly right, and the end of a burst
 * is cut where it sinks into the noise. (On simulated nights 1.96 alone covered 89 % of the true sizes.)
 */
const Z95 = 1.959964 * 1.2

/** A crest older than this many ticks is past. */
const CREST_TICKS = 5

/** Ticks in which nothing could be seen (exposure 0) after which an open burst is closed: an hour by the minute. */
const UNSEEN_LIMIT = 60

/** Index of the four-tick window or of the longest below it: smooth enough for a crest, quick enough to follow it. */
function crestWindow(profile: Profile): number {
  let k = 0
  while (k + 1 < profile.windows.length && profile.windows[k + 1]! <= 4) k++
  return k
}

/** Opens a burst at tick `t`; its onset is the first tick above expectation in the window with the most evidence. */
export function openBurst(profile: Profile, s: SeriesState, t: number, window: number, relative: number): BurstState {
  let back = Math.min(profile.windows[window]!, s.ticks) - 1
  while (back > 0 && countAt(s, back) <= expectedAt(s, back)) back--
  let count = 0
  let expected = 0
  let peakBack = back
  for (let i = back; i >= 0; i--) {
    count += countAt(s, i)
    expected += expectedAt(s, i)
    if (countAt(s, i) > countAt(s, peakBack)) peakBack = i
  }
  return {
    key: s.key,
    onset: t - back * profile.stepSeconds,
    detected: t,
    peak: t - peakBack * profile.stepSeconds,
    end: null,
    count,
    expected,
    size: 0,
    sizeLow: 0,
    sizeHigh: 0,
    score: 0,
    phase: 'open',
    pendingCount: 0,
    pendingExpected: 0,
    relative,
    cool: 0,
    unseen: 0,
    ticks: back + 1,
    crest: s.ys[crestWindow(profile)]!,
    crestAge: 0,
    peakCount: countAt(s, peakBack),
  }
}

/** Takes the newest tick into an open burst. `seen` is false where exposure was 0. Closes it when it has cooled. */
export function followBurst(
  profile: Profile,
  s: SeriesState,
  b: BurstState,
  t: number,
  evidence: number,
  seen: boolean,
): void {
  if (!seen) {
    b.unseen += 1
    if (b.unseen >= UNSEEN_LIMIT) b.phase = 'closed'
    return
  }
  b.unseen = 0
  const y = countAt(s, 0)
  b.pendingCount += y
  b.pendingExpected += expectedAt(s, 0)
  b.ticks += 1
  b.crestAge += 1
  const crest = s.ys[crestWindow(profile)]!
  if (crest > b.crest) {
    b.crest = crest
    b.crestAge = 0
  }
  if (y > b.peakCount) {
    b.peakCount = y
    b.peak = t
  }
  const hot = evidence >= profile.closeBelow
  if (stillAbove(profile, s)) {
    b.count += b.pendingCount
    b.expected += b.pendingExpected
    b.pendingCount = 0
    b.pendingExpected = 0
    b.end = t
  }
  b.cool = hot ? 0 : b.cool + 1
  b.phase = b.cool >= profile.closeAfter ? 'closed' : b.crestAge > CREST_TICKS ? 'peaked' : 'growing'
}

/** True while the last four ticks together and the newest one are above expectation by more than noise. */
function stillAbove(profile: Profile, s: SeriesState): boolean {
  const k = crestWindow(profile)
  const m = s.ms[k]!
  return countAt(s, 0) > expectedAt(s, 0) && s.ys[k]! > m + Math.sqrt(m)
}

/**
 * The burst as others see it. Its size is what came beyond expectation; the interval is what a calm time of that
 * length could itself have brought (95 % of a negative binomial, on the square-root scale), taken off the count.
 */
export function tellBurst(profile: Profile, b: BurstState, pool: readonly Dispersion[]): Burst {
  let k = 0
  while (k + 1 < profile.windows.length && profile.windows[k]! < b.ticks) k++
  const m = Math.max(b.expected, 1e-9)
  const variance = pool[k]!.c * (m + 1) + (pool[k]!.k + b.relative) * m * m
  const spread = (Z95 * Math.sqrt(variance)) / (2 * Math.sqrt(m))
  const high = (Math.sqrt(m) + spread) ** 2
  const low = Math.max(0, Math.sqrt(m) - spread) ** 2
  return {
    key: b.key,
    onset: b.onset,
    detected: b.detected,
    peak: b.peak,
    end: b.phase === 'closed' ? (b.end ?? b.detected) : null,
    count: b.count,
    expected: b.expected,
    size: b.count - b.expected,
    sizeLow: b.count - high,
    sizeHigh: b.count - low,
    score: b.score,
    phase: b.phase,
  }
}
