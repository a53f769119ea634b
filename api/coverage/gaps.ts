/** The minutes that the sources did not wholly see, for the detector. A function of what the store holds, as the counts are. */
import type { Store } from '../../classify/store/store.ts'
import type { Coverage } from '../../ingest/contract.ts'
import { readCoverage, seenShare } from './read.ts'

const MINUTE_MS = 60_000
/** Also where no new minute is sealed, what the sources missed is read again this often: it may be told late. */
const READ_EVERY_MS = 10_000

export interface Gaps {
  /** The part of a minute that was seen, 0 to 1, as far as it was read. */
  seen: (minute: number) => number
  /** Reads minutes `from` to `to` (since the epoch). Gives the first of them of which something else is known now, or null. */
  read(from: number, to: number): Promise<number | null>
  /** Whether it was read too long ago. */
  isDue(): boolean
}

/**
 * `now` is the wall clock, epoch ms: up to it a source that is cut off sees nothing. Set on and back again, it would say for
 * as long that nothing is due.
 */
export function createGaps(
  store: Store,
  now: () => number,
  monotonic: () => number = () => performance.now(),
): Gaps {
  let known = new Map<number, number>()
  let readAt = -Infinity
  return {
    seen: (minute) => known.get(minute) ?? 1,
    async read(from, to) {
      const range = { from: from * MINUTE_MS, to: (to + 1) * MINUTE_MS }
      const before = known
      readAt = monotonic()
      known = unseenMinutes(await readCoverage(store, now(), range), from, to)
      return firstDifference(before, known, from)
    },
    isDue: () => monotonic() - readAt >= READ_EVERY_MS,
  }
}

/** By minute, the part seen of minutes `from` to `to`; minutes wholly seen are absent. */
export function unseenMinutes(coverage: readonly Coverage[], from: number, to: number): Map<number, number> {
  const touching = new Map<number, Coverage[]>()
  for (const gap of coverage) {
    if (gap.share >= 1) continue
    const last = Math.min(to, Math.ceil(gap.to / MINUTE_MS) - 1)
    for (let m = Math.max(from, Math.floor(gap.from / MINUTE_MS)); m <= last; m++) {
      const gaps = touching.get(m)
      if (gaps === undefined) touching.set(m, [gap])
      else gaps.push(gap)
    }
  }
  const minutes = new Map<number, number>()
  for (const [m, gaps] of touching) minutes.set(m, seenShare(gaps, m * MINUTE_MS, (m + 1) * MINUTE_MS))
  return minutes
}

type Shares = ReadonlyMap<number, number>

function firstDifference(a: Shares, b: Shares, from: number): number | null {
  let first: number | null = null
  for (const minute of new Set([...a.keys(), ...b.keys()])) {
    if (minute < from || a.get(minute) === b.get(minute)) continue
    if (first === null || minute < first) first = minute
  }
  return first
}
