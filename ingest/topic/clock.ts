/** Tells when somebody set the wall clock. */

/** What a clock is corrected by in small steps; a clock that is set goes further. */
const STEP_MS = 1_000

export interface ClockWatch {
  /** Whether it was set back since it was asked last, or since the start. */
  wasSetBack(): boolean
}

/** Holds the wall clock (`wall`, epoch ms) against one that nobody sets. */
export function watchClock(
  wall: () => number = Date.now,
  monotonic: () => number = () => performance.now(),
): ClockWatch {
  let before = wall() - monotonic()
  return {
    wasSetBack() {
      const now = wall() - monotonic()
      const set = now < before - STEP_MS
      before = now
      return set
    },
  }
}
