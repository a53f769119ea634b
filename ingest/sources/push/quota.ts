/** How many posts a sender may push: as many as a minute allows at once, and from then on as time passes. */

const MINUTE_MS = 60_000

export interface Quota {
  /** Takes one post; gives 0, or the ms until there is room for one. */
  take(): number
  /** A new bound, from now on. */
  set(postsPerMinute: number): void
}

/** `monotonic`: ms that only grow. */
export function createQuota(postsPerMinute: number, monotonic: () => number): Quota {
  let most = postsPerMinute
  let left = most
  let at = monotonic()
  return {
    take() {
      const now = monotonic()
      left = Math.min(most, left + ((now - at) / MINUTE_MS) * most)
      at = now
      if (left < 1) return Math.ceil(((1 - left) / most) * MINUTE_MS)
      left -= 1
      return 0
    },
    set(next) {
      most = next
      left = Math.min(left, most)
    },
  }
}
