/**
 * What of the stream was seen. A server that comes back may have lost what it sent before, so a reconnect is believed to
 * have missed nothing only when the last commit seen before it comes again.
 */
import { z } from 'zod'
import type { Coverage } from '../../contract.ts'
import { createRecent } from '../net/recent.ts'
import { REFILLS_MAX } from './refills.ts'

/** How far a reconnect goes back: more than instances' clocks differ, and few frames beside what a minute brings. */
export const REWIND_US = 5_000_000
/** Coverage is told at least this often, in event time. */
const TELL_EVERY_MS = 60_000
/**
 * A server may begin its replay at the start of what it holds in one piece, hours before the cursor. What is that old and
 * comes within this long of connecting is of that replay. In ms.
 */
const REPLAY_MAX_MS = 60_000
/** Later it still is, where it came this many times as fast as it happened; else it is of a clock that was set back. */
const REPLAY_SPEED = 2
/** Commits remembered to drop those sent again: 5 s at ten times the busiest hour that was seen of this network, and more. */
const SEEN_MIN = 120_000

/** Where the stream resumes. */
export const jetstreamPositionSchema = z.object({
  /** `time_us` of the last commit up to which nothing is missing that is not told as a gap. */
  cursor: z.number().int(),
  /** That commit. */
  anchor: z.string(),
  /** Coverage was told up to here, epoch ms. */
  coveredTo: z.number().int(),
  /** Repositories that were given again lately (`refills.ts`); absent: none. */
  refilled: z.array(z.string()).max(REFILLS_MAX).optional(),
})
export type JetstreamPosition = z.infer<typeof jetstreamPositionSchema>

export interface Commit {
  key: string
  timeUs: number
  /** Which connection it came by. */
  connection: number
  /** When it arrived, epoch ms. */
  at: number
}

export interface Tracker {
  /** Takes a commit in the order of arrival; false when it was seen before. */
  see(commit: Commit): boolean
  /** Coverage that became known since the last time. */
  takeCoverage(): Coverage[]
  /** Null before the first commit. */
  position(): JetstreamPosition | null
}

interface Rejoin {
  /** When the connection's first commit arrived, epoch ms. */
  since: number
  /** The first on this connection that is older than any server would give. */
  old: number | null
  /** The first and the newest commit on this connection that are later than the anchor. */
  first: number | null
  newest: { key: string; timeUs: number } | null
}

/** Makes a tracker that goes on from `start`. */
export function createTracker(source: string, start: JetstreamPosition | null): Tracker {
  const seen = createRecent(SEEN_MIN)
  let position = start
  let connection: number | null = null
  let rejoin: Rejoin | null = null
  let coverage: Coverage[] = []

  function tell(to: number, kind: 'complete' | 'none'): void {
    if (position === null || to <= position.coveredTo) return
    coverage.push({ source, from: position.coveredTo, to, kind, share: kind === 'complete' ? 1 : 0 })
    position = { ...position, coveredTo: to }
  }

  /** Nothing from the anchor to the first commit after it is known to have been seen. */
  function declareGap({ first, newest }: Rejoin): void {
    if (position === null || first === null || newest === null) return
    tell(toMs(position.cursor), 'complete')
    tell(toMs(first), 'none')
    position = {
      cursor: newest.timeUs,
      anchor: newest.key,
      coveredTo: Math.max(position.coveredTo, toMs(first)),
    }
  }

  function changeConnection(to: number, at: number): void {
    connection = to
    if (position === null) return
    // Cut again before the anchor came back: what came since is not joined to what was before.
    if (rejoin !== null) declareGap(rejoin)
    tell(toMs(position.cursor), 'complete')
    rejoin = { since: at, old: null, first: null, newest: null }
  }

  /** Looks for the anchor; `joined` when it came back, or when it is clear that it will not. */
  function lookForAnchor(pending: Rejoin, { key, timeUs }: Commit, isNew: boolean): void {
    const at = position
    if (at === null) return
    if (key === at.anchor) {
      rejoin = null
      // Instances may give commits in another order around the anchor.
      if (pending.newest !== null)
        position = { ...at, cursor: pending.newest.timeUs, anchor: pending.newest.key }
      return
    }
    // What was seen before shows no gap, whatever its time.
    if (timeUs <= at.cursor || !isNew) return
    pending.first ??= timeUs
    pending.newest = { key, timeUs }
    if (timeUs <= at.cursor + REWIND_US) return
    declareGap(pending)
    rejoin = null
  }

  /**
   * A commit that was never seen and is older than any server would give here: its clock was set back. Positions are in
   * that clock, so they follow it; where it is not known whether anything was missed, all between is a gap.
   */
  function followBack(key: string, timeUs: number, at: JetstreamPosition): void {
    tell(toMs(at.cursor), 'complete')
    if (rejoin !== null)
      coverage.push({ source, from: toMs(timeUs), to: toMs(at.cursor), kind: 'none', share: 0 })
    rejoin = null
    position = { cursor: timeUs, anchor: key, coveredTo: toMs(timeUs) }
  }

  return {
    see(commit) {
      const { key, timeUs, connection: from, at } = commit
      if (from !== connection) changeConnection(from, at)
      const isNew = seen.add(key)
      if (position === null) position = { cursor: timeUs, anchor: key, coveredTo: toMs(timeUs) }
      else if (isNew && timeUs < position.cursor - 2 * REWIND_US) {
        if (rejoin === null || !isReplay(rejoin, timeUs, at)) followBack(key, timeUs, position)
      } else if (rejoin !== null) lookForAnchor(rejoin, commit, isNew)
      else if (timeUs >= position.cursor)
        position = { cursor: timeUs, anchor: key, coveredTo: position.coveredTo }
      if (rejoin === null && toMs(timeUs) - position.coveredTo >= TELL_EVERY_MS)
        tell(toMs(timeUs), 'complete')
      return isNew
    },
    takeCoverage() {
      const taken = coverage
      coverage = []
      return taken
    },
    position: () => position,
  }
}

/** Whether an old commit, which came at `at`, is of what the server gives again from before the cursor. */
function isReplay(rejoin: Rejoin, timeUs: number, at: number): boolean {
  rejoin.old ??= timeUs
  const connectedMs = at - rejoin.since
  return connectedMs <= REPLAY_MAX_MS || toMs(timeUs - rejoin.old) > REPLAY_SPEED * connectedMs
}

function toMs(timeUs: number): number {
  return Math.floor(timeUs / 1_000)
}
