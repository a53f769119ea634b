/** What a narrative did before and after an official answer to it. It shows what happened, not why. */
import { param, sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import type { Effect, Rebuttal, Status } from '../contract.ts'

const MINUTE_MS = 60_000
/** Long enough for an answer to be read and passed on, short enough that the night has not moved on. */
export const EFFECT_WINDOW_MINUTES = 60

/**
 * Volume in the windows before and after the minute of publication, on the night's own clock and in the rebuttal's
 * place; that minute itself counts as after. Only sealed minutes since the night's first post are measured, and rates are
 * over those. Throws RangeError for a rebuttal that was never published on a running clock.
 */
export async function measureEffect(
  store: Store,
  rebuttal: Rebuttal,
  status: Pick<Status, 'from' | 'sealedThrough'>,
  windowMinutes = EFFECT_WINDOW_MINUTES,
): Promise<Effect> {
  const at = rebuttal.publishedClock
  if (at === null) throw new RangeError('a rebuttal without a time of publication has no effect')
  const minute = Math.floor(at / MINUTE_MS)
  const first = Math.ceil((status.from ?? at) / MINUTE_MS)
  const end = Math.floor((status.sealedThrough ?? 0) / MINUTE_MS)
  const [before, after] = await Promise.all([
    readVolume(store, rebuttal, Math.max(minute - windowMinutes, first), Math.min(minute, end)),
    readVolume(store, rebuttal, Math.max(minute, first), Math.min(minute + windowMinutes, end)),
  ])
  return { rebuttalId: rebuttal.id, at, windowMinutes, before, after }
}

/** Sealed minutes `from` to before `to`. */
async function readVolume(
  store: Store,
  { narrative, place }: Rebuttal,
  from: number,
  to: number,
): Promise<Effect['before']> {
  const minutesSeen = Math.max(0, to - from)
  if (minutesSeen === 0) return { posts: 0, perMinute: 0, sharePerMille: null, minutesSeen }
  const inWindow = sql`minute >= ${param.int(from)} AND minute < ${param.int(to)} AND place = ${param.string(place)}`
  const [row] = await store.query<{ posts: number; exposure: number }>(sql`
    SELECT
      toFloat64((SELECT sum(posts) FROM narrative_minutes FINAL
        WHERE ${inWindow} AND narrative = ${param.string(narrative)})) AS posts,
      toFloat64((SELECT sum(election) FROM exposure_minutes FINAL WHERE ${inWindow})) AS exposure`)
  const { posts, exposure } = row!
  return {
    posts,
    perMinute: posts / minutesSeen,
    sharePerMille: exposure === 0 ? null : (posts * 1000) / exposure,
    minutesSeen,
  }
}
