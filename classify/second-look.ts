/**
 * The second look: posts that were judged in haste are judged again, by the whole cascade, when nothing is behind. What
 * it stores replaces what haste stored, and its minutes are sealed again, as with any late post.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { isHasty } from './contract.ts'
import type { HastyPost, HastyPosts } from './hasty-posts.ts'
import { judgeAll, sortPosts } from './judge-all.ts'
import type { Judge } from './judge.ts'
import type { Originals } from './originals.ts'
import type { Reader } from './reading.ts'
import type { Replace } from './replace.ts'

/** Posts judged at once: about half a second of the encoder, so that what arrives meanwhile hardly waits. */
const TAKEN = 200
/** Between two looks, and after one that found nothing: two queries of each worker. */
const PAUSE_MS = 100
const EMPTY_PAUSE_MS = 5_000

export interface SecondLookOptions {
  replace: Replace
  hasty: HastyPosts
  readAll: Reader
  judge: Judge
  originals: Originals
  /** Whether posts are judged in haste now: then there is no time. */
  isBehind: () => boolean
  onError: (error: unknown) => void
}

/** Looks again at `taken`; all of it is stored, then settled. Gives how many were settled. */
export async function lookAgain(taken: readonly HastyPost[], options: SecondLookOptions): Promise<number> {
  const { replace, hasty, readAll } = options
  const posts = sortPosts(taken.map(({ post }) => post))
  const readings = await readAll(posts.firsts)
  // A repost whose own original waits too comes after it, in another look.
  const { judged } = await judgeAll(posts, readings, options, ({ verdict }) => !isHasty(verdict))
  const takenOf = new Map(taken.map((one) => [one.post, one]))
  const done = judged.map((one) => ({ one: takenOf.get(one.post)!, judged: one }))
  const shown = done.filter(({ one, judged }) => one.carried || judged.verdict.narratives.length > 0)
  await replace(
    done.map(({ judged }) => judged),
    shown.map(({ judged }) => judged),
  )
  await hasty.settle(done.map(({ one }) => one))
  return done.length
}

/** Looks again for as long as it is not stopped. An error is told, and what was taken waits for the next look. */
export function startSecondLook(options: SecondLookOptions): { stop(): Promise<void> } {
  const stopping = new AbortController()
  async function look(): Promise<number> {
    if (options.isBehind()) return 0
    return lookAgain(await options.hasty.take(TAKEN), options)
  }
  async function run(): Promise<void> {
    for (;;) {
      const settled = await look().catch((error: unknown) => {
        if (!stopping.signal.aborted) options.onError(error)
        return 0
      })
      const pause = settled > 0 ? PAUSE_MS : EMPTY_PAUSE_MS
      // Rejects when it is stopped, and only then.
      const stopped = await sleep(pause, false, { signal: stopping.signal }).catch(() => true)
      if (stopped) return
    }
  }
  const running = run()
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}
