/** What waits in each partition, for as long as the partition is this process's. */
import { GONE_MS } from './backlog.ts'

export interface Lags {
  /** A delivery came, with so much behind it. */
  begin(partition: number, lag: number): void
  /** It was handled, or refused. */
  settle(partition: number): void
  /** Of the partitions that have a delivery under way, or had one of late. */
  read(): { partition: number; lag: number }[]
}

export function createLags(now: () => number): Lags {
  /** `at`: when the last one was settled, epoch ms; null while it is under way. */
  const known = new Map<number, { lag: number; at: number | null }>()
  return {
    begin(partition, lag) {
      known.set(partition, { lag, at: null })
    },
    settle(partition) {
      const last = known.get(partition)
      if (last !== undefined) last.at = now()
    },
    read() {
      for (const [partition, { at }] of known)
        if (at !== null && now() - at >= GONE_MS) known.delete(partition)
      return [...known].map(([partition, { lag }]) => ({ partition, lag }))
    },
  }
}
