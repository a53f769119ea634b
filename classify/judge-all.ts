/** Judges posts together: originals before their reposts, whatever their order. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Post } from '../ingest/contract.ts'
import type { Judge, JudgedPost, Original } from './judge.ts'
import type { Originals } from './originals.ts'
import type { Reading } from './reading.ts'

/** Posts judged between two turns of the event loop: 2 ms, or 30 ms if each carries a narrative. */
const JUDGE_TURN = 400

export interface Sorted {
  firsts: Post[]
  reposts: Post[]
}

export function sortPosts(posts: readonly Post[]): Sorted {
  const sorted: Sorted = { firsts: [], reposts: [] }
  for (const post of posts) (post.repostOf === null ? sorted.firsts : sorted.reposts).push(post)
  return sorted
}

export interface Judged {
  judged: JudgedPost[]
  /** Reposts whose original is not known: they are not among the judged. */
  unknown: Post[]
}

/**
 * `readings`: of the firsts, in their order. `isKnown`: whether an original that was found will do. Originals remembers
 * what is judged. Throws what `originals.find` throws.
 */
export async function judgeAll(
  { firsts, reposts }: Sorted,
  readings: readonly Reading[],
  { judge, originals }: { judge: Judge; originals: Originals },
  isKnown: (original: Original) => boolean = () => true,
): Promise<Judged> {
  const judged: JudgedPost[] = []
  const unknown: Post[] = []
  const add = (post: Post, found: Reading | Original): void => {
    const one = judge(post, found)
    originals.remember(one)
    judged.push(one)
  }
  for (let i = 0; i < firsts.length; i++) {
    add(firsts[i]!, readings[i]!)
    if (i % JUDGE_TURN === JUDGE_TURN - 1) await nextTurn()
  }
  if (reposts.length === 0) return { judged, unknown }
  // What the store holds of these is older: it may be from a delivery that failed half-way.
  const own = new Set(firsts.map(({ id }) => id))
  const elsewhere = reposts.filter(({ repostOf }) => !own.has(repostOf!))
  const found = await originals.find(elsewhere.map(({ repostOf }) => repostOf!))
  for (const post of reposts) {
    const id = post.repostOf!
    const original = own.has(id) ? originals.recent(id) : found.get(id)
    if (original === undefined || !isKnown(original)) unknown.push(post)
    else add(post, original)
  }
  return { judged, unknown }
}
