/**
 * Levels: the same posts are counted at a county, in its state and in the nation, so one rumour may raise a burst at each.
 * It is told once, where it belongs: a burst that is mostly that of one smaller place is told as that place's.
 */
import { stateOf } from '../../ingest/base/jurisdictions.ts'
import type { Burst } from './detector.ts'
import { parseSeriesKey } from './minutes.ts'

/** Share of a burst that one place inside must bring: as much as all the others together. */
const MOSTLY = 0.5
/** Bursts of the same posts begin and end minutes apart, since each level has its own noise. */
const SLACK_SECONDS = 15 * 60

/** Where `burst` belongs: to the place inside its own that brings most of it, or null for its own place. */
export function belongsTo(burst: Burst, bursts: readonly Burst[]): Burst | null {
  let found: Burst | null = null
  for (const other of bursts) {
    if (!isPart(burst, other) || other.size < MOSTLY * burst.size) continue
    if (found === null || isPart(found, other)) found = other
  }
  return found
}

/** Whether `other` lies inside `burst`: the same narrative and kind, in a place inside, at about the same time. */
function isPart(burst: Burst, other: Burst): boolean {
  const outer = parseSeriesKey(burst.key)
  const inner = parseSeriesKey(other.key)
  if (inner.narrative !== outer.narrative || (other.echo ?? false) !== (burst.echo ?? false)) return false
  const lies = outer.place === 'US' ? inner.place !== 'US' : isCounty(inner.place, outer.place)
  return lies && begins(burst) <= ends(other) && begins(other) <= ends(burst)
}

function isCounty(place: string, state: string): boolean {
  return place !== state && stateOf(place) === state
}

const begins = ({ onset }: Burst): number => onset - SLACK_SECONDS
const ends = ({ end }: Burst): number => end ?? Infinity
