/** Finds the verdicts of posts that others repost: those judged lately in memory, the rest in the store. */
import { hash64 } from '../ingest/base/hash.ts'
import { createRecentValues } from '../ingest/base/recent-values.ts'
import { HASTY, isHasty, isJudged, type Narrative, type Stance, type Verdict } from './contract.ts'
import { whichWait } from './hasty-posts.ts'
import { NO_WORDING, type JudgedPost, type Original } from './judge.ts'
import { PRESUMED } from './language.ts'
import { pack, unpack } from './packed.ts'
import { ONE_THREAD, param, sql } from './store/sql.ts'
import type { Store } from './store/store.ts'

/** Posts that carry no narrative, in each of two generations: some seconds of a whole network's peak, 3 MB. */
const SILENT_MAX = 50_000
/**
 * Those that carry one, which are what is reposted longest: minutes of a night’s peak, 21 MB. A repost keeps its original
 * remembered, so that what spreads is asked for once.
 */
const NARRATED_MAX = 18_000
/** Reposts that carry one, of which somebody might make reposts: they share what is said of their originals. */
const REPOSTS_MAX = 8_000

export interface Originals {
  /** Stands for an original that was never seen. */
  readonly unknown: Original
  remember(judged: JudgedPost): void
  /** From memory alone. */
  recent(id: string): Original | undefined
  /** From memory or the store; ids that were never seen are absent from the answer. */
  find(ids: readonly string[]): Promise<Map<string, Original>>
}

interface StoredOriginal {
  id: string
  language: string
  text_key: string
  sketch: string
  flagged: boolean
  score: number
  narratives: Narrative[]
  narrative_scores: Record<Narrative, number>
  stance: Stance
  stance_scores: Record<Stance, number>
  words: string[]
  places: string[]
  model: string
}

/** `neutral` is the verdict of a text without any narrative, which the store does not keep post by post. */
export function createOriginals(store: Store, neutral: (election: boolean) => Verdict): Originals {
  const silent = createRecentValues(SILENT_MAX)
  const narrated = createRecent(NARRATED_MAX)
  const reposts = createRecent(REPOSTS_MAX)
  /** What is said of posts without a narrative, which are most: few things, each known by its place here. */
  const sayings: Original[] = []
  const places = new Map<string, number[]>()

  function recent(id: string): Original | undefined {
    const packed = narrated.get(id) ?? reposts.get(id)
    return packed === undefined ? sayings[silent.get(id) - 1] : unpack(packed)
  }

  function placeOf(election: boolean, language: string, hasty: boolean): number {
    let ofLanguage = places.get(language)
    if (ofLanguage === undefined) places.set(language, (ofLanguage = []))
    const kind = Number(election) + 2 * Number(hasty)
    if (ofLanguage[kind] !== undefined) return ofLanguage[kind]
    const original = { verdict: neutral(election), language, ...NO_WORDING }
    return (ofLanguage[kind] = sayings.push(hasty ? inHaste(original) : original))
  }
  const unnarrated = (election: boolean, language: string, hasty = false): Original =>
    sayings[placeOf(election, language, hasty) - 1]!

  async function findStored(ids: string[]): Promise<Map<string, Original>> {
    const found = new Map<string, Original>()
    const wanted = new Set(ids)
    // Before the verdicts: a second look that stores one and settles it between two questions would else be met by neither.
    const hasty = await whichWait(store, ids.map(hash64))
    // By the number, which is read much faster than the ids, and the last that was said of each: FINAL would read all.
    const rows = await store.query<StoredOriginal>(sql`
      SELECT id, language, text_key, sketch, flagged, score, narratives, narrative_scores, stance, stance_scores,
        words, places, model
      FROM posts WHERE post IN (SELECT toUInt64(arrayJoin(${param.strings(ids.map(hash64))})))
      ORDER BY stored_at DESC LIMIT 1 BY post ${ONE_THREAD}`)
    for (const row of rows) {
      const { id, language, text_key: textKey, sketch } = row
      if (row.narratives.length > 0 && wanted.has(id))
        found.set(id, { verdict: toVerdict(row), language, textKey, sketch })
    }
    const rest = new Map(ids.filter((id) => !found.has(id)).map((id) => [hash64(id), id]))
    if (rest.size === 0) return found
    const seen = await store.query<{ post: string; election: boolean; unjudged: string }>(sql`
      SELECT post, argMax(election, stored_at) AS election, argMax(unjudged, stored_at) AS unjudged FROM seen
      WHERE post IN (SELECT toUInt64(arrayJoin(${param.strings([...rest.keys()])}))) GROUP BY post`)
    for (const row of seen) {
      const original = unnarrated(row.election, row.unjudged || PRESUMED, hasty.has(row.post))
      found.set(rest.get(row.post)!, original)
    }
    return found
  }

  return {
    unknown: unnarrated(false, PRESUMED),
    remember({ post, verdict, language, textKey, sketch }) {
      if (verdict.narratives.length > 0) {
        const known = { verdict, language, textKey, sketch }
        if (post.repostOf === null) narrated.set(post.id, pack(known))
        else reposts.set(post.id, narrated.get(post.repostOf) ?? pack(known))
        return
      }
      // The same as the store would give, so that a restart changes no count.
      const said = isJudged(language) ? PRESUMED : language
      silent.set(post.id, placeOf(verdict.election, said, isHasty(verdict)))
      // It was judged again.
      narrated.delete(post.id)
      reposts.delete(post.id)
    },
    recent,
    async find(ids) {
      const found = new Map<string, Original>()
      const unknown: string[] = []
      for (const id of new Set(ids)) {
        const original = recent(id)
        if (original) found.set(id, original)
        // Another worker may have judged it again since.
        if (original === undefined || isHasty(original.verdict)) unknown.push(id)
      }
      if (unknown.length === 0) return found
      for (const [id, original] of await findStored(unknown)) {
        found.set(id, original)
        // One without a narrative may have been judged in haste just now: that is told after it is stored.
        const { narratives } = original.verdict
        if (narratives.length > 0 && !isHasty(original.verdict)) narrated.set(id, pack(original))
      }
      return found
    },
  }
}

/**
 * Texts by id, those used last, in two generations: when the younger is full, the older is forgotten as a whole. What is
 * asked for is young again.
 */
function createRecent(generationMax: number) {
  let young = createMarked<string>()
  let old = createMarked<string>()
  function set(id: string, value: string): void {
    young.set(id, value)
    if (young.size() < generationMax) return
    old = young
    young = createMarked()
  }
  return {
    get(id: string): string | undefined {
      const kept = young.get(id)
      if (kept !== undefined) return kept
      const aged = old.get(id)
      if (aged !== undefined) set(id, aged)
      return aged
    },
    set,
    delete(id: string): void {
      young.delete(id)
      old.delete(id)
    },
  }
}

/** Marks of a generation: seven for each id in it, at the least. */
const MARKS = 1 << 17
/** Ids of a source differ at their ends. */
const MARKED_END = 8

/** A map that tells of most ids that are not in it without a look: nearly every post asks for one that is not. */
function createMarked<T>() {
  const values = new Map<string, T>()
  const marks = new Uint8Array(MARKS)
  function markOf(id: string): number {
    let hash = id.length
    for (let i = Math.max(0, id.length - MARKED_END); i < id.length; i++)
      hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
    return (hash ^ (hash >>> 16)) & (MARKS - 1)
  }
  return {
    size: () => values.size,
    get: (id: string): T | undefined => (marks[markOf(id)] === 0 ? undefined : values.get(id)),
    set(id: string, value: T): void {
      values.set(id, value)
      marks[markOf(id)] = 1
    },
    delete(id: string): void {
      if (marks[markOf(id)] !== 0) values.delete(id)
    },
  }
}

function inHaste(original: Original): Original {
  if (isHasty(original.verdict)) return original
  return { ...original, verdict: { ...original.verdict, model: `${HASTY}${original.verdict.model}` } }
}

function toVerdict(row: StoredOriginal): Verdict {
  return {
    election: true,
    flagged: row.flagged,
    score: row.score,
    narratives: row.narratives,
    narrativeScores: row.narrative_scores,
    stance: row.stance,
    stanceScores: row.stance_scores,
    words: row.words,
    places: row.places,
    model: row.model,
  }
}
