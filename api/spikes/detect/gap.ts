/**
 * Gaps: times in which the sources missed posts. What still comes is another stream (another network, another sample), of
 * which only the order of magnitude is known. Each level is set aside as it was and a doubtful copy follows what comes; when
 * all is seen again, the one set aside is taken up, as much less sure as the time that went by makes it. So neither the
 * fall nor the return is an alarm, a gap does not count as calm, and what stands out of the thinner stream is still found.
 */
import type { Level } from './level.ts'
import type { SeriesState } from './series.ts'
import type { DetectorState } from './state.ts'

/** Below this part seen a tick is in a gap: a source that reconnects within a few seconds leaves the stream what it was. */
export const WHOLE = 0.9

/**
 * What a change of stream may do to the log of a share (variance): a factor of e either way, in 95 %. As much as places
 * differ from their nation.
 */
const OTHER_STREAM = 0.25

/** Takes note of whether this tick was wholly seen, before it is judged. */
export function followGap(state: DetectorState, whole: boolean): void {
  if (whole && state.gap !== null) {
    for (const s of state.series) takeUp(s, state.gap)
    state.gap = null
  } else if (!whole && state.gap === null) {
    for (const s of state.series) setAside(s)
    state.gap = state.n
  }
  if (whole) return
  // Neither scatter nor the tail of calm is learnt before every window lies behind the gap.
  for (const s of state.series) s.restless = s.y.length
}

function setAside(s: SeriesState): void {
  s.aside = { b: [...s.level.b], v: [...s.level.v] }
  s.level.v[0]! += OTHER_STREAM
}

/** Ends a gap that began with tick `began`. A series that is first heard of in a gap has nothing to go back to. */
function takeUp(s: SeriesState, began: number): void {
  if (s.aside === null) return
  s.level = s.aside
  s.aside = null
  for (let slot = 0; slot < s.lagOffset.length; slot++) if (s.lagTick[slot]! >= began) s.lagOffset[slot] = 0
}

/** The level that tick `n` belongs to: ticks reach the baseline late, and those from before a gap are no part of it. */
export function levelOf(state: DetectorState, s: SeriesState, n: number): Level {
  return s.aside !== null && state.gap !== null && n < state.gap ? s.aside : s.level
}
