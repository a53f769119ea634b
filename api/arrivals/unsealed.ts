/** Flagged posts whose minutes are not sealed yet, so that their number is known at any moment. */
import type { StoredPost } from './read.ts'

/** Minutes kept behind the last sealed one: a watcher that begins again may stand a little before where it was. */
const KEPT_BEHIND = 5

export interface Unsealed {
  /** Takes rows in the order in which they were stored: the last of a post holds. Minutes long sealed (`last`) are forgotten. */
  take(rows: readonly Pick<StoredPost, 'key' | 'minute' | 'flagged'>[], last: number | null): void
  /** Flagged posts of minutes after `last` (null: of all). */
  count(last: number | null): number
}

export function createUnsealed(): Unsealed {
  const flagged = new Map<number, Set<string>>()
  let forgotten = -Infinity

  function forget(last: number | null): void {
    if (last === null || last - KEPT_BEHIND <= forgotten) return
    forgotten = last - KEPT_BEHIND
    for (const minute of flagged.keys()) if (minute <= forgotten) flagged.delete(minute)
  }
  return {
    take(rows, last) {
      forget(last)
      for (const { key, minute, flagged: is } of rows) {
        if (minute <= forgotten) continue
        const posts = flagged.get(minute)
        if (!is) posts?.delete(key)
        else if (posts === undefined) flagged.set(minute, new Set([key]))
        else posts.add(key)
      }
    },
    count(last) {
      forget(last)
      let sum = 0
      for (const [minute, posts] of flagged) if (last === null || minute > last) sum += posts.size
      return sum
    },
  }
}
