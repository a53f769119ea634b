/** What an installation has counted of a night: everything that must not depend on how it came about. */
import { sql } from '../../../classify/store/sql.ts'
import type { Store } from '../../../classify/store/store.ts'
import type { SeriesMinute, Truth } from './truth.ts'

/** A spike without what tells how often it was revised. */
type Spike = Record<string, unknown>

export interface Counted extends Truth {
  /** All columns of the sealed rows, as text. */
  sealed: string[]
  /** All columns of the verdicts that counts rest on, as text. */
  verdicts: string[]
  /** Spikes that stand, with everything that is said of them, and the echoes. */
  spikes: Spike[]
  /** Of the spikes those that raised an alarm. */
  alerts: string[]
}

interface ExportLine {
  id: string
  cluster: string
  marks: string[]
}

/** What the desk tells: its share of what is counted. */
export type Told = Pick<Counted, 'claims' | 'marks' | 'spikes' | 'alerts'>
export type Stored = Omit<Counted, keyof Told>

/** The desk answers within this, or it hangs. */
const ANSWER_MS = 30_000

/** `api`: the desk's address, with a slash at its end. */
export async function readCounted(store: Store, api: string): Promise<Counted> {
  return { ...(await readStored(store)), ...(await readTold(api)) }
}

export async function readTold(api: string): Promise<Told> {
  const spikes = await readSpikes(api)
  const exported = await readExport(api)
  return {
    claims: claimsOf(exported),
    marks: exported.flatMap(({ id, marks }) => marks.map((mark) => `${id} ${mark}`)).toSorted(),
    spikes,
    alerts: spikes
      .filter(({ echo }) => echo !== true)
      .map(({ id, detected }) => `${String(id)} ${String(detected)}`),
  }
}

export async function readStored(store: Store): Promise<Stored> {
  const rows = await store.query<{ minute: number; seen: number; election: number }>(sql`
    SELECT minute, seen, election FROM exposure_minutes FINAL WHERE place = 'US' AND seen > 0`)
  const series = await store.query<SeriesMinute & { minute: number; place: string; narrative: string }>(sql`
    SELECT minute, place, narrative, posts, authors, texts, reports, questions, debunks
    FROM narrative_minutes FINAL WHERE posts + reports + questions + debunks > 0
    ORDER BY minute, place, narrative`)
  const [totals] = await store.query<{ posts: number; election: number; changes: number }>(sql`
    SELECT toUInt32(uniqExact(post)) AS posts, toUInt32(uniqExactIf(post, election)) AS election,
      (SELECT toUInt32(uniqExact(subject)) FROM post_changes) AS changes
    FROM seen FINAL`)
  const dead = await store.query<{ reason: string; count: number }>(sql`
    SELECT reason, toUInt32(uniqExact(id)) AS count FROM dead_letters GROUP BY reason ORDER BY reason`)
  return {
    ...totals!,
    deadLetters: Object.fromEntries(dead.map(({ reason, count }) => [reason, count])),
    exposure: Object.fromEntries(rows.map(({ minute, ...counts }) => [String(minute), counts])),
    series: Object.fromEntries(
      series.map(({ minute, place, narrative, ...counts }) => [`${minute} ${place} ${narrative}`, counts]),
    ),
    sealed: await readSealed(store),
    verdicts: await readVerdicts(store),
  }
}

/** Throws when a post is exported twice. */
function claimsOf(exported: readonly ExportLine[]): string[] {
  const claims = new Map<string, string[]>()
  for (const { id, cluster } of exported) claims.set(cluster, [...(claims.get(cluster) ?? []), id])
  if (new Set(exported.map(({ id }) => id)).size !== exported.length)
    throw new Error('A post was exported twice')
  return [...claims.values()].map((ids) => ids.toSorted().join(' ')).toSorted()
}

async function readSealed(store: Store): Promise<string[]> {
  const read = (text: ReturnType<typeof sql>) => store.query<{ row: string }>(text)
  const all = await Promise.all([
    read(
      sql`SELECT toString((minute, place, seen, election)) AS row FROM exposure_minutes FINAL WHERE seen > 0`,
    ),
    read(sql`
      SELECT toString((minute, place, narrative, posts, charted, authors, texts, voices, reports, questions, debunks)) AS row
      FROM narrative_minutes FINAL WHERE posts + reports + questions + debunks > 0`),
    read(sql`SELECT toString((minute, language, posts)) AS row FROM unjudged_minutes FINAL WHERE posts > 0`),
  ])
  return all
    .flat()
    .map(({ row }) => row)
    .toSorted()
}

async function readVerdicts(store: Store): Promise<string[]> {
  const rows = await store.query<{ row: string }>(sql`
    SELECT toString((minute, id, author, text_key, sketch, flagged, narratives, stance, places, counted_places)) AS row
    FROM posts FINAL`)
  return rows.map(({ row }) => row).toSorted()
}

async function readExport(api: string): Promise<ExportLine[]> {
  const response = await fetch(`${api}api/export?format=jsonl&stance=any`, {
    signal: AbortSignal.timeout(ANSWER_MS),
  })
  if (!response.ok) throw new Error(`The export answered ${response.status}`)
  const lines = (await response.text()).split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as ExportLine)
}

async function readSpikes(api: string): Promise<Spike[]> {
  const response = await fetch(`${api}api/spikes`, { signal: AbortSignal.timeout(ANSWER_MS) })
  if (!response.ok) throw new Error(`The spikes answered ${response.status}`)
  return standing(((await response.json()) as { spikes: Spike[] }).spikes)
}

/** Those that were not withdrawn, without what tells how often they were revised, in one order. */
export function standing(spikes: readonly Spike[]): Spike[] {
  return spikes
    .filter(({ phase }) => phase !== 'withdrawn')
    .map((spike): Spike => ({ ...spike, revision: 0 }))
    .toSorted((a, b) => String(a['id']).localeCompare(String(b['id'])))
}
