/** A recorded night's own clock. */
import { FIRST_POSTS } from '../../base/timestamps.ts'
import type { Post } from '../../contract.ts'
import { capturedWindow, liveWindow, type TimeWindow } from '../../normalize.ts'

/** A recording may come from a machine whose clock runs ahead, or whose day has begun already. */
const AHEAD_MS = 24 * 60 * 60_000

export interface NightState {
  /** The newest good event time so far, epoch ms; stands in the place of bad ones. */
  clock: number | null
  /** The oldest. */
  first: number | null
}

export interface Night extends NightState {
  /** The times believed of a post, and its time of capture where that is good (null: the same as its own time). */
  judge(capturedAt: number | null, live: boolean): { window: TimeWindow; capturedAt: number | null }
  /** Moves the clock on by a post whose time was good. */
  note(post: Post): void
}

/**
 * Makes the clock. A time is good from 2006 to one day after `now` (the wall clock, epoch ms); a record that says when
 * it was captured is measured against that. Within these bounds every time is believed, however far it lies from its
 * neighbours: files are not always in order, and a time that was changed wrongly would be worse than one that is odd.
 */
export function createNight(now: number, state: NightState): Night {
  const to = now + AHEAD_MS
  const night: Night = {
    ...state,
    judge(capturedAt, live) {
      if (capturedAt === null || capturedAt < FIRST_POSTS || capturedAt > to) {
        return { window: { from: FIRST_POSTS, to, instead: night.clock }, capturedAt: null }
      }
      return { window: live ? liveWindow(capturedAt) : capturedWindow(capturedAt, FIRST_POSTS), capturedAt }
    },
    note(post) {
      if (post.marks.includes('created_at_replaced')) return
      const at = post.createdAt
      if (night.clock === null || at > night.clock) night.clock = at
      if (night.first === null || at < night.first) night.first = at
    },
  }
  return night
}
