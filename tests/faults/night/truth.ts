/**
 * The oracle: what must be counted of a night, from what was said in it. It shares no code with the pipeline. Only what a
 * sentence means is asked of the classifier, once for each sentence; how many said it, when and where, is counted here.
 */
import type { NightStream, Said } from './stream.ts'
import { ANSWERS, CHATTER, RUMOURS, SCATTERED } from './sentences.ts'

const MINUTE_MS = 60_000
/** A narrative holds from this probability on. */
const HOLDS = 0.5

/** A line of `tallywatch judge`. */
export interface JudgeLine {
  id: string
  narratives: Record<string, number>
  stance: string
  places: string[]
}

export interface SeriesMinute {
  posts: number
  authors: number
  texts: number
  reports: number
  questions: number
  debunks: number
}

/** The parts of what is counted that the oracle knows. */
export const TRUTH_PARTS = [
  ...(['posts', 'election', 'deadLetters', 'changes'] as const),
  ...(['exposure', 'series', 'claims', 'marks'] as const),
]

export interface Truth {
  posts: number
  election: number
  deadLetters: Record<string, number>
  changes: number
  /** By minute (since the epoch): posts seen, and those about an election. */
  exposure: Record<string, { seen: number; election: number }>
  /** By `minute place narrative`. */
  series: Record<string, SeriesMinute>
  /** The posts of each claim, as ids joined in order. */
  claims: string[]
  /** Of posts that carry a narrative: `id mark`. */
  marks: string[]
}

const ABOUT_ELECTION = new Set([...RUMOURS.flat(), ...SCATTERED, ...ANSWERS, ...CHATTER])

type Counting = Omit<SeriesMinute, 'authors' | 'texts'> & { authors: Set<string>; texts: Set<string> }

function nothing(): Counting {
  return { posts: 0, authors: new Set(), texts: new Set(), reports: 0, questions: 0, debunks: 0 }
}

/** `meanings`: for each sentence of the night what the classifier says of it. */
export function truthOf(night: NightStream, meanings: ReadonlyMap<string, JudgeLine>): Truth {
  const byId = new Map(night.said.map((one) => [one.id, one]))
  const textOf = ({ text, original }: Said) => text ?? byId.get(original!)?.text ?? null
  const exposure: Truth['exposure'] = {}
  const series: Record<string, Counting> = {}
  const claims = new Map<string, string[]>()
  const marks: string[] = []
  let election = 0
  for (const one of byId.values()) {
    const minute = Math.floor(one.createdAt / MINUTE_MS)
    const text = textOf(one)
    const exposed = (exposure[minute] ??= { seen: 0, election: 0 })
    exposed.seen += 1
    if (text === null) continue
    if (ABOUT_ELECTION.has(text)) {
      exposed.election += 1
      election += 1
    }
    const { narratives, stance, places } = meanings.get(text)!
    const held = Object.keys(narratives).filter((name) => narratives[name]! >= HOLDS)
    if (held.length === 0) continue
    claims.set(text, [...(claims.get(text) ?? []), one.id])
    const mark = night.changed.get(one.id)
    if (mark !== undefined) marks.push(`${one.id} ${mark}`)
    for (const narrative of held) {
      for (const place of ['US', ...places]) {
        const row = (series[`${minute} ${place} ${narrative}`] ??= nothing())
        if (stance === 'asserts') {
          row.posts += 1
          row.authors.add(one.author)
          row.texts.add(text)
        } else if (stance === 'reports' || stance === 'questions' || stance === 'debunks') row[stance] += 1
      }
    }
  }
  return {
    posts: byId.size,
    election,
    deadLetters: Object.fromEntries(Object.entries(night.broken).filter(([, count]) => count > 0)),
    changes: night.changed.size,
    exposure,
    series: Object.fromEntries(
      Object.entries(series)
        .map(([key, row]) => [key, { ...row, authors: row.authors.size, texts: row.texts.size }] as const)
        .filter(([, row]) => row.posts + row.reports + row.questions + row.debunks > 0),
    ),
    claims: [...claims.values()].map((ids) => ids.toSorted().join(' ')).toSorted(),
    marks: marks.toSorted(),
  }
}
