/** Minutes: counted from the sets of posts, and kept as sealed rows. */
import type { Narrative, PlaceId } from '../../classify/contract.ts'
import { param, sql } from '../../classify/store/sql.ts'
import type { Row, Store } from '../../classify/store/store.ts'
import { ALARMING, selectVoices } from './voices.ts'

/**
 * Distinct posts of one narrative at one place in one minute; `posts`, `authors`, `texts` and `voices` (voices.ts) of those
 * that assert it.
 */
export interface NarrativeCounts {
  posts: number
  /** Of `posts`, those in a language that is charted only. */
  charted: number
  authors: number
  texts: number
  voices: number
  reports: number
  questions: number
  debunks: number
}

export interface Exposure {
  /** All posts. */
  seen: number
  /** Posts about an election. */
  election: number
}

export interface MinuteCounts {
  exposure: Map<PlaceId, Exposure>
  /** By `PLACE|NARRATIVE`. */
  narratives: Map<string, NarrativeCounts>
  /** By language: posts that were not judged for it. */
  unjudged: Map<string, { posts: number }>
}

export const seriesKey = (place: PlaceId, narrative: Narrative): string => `${place}|${narrative}`

export function parseSeriesKey(key: string): { place: PlaceId; narrative: Narrative } {
  const [place, narrative] = key.split('|') as [PlaceId, Narrative]
  return { place, narrative }
}

type ExposureRow = Exposure & { minute: number; place: PlaceId }
type SeenRow = Exposure & { minute: number; places: PlaceId[]; unjudged: string }
type UnjudgedRow = { minute: number; language: string; posts: number }
type SeriesMinute = { minute: number; place: PlaceId; narrative: Narrative }
type NarrativeRow = NarrativeCounts & SeriesMinute
type VoicesRow = Pick<NarrativeCounts, 'voices'> & SeriesMinute

/** Counts minutes `from` to `to` (inclusive, since the epoch) from the sets; minutes without any post are absent. */
export async function countMinutes(
  store: Store,
  from: number,
  to: number,
): Promise<Map<number, MinuteCounts>> {
  const inRange = sql`minute BETWEEN ${param.int(from)} AND ${param.int(to)}`
  const [seen, narratives, voices] = await Promise.all([
    // A post is there once. Where posts count and what they were not judged for are few things: what is added up here is
    // not read twice.
    store.query<SeenRow>(sql`
      SELECT minute, counted_places AS places, unjudged, toUInt32(count()) AS seen,
        toUInt32(countIf(election)) AS election
      FROM seen FINAL WHERE ${inRange} GROUP BY minute, places, unjudged`),
    store.query<NarrativeRow>(sql`
      SELECT minute, place, narrative,
        toUInt32(uniqExactIf(post, stance = 'asserts')) AS posts,
        toUInt32(uniqExactIf(post, stance = 'asserts' AND NOT ${ALARMING})) AS charted,
        toUInt32(uniqExactIf(author, stance = 'asserts' AND author != '')) AS authors,
        toUInt32(uniqExactIf(text_key, stance = 'asserts')) AS texts,
        toUInt32(0) AS voices,
        toUInt32(uniqExactIf(post, stance = 'reports')) AS reports,
        toUInt32(uniqExactIf(post, stance = 'questions')) AS questions,
        toUInt32(uniqExactIf(post, stance = 'debunks')) AS debunks
      FROM (SELECT minute, post, author, text_key, stance, language, arrayJoin(counted_places) AS place,
              arrayJoin(narratives) AS narrative
            FROM posts FINAL WHERE ${inRange})
      GROUP BY minute, place, narrative`),
    store.query<VoicesRow>(selectVoices(from, to)),
  ])
  const minutes = collect([], narratives, [])
  addSeen(minutes, seen)
  for (const { minute, place, narrative, voices: heard } of voices) {
    // What was stored between these queries is not in all of them: its minute is counted again in a moment.
    const counts = minutes.get(minute)?.narratives.get(seriesKey(place, narrative))
    if (counts !== undefined) counts.voices = heard
  }
  return minutes
}

/** The sealed rows of minutes `from` to `to`. */
export async function loadMinutes(
  store: Store,
  from: number,
  to: number,
): Promise<Map<number, MinuteCounts>> {
  const range = sql`minute BETWEEN ${param.int(from)} AND ${param.int(to)}`
  const [exposure, narratives, unjudged] = await Promise.all([
    store.query<ExposureRow>(sql`
      SELECT minute, place, seen, election FROM exposure_minutes FINAL WHERE ${range} AND seen > 0`),
    store.query<NarrativeRow>(sql`
      SELECT minute, place, narrative, posts, charted, authors, texts, voices, reports, questions, debunks
      FROM narrative_minutes FINAL WHERE ${range} AND posts + reports + questions + debunks > 0`),
    store.query<UnjudgedRow>(sql`
      SELECT minute, language, posts FROM unjudged_minutes FINAL WHERE ${range} AND posts > 0`),
  ])
  return collect(exposure, narratives, unjudged)
}

function collect(
  exposure: readonly ExposureRow[],
  narratives: readonly NarrativeRow[],
  unjudged: readonly UnjudgedRow[],
): Map<number, MinuteCounts> {
  const minutes = new Map<number, MinuteCounts>()
  const at = (minute: number): MinuteCounts => {
    let counts = minutes.get(minute)
    if (counts === undefined) minutes.set(minute, (counts = emptyMinute()))
    return counts
  }
  for (const { minute, place, seen, election } of exposure) at(minute).exposure.set(place, { seen, election })
  for (const { minute, place, narrative, ...counts } of narratives) {
    at(minute).narratives.set(seriesKey(place, narrative), counts)
  }
  for (const { minute, language, posts } of unjudged) at(minute).unjudged.set(language, { posts })
  return minutes
}

/** Adds what was counted of `seen`, by where posts count together and the language that they were not judged for. */
function addSeen(minutes: Map<number, MinuteCounts>, rows: readonly SeenRow[]): void {
  for (const { minute, places, unjudged, seen, election } of rows) {
    let counts = minutes.get(minute)
    if (counts === undefined) minutes.set(minute, (counts = emptyMinute()))
    for (const place of new Set(places)) {
      const before = counts.exposure.get(place)
      counts.exposure.set(place, {
        seen: seen + (before?.seen ?? 0),
        election: election + (before?.election ?? 0),
      })
    }
    if (unjudged === '') continue
    counts.unjudged.set(unjudged, { posts: seen + (counts.unjudged.get(unjudged)?.posts ?? 0) })
  }
}

export function emptyMinute(): MinuteCounts {
  return { exposure: new Map(), narratives: new Map(), unjudged: new Map() }
}

export function sameCounts(a: MinuteCounts, b: MinuteCounts): boolean {
  return (
    sameMap(a.exposure, b.exposure) && sameMap(a.narratives, b.narratives) && sameMap(a.unjudged, b.unjudged)
  )
}

function sameMap<T extends object>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>): boolean {
  if (a.size !== b.size) return false
  for (const [key, value] of a) {
    const other = b.get(key)
    if (other === undefined) return false
    for (const name in value) if (value[name] !== other[name]) return false
  }
  return true
}

/** Columns of the sealed rows, in the order of their values. */
export const EXPOSURE_COLUMNS = ['minute', 'place', 'seen', 'election', 'version']
export const NARRATIVE_COLUMNS = [
  'minute',
  'place',
  'narrative',
  'posts',
  'charted',
  'authors',
  'texts',
  'voices',
  'reports',
  'questions',
  'debunks',
  'version',
]
export const UNJUDGED_COLUMNS = ['minute', 'language', 'posts', 'version']

export interface SealedMinute {
  minute: number
  counts: MinuteCounts
  /** The counts it was sealed with before; rows that are no longer in it are set to zero. */
  before: MinuteCounts | null
}

/** Writes sealed rows; a higher `version` replaces the rows of a lower one. */
export async function saveMinutes(
  store: Store,
  sealed: readonly SealedMinute[],
  version: number,
): Promise<void> {
  const exposure: Row[] = []
  const narratives: Row[] = []
  const unjudged: Row[] = []
  for (const { minute, counts, before } of sealed) {
    for (const [place, { seen, election }] of counts.exposure)
      exposure.push([minute, place, seen, election, version])
    for (const place of gone(before?.exposure, counts.exposure)) exposure.push([minute, place, 0, 0, version])
    for (const [key, n] of counts.narratives) {
      const { place, narrative } = parseSeriesKey(key)
      narratives.push([
        minute,
        place,
        narrative,
        n.posts,
        n.charted,
        n.authors,
        n.texts,
        n.voices,
        n.reports,
        n.questions,
        n.debunks,
        version,
      ])
    }
    for (const key of gone(before?.narratives, counts.narratives)) {
      const { place, narrative } = parseSeriesKey(key)
      narratives.push([minute, place, narrative, 0, 0, 0, 0, 0, 0, 0, 0, version])
    }
    for (const [language, { posts }] of counts.unjudged) unjudged.push([minute, language, posts, version])
    for (const language of gone(before?.unjudged, counts.unjudged))
      unjudged.push([minute, language, 0, version])
  }
  await store.insert('exposure_minutes', EXPOSURE_COLUMNS, exposure)
  await store.insert('narrative_minutes', NARRATIVE_COLUMNS, narratives)
  await store.insert('unjudged_minutes', UNJUDGED_COLUMNS, unjudged)
}

function gone(before: ReadonlyMap<string, unknown> | undefined, now: ReadonlyMap<string, unknown>): string[] {
  return before === undefined ? [] : [...before.keys()].filter((key) => !now.has(key))
}
