/** What was seen lately, in bounded memory. */

export interface Recent {
  /** False when it was seen before. */
  add(key: string): boolean
  has(key: string): boolean
}

/** Remembers the last `atLeast` keys, and at most twice as many: two sets, of which the older is dropped as a whole. */
export function createRecent(atLeast: number): Recent {
  let older = new Set<string>()
  let newer = new Set<string>()
  return {
    add(key) {
      if (newer.has(key) || older.has(key)) return false
      newer.add(key)
      if (newer.size >= atLeast) {
        older = newer
        newer = new Set()
      }
      return true
    },
    has: (key) => newer.has(key) || older.has(key),
  }
}
