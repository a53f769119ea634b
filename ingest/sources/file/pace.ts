/** Event time to wall time. */
import { sleep } from '../../base/retry.ts'

/** The page moves about ten times a second. */
export const PACE_MS = 100
/** Hours without a post, or a single date far ahead, are not sat through: a longer wait is cut to this. */
const WAIT_MAX_MS = 10_000

export interface Pacer {
  /** Enough event time has passed since the last batch for the next one. */
  isDue(clock: number): boolean
  /** Resolves when the night has come to `clock`, or at once when `signal` aborts. */
  reach(clock: number, signal: AbortSignal): Promise<void>
}

/** Makes a pacer for `speed` event seconds a wall second; `max` never waits. */
export function createPacer(speed: number | 'max', monotonic: () => number): Pacer {
  if (speed === 'max') return { isDue: () => false, reach: async () => {} }
  let from: { clock: number; wall: number } | null = null
  let last = -Infinity
  return {
    isDue(clock) {
      from ??= { clock, wall: monotonic() }
      if (last === -Infinity) last = clock
      return clock - last >= PACE_MS * speed
    },
    async reach(clock, signal) {
      from ??= { clock, wall: monotonic() }
      last = clock
      const wait = from.wall + (clock - from.clock) / speed - monotonic()
      await sleep(Math.min(wait, WAIT_MAX_MS), signal)
      if (wait > WAIT_MAX_MS) from = { clock, wall: monotonic() }
    },
  }
}
