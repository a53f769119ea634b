/** What the sources could see: stretches of one kind joined, and those that are open still. */
import { ONE_THREAD, param, sql, joinSql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import type { Coverage } from '../../ingest/contract.ts'

/** More than a page can show: a month with a gap in every hour is 1,500. */
export const COVERAGE_MAX = 10_000
/** Stretches that lie this close are one: sources tell them by the second. */
const JOIN_MS = 1_000
/** A source that is cut off for less comes back, and says itself what it missed. */
const OPEN_AFTER_MS = 30_000

interface Range {
  /** Epoch ms; without it everything. */
  from?: number | undefined
  to?: number | undefined
}

/**
 * Newest first, at most {@link COVERAGE_MAX}. A source that cannot be reached now has an open stretch of kind `none` up
 * to `now`, which is not stored: when it comes back it may read what it missed.
 */
export async function readCoverage(store: Store, now: number, { from, to }: Range = {}): Promise<Coverage[]> {
  const conditions = [sql`1`]
  if (from !== undefined) conditions.push(sql`to_at > fromUnixTimestamp64Milli(${param.int(from)})`)
  if (to !== undefined) conditions.push(sql`from_at < fromUnixTimestamp64Milli(${param.int(to)})`)
  const [stored, open] = await Promise.all([
    store.query<Coverage>(sql`
      SELECT source, toFloat64(min(a)) AS \`from\`, toFloat64(max(b)) AS \`to\`, kind, share FROM (
        SELECT source, a, b, kind, share, sum(fresh) OVER (PARTITION BY source ORDER BY a) AS stretch FROM (
          SELECT source, kind, share,
            toUnixTimestamp64Milli(from_at) AS a, toUnixTimestamp64Milli(to_at) AS b,
            lagInFrame(b) OVER before AS endBefore, lagInFrame(kind) OVER before AS kindBefore,
            lagInFrame(share) OVER before AS shareBefore,
            a > endBefore + ${param.int(JOIN_MS)} OR kind != kindBefore OR share != shareBefore AS fresh
          FROM coverage FINAL WHERE ${joinSql(conditions, ' AND ')}
          WINDOW before AS (PARTITION BY source ORDER BY from_at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)))
      GROUP BY source, stretch, kind, share
      ORDER BY \`from\` DESC, source LIMIT ${param.int(COVERAGE_MAX)}`),
    readOpen(store),
  ])
  const gaps = open.flatMap(({ source, begun }): Coverage[] => {
    const isWanted = (from === undefined || now > from) && (to === undefined || begun < to)
    return isWanted && openFor(begun, now) > 0
      ? [{ source, from: begun, to: now, kind: 'none', share: 0 }]
      : []
  })
  return [...gaps.toSorted((a, b) => b.from - a.from), ...stored]
}

/** Live sources that are cut off, and since when (epoch ms) nothing was told of what they see. */
export async function readOpen(store: Pick<Store, 'query'>): Promise<{ source: string; begun: number }[]> {
  const cut = await store.query<{ source: string; since: number }>(sql`
    SELECT source, toFloat64(toUnixTimestamp64Milli(since)) AS since FROM source_status FINAL
    WHERE state IN ('unreachable', 'failed') AND NOT startsWith(source, 'file:') AND NOT startsWith(source, 'drill')
    ${ONE_THREAD}`)
  // As a rule none is, and this is asked every other second.
  if (cut.length === 0) return []
  const told = await store.query<{ source: string; last: number }>(sql`
    SELECT source, toFloat64(max(toUnixTimestamp64Milli(to_at))) AS last FROM coverage FINAL
    WHERE source IN ${param.strings(cut.map(({ source }) => source))} GROUP BY source ${ONE_THREAD}`)
  const lastOf = new Map(told.map(({ source, last }) => [source, last]))
  return cut.map(({ source, since }) => ({ source, begun: Math.max(since, lastOf.get(source) ?? 0) }))
}

/** How long, in ms, a gap is open that began at `begun`; 0 while it is too short to be one. */
export function openFor(begun: number, now: number): number {
  return now - begun >= OPEN_AFTER_MS ? now - begun : 0
}

/**
 * The part of a time that was seen, 0 to 1, by the sources that tell of it; 1 where none does. Of several sources the
 * least counts: what one of them missed may be missing.
 */
export function seenShare(coverage: readonly Coverage[], from: number, to: number): number {
  const missed = new Map<string, number>()
  for (const { source, share, ...stretch } of coverage) {
    const overlap = Math.min(to, stretch.to) - Math.max(from, stretch.from)
    if (overlap > 0 && share < 1) missed.set(source, (missed.get(source) ?? 0) + overlap * (1 - share))
  }
  const most = Math.max(0, ...missed.values())
  return to > from ? 1 - Math.min(1, most / (to - from)) : 1
}
