/** When posts are judged in haste: whether what arrives is far behind what happens. */
import type { Delivery } from '../ingest/topic/topic.ts'

/** Older than this is a recording or a long outage's backlog: no alarm waits for it, so it need not hurry. */
const RECENT_MS = 86_400_000
/** After a delivery in haste there is no time for second looks for so long: the next may be in haste too. */
const SETTLES_MS = 5_000

export interface Haste {
  /**
   * Whether what is still to be judged of this delivery is to be judged in haste; `newest` is its newest event time,
   * epoch ms, or null.
   */
  needs(delivery: Pick<Delivery<unknown>, 'lag'>, newest: number | null): boolean
  /** Whether one was, lately. */
  isBehind(): boolean
}

/**
 * In haste is judged what happened more than `afterMs` ago while more waits behind it: the alarm comes before exactness.
 * Null: never, as for a replay, which has all the time there is.
 */
export function createHaste(
  afterMs: number | null,
  now: () => number,
  // Not the wall clock, which may be set back.
  monotonic: () => number = () => performance.now(),
): Haste {
  let last = -Infinity
  return {
    needs({ lag }, newest) {
      if (afterMs === null || newest === null || lag === 0) return false
      const age = now() - newest
      if (age <= afterMs || age > RECENT_MS) return false
      last = monotonic()
      return true
    },
    isBehind: () => monotonic() - last < SETTLES_MS,
  }
}
