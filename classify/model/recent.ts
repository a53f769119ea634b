/** What is kept of texts, those asked for last: what spreads stays, however much else comes meanwhile. */
export interface Recent<T> {
  get(key: string): T | undefined
  set(key: string, value: T): void
}

/**
 * Keeps `most` values, or a little less: in two generations, of which the older is forgotten as a whole when the younger
 * is full. What is asked for is young again.
 */
export function createRecent<T>(most: number): Recent<T> {
  const generationMax = Math.ceil(most / 2)
  let young = new Map<string, T>()
  let old = new Map<string, T>()
  function set(key: string, value: T): void {
    if (young.size >= generationMax) {
      old = young
      young = new Map()
    }
    young.set(key, value)
  }
  return {
    get(key) {
      const kept = young.get(key)
      if (kept !== undefined) return kept
      const aged = old.get(key)
      if (aged !== undefined) set(key, aged)
      return aged
    },
    set,
  }
}
