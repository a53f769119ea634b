/** The night's totals over sealed minutes, added up as these are sealed: no question to the store grows with the night. */
import { param, sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import type { MinuteCounts } from './minutes.ts'

export interface Totals {
  /** All posts, and those about an election. */
  posts: number
  election: number
  /** Distinct flagged posts. */
  flagged: number
}

const NONE: Readonly<Totals> = { posts: 0, election: 0, flagged: 0 }

export interface RunningTotals {
  /**
   * Begins anew with the minutes up to `last`; null: none is sealed. Those before `from` are read the first time only:
   * nothing changes them any more but a `put`.
   */
  load(from: number, last: number | null): Promise<void>
  /** Puts these minutes in the place of what they were. */
  put(minutes: ReadonlyMap<number, Totals>): void
  sum(): Totals
  /** The first minute with a post, since the epoch; null where none has one. */
  first(): number | null
}

export function createTotals(store: Pick<Store, 'query'>): RunningTotals {
  const known = new Map<number, Totals>()
  let sum: Totals = { ...NONE }
  let first: number | null = null

  function put(minutes: ReadonlyMap<number, Totals>): void {
    for (const [minute, now] of minutes) {
      const before = known.get(minute) ?? NONE
      // Nights have long silences.
      if (now.posts + now.flagged > 0) {
        known.set(minute, now)
        first = Math.min(first ?? minute, minute)
      } else known.delete(minute)
      sum = {
        posts: sum.posts + now.posts - before.posts,
        election: sum.election + now.election - before.election,
        flagged: sum.flagged + now.flagged - before.flagged,
      }
    }
  }
  return {
    async load(from, last) {
      const start = known.size === 0 ? 0 : from
      const minutes = last === null ? new Map<number, Totals>() : await readTotals(store, start, last)
      const gone = [...known.keys()].filter((minute) => minute >= start && !minutes.has(minute))
      put(new Map([...minutes, ...gone.map((minute) => [minute, NONE] as const)]))
    },
    put,
    sum: () => sum,
    first: () => first,
  }
}

async function readTotals(
  store: Pick<Store, 'query'>,
  from: number,
  last: number,
): Promise<Map<number, Totals>> {
  const between = sql`minute BETWEEN ${param.int(from)} AND ${param.int(last)}`
  const [exposure, flagged] = await Promise.all([
    store.query<{ minute: number; posts: number; election: number }>(sql`
          SELECT minute, seen AS posts, election FROM exposure_minutes FINAL WHERE place = 'US' AND ${between}`),
    countFlagged(store, from, last),
  ])
  const minutes = new Map(exposure.map(({ minute, ...counts }) => [minute, { ...NONE, ...counts }]))
  for (const [minute, count] of flagged)
    minutes.set(minute, { ...(minutes.get(minute) ?? NONE), flagged: count })
  return minutes
}

/** Flagged posts by minute (a post is in one of them, once), from `from` to `to`; minutes without any are absent. */
export async function countFlagged(
  store: Pick<Store, 'query'>,
  from: number,
  to: number,
): Promise<Map<number, number>> {
  const rows = await store.query<{ minute: number; posts: number }>(sql`
    SELECT minute, toUInt32(count()) AS posts FROM posts FINAL
    WHERE minute BETWEEN ${param.int(from)} AND ${param.int(to)} AND flagged GROUP BY minute`)
  return new Map(rows.map(({ minute, posts }) => [minute, posts]))
}

export function totalsOf({ exposure }: MinuteCounts, flagged: number): Totals {
  const { seen, election } = exposure.get('US') ?? { seen: 0, election: 0 }
  return { posts: seen, election, flagged }
}
