import { describe, expect, it } from 'vitest'
import { createTracker, type Tracker } from '../../../../ingest/sources/jetstream/track.ts'

const T0 = 1_730_860_000_000

/** Sees commits named by their second, all of which arrive at second `at`. */
function seeAll(tracker: Tracker, connection: number, seconds: readonly number[], at = 0): number[] {
  return seconds.filter((s) =>
    tracker.see({ key: `k${s}`, timeUs: (T0 + s * 1_000) * 1_000, connection, at: T0 + at * 1_000 }),
  )
}

function seconds(tracker: Tracker) {
  return tracker.takeCoverage().map(({ kind, from, to }) => [kind, (from - T0) / 1_000, (to - T0) / 1_000])
}

describe('createTracker', () => {
  it('tells complete coverage about every minute', () => {
    const tracker = createTracker('bluesky', null)
    seeAll(tracker, 1, [0, 30, 61, 100, 130])
    expect(seconds(tracker)).toEqual([
      ['complete', 0, 61],
      ['complete', 61, 130],
    ])
    expect(seconds(tracker)).toEqual([])
  })

  it('drops what comes again after a reconnect that brings back the last commit, and tells no gap', () => {
    const tracker = createTracker('bluesky', null)
    seeAll(tracker, 1, [0, 8, 10])
    expect(seeAll(tracker, 2, [8, 10, 12, 80])).toEqual([12, 80])
    expect(seconds(tracker)).toEqual([
      ['complete', 0, 10],
      ['complete', 10, 80],
    ])
  })

  it('tells a gap when the last commit does not come back, though older ones do', () => {
    const tracker = createTracker('bluesky', null)
    seeAll(tracker, 1, [0, 8, 10])
    expect(seeAll(tracker, 2, [6, 8, 40, 41, 120])).toEqual([6, 40, 41, 120])
    expect(seconds(tracker)).toEqual([
      ['complete', 0, 10],
      ['none', 10, 40],
      ['complete', 40, 120],
    ])
  })

  it('accepts another order around the last commit, as another instance may have it', () => {
    const tracker = createTracker('bluesky', null)
    seeAll(tracker, 1, [0, 10])
    seeAll(tracker, 2, [11, 12, 10, 13, 75])
    expect(seconds(tracker)).toEqual([
      ['complete', 0, 10],
      ['complete', 10, 75],
    ])
  })

  it('does not move its position past a gap that is not clear yet', () => {
    const tracker = createTracker('bluesky', null)
    seeAll(tracker, 1, [0, 10])
    seeAll(tracker, 2, [11])
    expect(tracker.position()).toMatchObject({ anchor: 'k10' })
    seeAll(tracker, 2, [20])
    expect(tracker.position()).toMatchObject({ anchor: 'k20', coveredTo: T0 + 11_000 })
  })

  it('tells both gaps when it is cut before the first is clear', () => {
    const tracker = createTracker('bluesky', null)
    seeAll(tracker, 1, [0, 10])
    seeAll(tracker, 2, [13, 14])
    seeAll(tracker, 3, [50, 51, 130])
    expect(seconds(tracker)).toEqual([
      ['complete', 0, 10],
      ['none', 10, 13],
      ['complete', 13, 14],
      ['none', 14, 50],
      ['complete', 50, 130],
    ])
  })

  it('takes what is far older than the last commit for a replay at first, later for a clock set back', () => {
    const tracker = createTracker('bluesky', null)
    seeAll(tracker, 1, [3_600])
    seeAll(tracker, 2, [0, 1, 2], 10)
    expect(tracker.position()).toMatchObject({ anchor: 'k3600' })
    expect(seconds(tracker)).toEqual([])
    seeAll(tracker, 2, [63, 64], 71)
    expect(tracker.position()).toMatchObject({ anchor: 'k64' })
    expect(seconds(tracker)).toEqual([['none', 63, 3_600]])
  })

  it('takes it for a replay for as long as it comes faster than it happened', () => {
    const tracker = createTracker('bluesky', null)
    seeAll(tracker, 1, [3_600])
    seeAll(tracker, 2, [0, 1], 10)
    seeAll(tracker, 2, [600, 700], 90)
    expect(tracker.position()).toMatchObject({ anchor: 'k3600' })
    expect(seconds(tracker)).toEqual([])
  })

  it.each([0, 1, 2, 3, 4, 5, 6])(
    'tells a gap once, whole, when it is killed after its commit %i',
    (killedAfter) => {
      // The server has lost what it had before second 40.
      const stream = [
        [1, [0, 8, 10]],
        [2, [40, 41, 120, 185]],
      ] as const
      const commits = stream.flatMap(([connection, times]) => times.map((s) => ({ connection, s })))
      /** As the store keeps them: the last one told of a beginning holds. */
      const told = new Map<number, (string | number)[]>()
      const see = (tracker: Tracker, some: readonly { connection: number; s: number }[]) => {
        for (const { connection, s } of some) seeAll(tracker, connection, [s])
        for (const stretch of seconds(tracker)) told.set(stretch[1] as number, stretch)
      }
      const first = createTracker('bluesky', null)
      see(first, commits.slice(0, killedAfter + 1))
      const position = first.position()!
      const from = (position.cursor / 1_000 - T0) / 1_000 - 5
      const kept = killedAfter < 3 ? commits : commits.slice(3)
      see(
        createTracker('bluesky', position),
        kept.filter(({ s }) => s >= from),
      )
      const stretches = [...told.values()].toSorted((a, b) => Number(a[1]) - Number(b[1]))
      expect(stretches.filter(([kind]) => kind === 'none')).toEqual([['none', 10, 40]])
      // One after the other, none over another.
      for (const [index, [, begun]] of stretches.slice(1).entries()) expect(begun).toBe(stretches[index]![2])
      expect([stretches[0]![1], stretches.at(-1)![2]]).toEqual([0, 185])
    },
  )

  it('goes on from a position as from a connection before', () => {
    const before = createTracker('bluesky', null)
    seeAll(before, 1, [0, 10])
    const joined = createTracker('bluesky', before.position())
    seeAll(joined, 1, [5, 10, 11])
    expect(seconds(joined)).toEqual([['complete', 0, 10]])
    const missed = createTracker('bluesky', before.position())
    seeAll(missed, 1, [300])
    expect(seconds(missed)).toEqual([
      ['complete', 0, 10],
      ['none', 10, 300],
    ])
  })
})
