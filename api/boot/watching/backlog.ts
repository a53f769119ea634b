/** How far behind a process is that takes deliveries: true while it works, while it fails, and while it hangs. */

/** A capture longer ago is a recording's, which says nothing of today. */
const RECORDED_MS = 24 * 3_600_000
/** A partition that gave nothing for so long has gone to another process, or is empty. */
const GONE_MS = 60_000

interface Work {
  /** Oldest capture in the delivery under way, or in one that failed and comes again; null: neither. */
  waitingSince: number | null
  /** Newest capture handled while more was waiting; null: nothing waits. */
  handledTo: number | null
  /** Wall clock of the last word. */
  at: number
}

export interface Backlog {
  /** `work` names a partition, or a batch on its way; `captured`: when its posts were captured, epoch ms. */
  begin(work: string, captured: readonly number[]): void
  /** `lag`: what waits behind it. */
  end(work: string, captured: readonly number[], lag: number): void
  /** Age of the oldest post that is known to wait, ms; 0 where none does. */
  behindMs(): number
}

export function createBacklog(now: () => number): Backlog {
  const works = new Map<string, Work>()
  const recent = (captured: readonly number[]) => captured.filter((time) => time > now() - RECORDED_MS)
  return {
    begin(work, captured) {
      const oldest = recent(captured).reduce((least, time) => Math.min(least, time), now())
      // One that comes again has waited since it first came.
      const waitingSince = works.get(work)?.waitingSince ?? oldest
      works.set(work, { waitingSince, handledTo: null, at: now() })
    },
    end(work, captured, lag) {
      const newest = recent(captured).reduce((most, time) => Math.max(most, time), 0) || now()
      if (lag > 0) works.set(work, { waitingSince: null, handledTo: newest, at: now() })
      else works.delete(work)
    },
    behindMs() {
      let behind = 0
      for (const { waitingSince, handledTo, at } of works.values()) {
        if (waitingSince !== null) behind = Math.max(behind, now() - waitingSince)
        if (handledTo !== null && now() - at < GONE_MS) behind = Math.max(behind, now() - handledTo)
      }
      return behind
    },
  }
}
