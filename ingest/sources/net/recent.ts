/** What was seen lately, in bounded memory. */
import { createRecentValues } from '../../base/recent-values.ts'

export interface Recent {
  /** False when it was seen before. */
  add(key: string): boolean
  has(key: string): boolean
}

/** Remembers the last `atLeast` keys, and at most twice as many. */
export function createRecent(atLeast: number): Recent {
  const seen = createRecentValues(atLeast)
  return {
    add: (key) => seen.add(key, 1),
    has: (key) => seen.get(key) !== 0,
  }
}
