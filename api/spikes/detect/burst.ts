/** A burst's life: opened at the tick whose evidence passed the threshold, told anew as it grows, closed when it cooled. */
import type { Burst } from '../detector.ts'
import type { Dispersion } from './dispersion.ts'
import type { Profile } from './profile.ts'
import { countAt, expectedAt, sumWindows, type BurstState, type SeriesState } from './series.ts'
import { countDeviate, surprise } from './tail.ts'

/**
 * Two-sided 95 % of the normal law, widened by a fifth: the model's scatter is only nearly right, and the end of a burst
 * is cut where it sinks into the noise. (On simulated nights 1.96 alone covered 89 % of the true sizes.)
 */
const Z95 = 1.959964 * 1.2

/** Evidence of the last few ticks (-log10 p) at which a burst still goes on. */
const GOING_ON = 1.3

/**
 * Share of a burst that may come after its end, below the noise: the upper end of the interval allows for it. (Tails of
 * talk are long; on simulated nights the part after the end was a tenth in the typical case of an interval that failed.)
 */
const HIDDEN_TAIL = 0.12

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
export function openBurst(
  profile: Profile,
  s: SeriesState,
  t: number,
  window: number,
  relative: number,
): BurstState {
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

/**
 * Takes the newest tick into an open burst. It goes on while the short windows (`near`), or all that came since its last
 * tick, stand out; when neither has for some ticks, it is over. `seen` is false where exposure was 0.
 */
export function followBurst(
  profile: Profile,
  s: SeriesState,
  b: BurstState,
  pool: readonly Dispersion[],
  t: number,
  near: number,
  seen: boolean,
): void {
  if (!seen) {
    b.unseen += 1
    if (b.unseen >= UNSEEN_LIMIT) b.phase = 'closed'
    return
  }
  b.unseen = 0
  const y = countAt(s, 0)
  const m = expectedAt(s, 0)
  b.pendingCount += y
  b.pendingExpected += m
  b.ticks += 1
  b.cool += 1
  followCrest(profile, s, b, t, y)
  if (y > m && (near >= GOING_ON || pendingEvidence(profile, b, pool) >= GOING_ON)) {
    takePending(b)
    b.cool = 0
    b.end = t
  }
  // A tail too thin to stand out is still part of the size, on average: without it every size would be too small.
  if (b.cool >= profile.closeAfter && b.pendingCount > b.pendingExpected) {
    takePending(b)
    b.end = t
  }
  b.phase = b.cool >= profile.closeAfter ? 'closed' : b.crestAge > CREST_TICKS ? 'peaked' : 'growing'
}

function takePending(b: BurstState): void {
  b.count += b.pendingCount
  b.expected += b.pendingExpected
  b.pendingCount = 0
  b.pendingExpected = 0
}

function followCrest(profile: Profile, s: SeriesState, b: BurstState, t: number, y: number): void {
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
}

/** How far what came since the burst's last tick stands out, taken together: a slow tail is still the burst. */
function pendingEvidence(profile: Profile, b: BurstState, pool: readonly Dispersion[]): number {
  const m = b.pendingExpected
  if (b.pendingCount <= m || m <= 0) return 0
  const d = pool[windowFor(profile, b.cool)]!
  return surprise(countDeviate(b.pendingCount, m, d.c * m + (d.k + b.relative) * m * m))
}

/** Index of the shortest window that is at least this long, or of the longest. */
function windowFor(profile: Profile, ticks: number): number {
  let k = 0
  while (k + 1 < profile.windows.length && profile.windows[k]! < ticks) k++
  return k
}

/**
 * What a closed burst said is not said again: its ticks leave the windows, so that a second alarm needs new evidence.
 */
export function spendEvidence(profile: Profile, s: SeriesState): void {
  for (let i = 0; i < s.y.length; i++) s.y[i] = Math.min(s.y[i]!, s.m[i]!)
  sumWindows(profile, s)
}

/**
 * The burst as others see it. Its size is what came beyond expectation; the interval is what a calm time of that
 * length could itself have brought (95 % of a negative binomial, on the square-root scale), taken off the count.
 */
export function tellBurst(profile: Profile, b: BurstState, pool: readonly Dispersion[]): Burst {
  const k = windowFor(profile, b.ticks)
  const m = Math.max(b.expected, 1e-9)
  // One more than expected: where next to nothing is, the square root alone would let the interval reach to infinity.
  const variance = pool[k]!.c * (m + 1) + (pool[k]!.k + b.relative) * m * m
  const spread = (Z95 * Math.sqrt(variance)) / (2 * Math.sqrt(m + 1))
  const high = (Math.sqrt(m + 1) + spread) ** 2
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
    sizeHigh: b.count - low + HIDDEN_TAIL * Math.max(0, b.count - b.expected),
    score: b.score,
    phase: b.phase,
  }
}
