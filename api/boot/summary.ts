/** The summary of a night that is over: one object, the same for the same posts however they came in. */
import type { Narrative, PlaceId } from '../../classify/contract.ts'
import { sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import type { Coverage } from '../../ingest/contract.ts'
import type { CoverageEntry, Spike } from '../contract.ts'
import { readNotJudged } from '../spikes/not-judged.ts'

/** Times in epoch ms; `place` is `US`, a postal code or a county's FIPS code. */
export interface NightSummary {
  posts: number
  election: number
  flagged: number
  deadLettered: number
  /** Distinct posts that assert the narrative, and their distinct authors. */
  series: { narrative: Narrative; place: PlaceId; posts: number; authors: number }[]
  spikes: SummarySpike[]
  /** Much posted by few voices: no alarms. */
  echoes: SummarySpike[]
  /** What each source saw, then the posts not judged, by language. */
  coverage: CoverageEntry[]
  seconds: number
}

export type SummarySpike = Pick<
  Spike,
  | 'id'
  | 'narrative'
  | 'place'
  | 'onset'
  | 'detected'
  | 'peak'
  | 'end'
  | 'posts'
  | 'authors'
  | 'texts'
  | 'expected'
  | 'size'
  | 'sizeLow'
  | 'sizeHigh'
  | 'examples'
>

export async function summarize(
  store: Store,
  spikes: readonly Spike[],
  seconds: number,
): Promise<NightSummary> {
  const [seen, flagged, dead, series, coverage, notJudged] = await Promise.all([
    store.query<{ posts: number; election: number }>(sql`
      SELECT toFloat64(sum(seen)) AS posts, toFloat64(sum(election)) AS election
      FROM exposure_minutes FINAL WHERE place = 'US'`),
    store.query<{ total: number }>(
      sql`SELECT toFloat64(uniqExact(post)) AS total FROM posts FINAL WHERE flagged`,
    ),
    store.query<{ dead: number }>(sql`SELECT toFloat64(uniqExact(id)) AS dead FROM dead_letters`),
    store.query<NightSummary['series'][number]>(sql`
      SELECT narrative, place, toUInt32(uniqExact(post)) AS posts, toUInt32(uniqExactIf(author, author != '')) AS authors
      FROM (SELECT post, author, arrayJoin(counted_places) AS place, arrayJoin(narratives) AS narrative
            FROM posts FINAL WHERE stance = 'asserts')
      GROUP BY narrative, place ORDER BY narrative, place`),
    store.query<Coverage>(sql`
      SELECT source, toFloat64(toUnixTimestamp64Milli(from_at)) AS from, toFloat64(toUnixTimestamp64Milli(to_at)) AS to,
        kind, toFloat64(share) AS share
      FROM coverage FINAL ORDER BY source, from_at`),
    readNotJudged(store),
  ])
  const told = spikes
    .filter(({ phase }) => phase !== 'withdrawn')
    .sort(
      (a, b) => a.onset - b.onset || a.narrative.localeCompare(b.narrative) || a.place.localeCompare(b.place),
    )
  return {
    ...seen[0]!,
    flagged: flagged[0]!.total,
    deadLettered: dead[0]!.dead,
    series,
    spikes: told.filter(({ echo }) => !echo).map(toSummary),
    echoes: told.filter(({ echo }) => echo).map(toSummary),
    coverage: [...coverage, ...notJudged],
    seconds: Math.round(seconds * 1000) / 1000,
  }
}

function toSummary(spike: Spike): SummarySpike {
  const { id, narrative, place, onset, detected, peak, end, posts, authors, texts } = spike
  const { expected, size, sizeLow, sizeHigh, examples } = spike
  return {
    id,
    narrative,
    place,
    onset,
    detected,
    peak,
    end,
    posts,
    authors,
    texts,
    expected,
    size,
    sizeLow,
    sizeHigh,
    examples,
  }
}

export interface SetAside {
  reason: string
  count: number
  /** What was said of the first of them. */
  example: string
}

export function readSetAside(store: Store): Promise<SetAside[]> {
  return store.query<SetAside>(sql`
    SELECT reason, toFloat64(uniqExact(id)) AS count, argMin(detail, id) AS example
    FROM dead_letters GROUP BY reason ORDER BY count DESC, reason`)
}
