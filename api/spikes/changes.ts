/** What changed between two looks at the same minutes and spikes. */
import { isDeepStrictEqual } from 'node:util'
import type { Spike } from '../contract.ts'
import type { Burst } from './detector.ts'
import type { MinuteCounts } from './minutes.ts'

const MINUTE_MS = 60_000

/** For a minute whose set of seen posts may have expired: its exposure does not sink below what it was, nor what was not judged. */
export function keepExposure(counts: MinuteCounts, before: MinuteCounts | null): MinuteCounts {
  for (const [place, had] of before?.exposure ?? []) {
    const has = counts.exposure.get(place) ?? { seen: 0, election: 0 }
    counts.exposure.set(place, {
      seen: Math.max(had.seen, has.seen),
      election: Math.max(had.election, has.election),
    })
  }
  for (const [language, had] of before?.unjudged ?? []) {
    const has = counts.unjudged.get(language) ?? { posts: 0 }
    counts.unjudged.set(language, { posts: Math.max(had.posts, has.posts) })
  }
  return counts
}

/** Closed, and before anything that changed (epoch ms). */
export function isOver(burst: Burst, changedFrom: number): boolean {
  return burst.phase === 'closed' && burst.end !== null && burst.end * 1000 + MINUTE_MS <= changedFrom
}

/** Told, over, and wholly before `time` (epoch ms): nothing that is still counted again can change it. */
export function isPast({ phase, onset, detected, end }: Spike, time: number): boolean {
  const over = phase === 'closed' || phase === 'withdrawn'
  return over && Math.max(onset, detected, end ?? 0) + MINUTE_MS <= time
}

/** Equal but for the revision, in whatever order its fields are. */
export function sameSpike(a: Spike, b: Spike): boolean {
  return isDeepStrictEqual({ ...a, revision: 0 }, { ...b, revision: 0 })
}

/** Half a day: counting the empty minutes between costs less than another query. */
const JOIN_MINUTES = 720

/** Runs of minutes, joined where they lie close. */
export function ranges(sorted: readonly number[]): [number, number][] {
  const out: [number, number][] = []
  for (const minute of sorted) {
    const open = out.at(-1)
    if (open && minute - open[1] <= JOIN_MINUTES) open[1] = minute
    else out.push([minute, minute])
  }
  return out
}
