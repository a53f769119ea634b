/** How far behind a process is that takes deliveries or publishes: true while it works, while it fails, and while it hangs. */
import { createPublishing, type Publishing } from './publishing.ts'

/** A capture longer ago is a recording's, which says nothing of today. */
const RECORDED_MS = 24 * 3_600_000
/**
 * A partition that gave nothing for so long has gone to another process, or is empty: a delivery that was refused comes
 * again within 10 s (ingest/topic/codec.ts).
 */
export const GONE_MS = 60_000

interface Work {
  /** Oldest capture in the delivery under way, or in one that failed and comes again; null: neither. */
  waitingSince: number | null
  /** Newest capture handled while more was waiting; null: nothing waits. */
  handledTo: number | null
  /** Its handler has neither resolved nor rejected: it may hang, and is this process's for as long as it does. */
  underWay: boolean
  /** Wall clock of the last word. */
  at: number
}

export interface Backlog {
  /** `work` names a partition; `captured`: when its posts were captured, epoch ms. */
  begin(work: string, captured: readonly number[]): void
  /** It was refused: it comes again, here or at another process. */
  fail(work: string): void
  /** `lag`: what waits behind it. */
  end(work: string, captured: readonly number[], lag: number): void
  /** What is given to this topic waits too, until it is acknowledged. */
  publishing(topic: string): Publishing
  /** Age of the oldest post that is known to wait, ms; 0 where none does. */
  behindMs(): number
}

export function createBacklog(now: () => number): Backlog {
  const works = new Map<string, Work>()
  const publishings = new Map<string, Publishing>()
  const recent = (captured: readonly number[]) => captured.filter((time) => time > now() - RECORDED_MS)
  const isGone = ({ underWay, at }: Work) => !underWay && now() - at >= GONE_MS
  return {
    begin(work, captured) {
      const before = works.get(work)
      const oldest = recent(captured).reduce((least, time) => Math.min(least, time), now())
      // One that comes again has waited since it first came.
      const waitingSince = before === undefined || isGone(before) ? oldest : (before.waitingSince ?? oldest)
      works.set(work, { waitingSince, handledTo: null, underWay: true, at: now() })
    },
    fail(work) {
      const before = works.get(work)
      if (before !== undefined) works.set(work, { ...before, underWay: false, at: now() })
    },
    end(work, captured, lag) {
      const newest = recent(captured).reduce((most, time) => Math.max(most, time), 0) || now()
      if (lag > 0) works.set(work, { waitingSince: null, handledTo: newest, underWay: false, at: now() })
      else works.delete(work)
    },
    publishing(topic) {
      const publishing = publishings.get(topic) ?? createPublishing(now)
      publishings.set(topic, publishing)
      return publishing
    },
    behindMs() {
      let behind = 0
      for (const [work, known] of works) {
        if (isGone(known)) works.delete(work)
        else behind = Math.max(behind, now() - (known.waitingSince ?? known.handledTo ?? now()))
      }
      for (const publishing of publishings.values()) behind = Math.max(behind, publishing.stuckMs())
      return behind
    },
  }
}
