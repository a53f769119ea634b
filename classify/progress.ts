/** Says how far each partition has come, for whoever seals minutes. Written after what it claims is stored. */
import type { Row, Store } from './store/store.ts'

/** A minute is sealed within a minute of its end, so a second costs nothing; each write is a part on disk. */
const WRITE_EVERY_MS = 1_000

export interface ProgressWriter {
  /**
   * `watermark`: newest event time handled, epoch ms, or null where the delivery held no post. A row's age is how long ago
   * posts were stored, so such a delivery (a source tells how it is every few seconds) is said only where its lag is news.
   */
  note(partition: number, watermark: number | null, lag: number): void
  flush(): Promise<void>
  stop(): Promise<void>
}

/** A write that fails is tried again with the next one: progress only hints, counts do not rest on it. */
export function createProgressWriter(store: Pick<Store, 'insert'>): ProgressWriter {
  const watermarks = new Map<number, number>()
  /** As noted last: another worker that had the partition meanwhile left behind it what is delivered here next. */
  const lags = new Map<number, number>()
  const pending = new Map<number, number>()
  let writing: Promise<void> = Promise.resolve()

  async function write(): Promise<void> {
    const rows: Row[] = []
    for (const [partition, lag] of pending) {
      const watermark = watermarks.get(partition)
      if (watermark !== undefined) rows.push([partition, watermark, lag])
    }
    const taken = [...pending]
    pending.clear()
    try {
      await store.insert('progress', ['partition', 'watermark', 'lag'], rows)
    } catch (error) {
      for (const [partition, lag] of taken) if (!pending.has(partition)) pending.set(partition, lag)
      throw error
    }
  }
  function flush(): Promise<void> {
    writing = writing.then(write, write)
    return writing
  }
  // The next write, or stop(), reports a store that stays away; the handlers' own inserts fail with it meanwhile.
  const timer = setInterval(() => {
    if (pending.size > 0) flush().catch(() => pending.size)
  }, WRITE_EVERY_MS)

  return {
    note(partition, watermark, lag) {
      const before = watermarks.get(partition)
      if (watermark !== null && (before === undefined || watermark > before))
        watermarks.set(partition, watermark)
      if (watermark !== null || lags.get(partition) !== lag) pending.set(partition, lag)
      lags.set(partition, lag)
    },
    flush,
    async stop() {
      clearInterval(timer)
      await flush()
    },
  }
}
