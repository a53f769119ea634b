/** For how long a topic has not acknowledged what it was given: while a publish hangs, and after it was refused. */

export interface Publishing {
  /** A publish was taken; call one of these when it is settled. */
  begin(): { acknowledged(): void; refused(): void }
  /**
   * Since the oldest publish that was neither acknowledged nor refused, or refused with none acknowledged after it, ms; 0
   * where all is well. What was refused is read again by its source, and so waits until something is taken.
   */
  stuckMs(): number
}

export function createPublishing(now: () => number): Publishing {
  /** When each began, epoch ms; the oldest first. */
  const underWay = new Set<{ at: number }>()
  let refusedSince: number | null = null
  return {
    begin() {
      const batch = { at: now() }
      underWay.add(batch)
      return {
        acknowledged() {
          underWay.delete(batch)
          refusedSince = null
        },
        refused() {
          underWay.delete(batch)
          refusedSince = Math.min(batch.at, refusedSince ?? batch.at)
        },
      }
    },
    stuckMs() {
      const [oldest] = underWay
      const since = Math.min(oldest?.at ?? now(), refusedSince ?? now())
      return Math.max(0, now() - since)
    },
  }
}
