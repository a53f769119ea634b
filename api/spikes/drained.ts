/**
 * Whether nothing waits any more, whatever the partitions said last. A worker that was killed, or that stood still while
 * another drained its partition, leaves a word of records waiting that nobody takes back before the next one comes.
 */
import type { PartitionProgress } from './horizon.ts'

/** Records published and not yet stored, of all partitions; null: the topic does not say. */
export type ReadLag = () => Promise<number | null>

/** Nothing waited, and nobody said anything else, for so long: who works through a backlog speaks every second. */
export const DRAINED_AFTER_MS = 20_000
/** Each asking is a question to the broker. */
const ASK_EVERY_MS = 5_000

/**
 * Gives `isDrained(behind)`, to be asked every moment with the partitions that are behind by what they said last. True
 * once the topic has said for a while that nothing waits, though these said the same all the time. Neither this machine's
 * clock nor the store's is believed: either may be set.
 */
export function createDrained(
  readLag: ReadLag,
  monotonic: () => number = () => performance.now(),
): (behind: readonly PartitionProgress[]) => Promise<boolean> {
  let said = ''
  let emptySince: number | null = null
  let askedAt = -Infinity

  return async function isDrained(behind) {
    const now = JSON.stringify(behind.map(({ partition, watermark, lag }) => [partition, watermark, lag]))
    if (now !== said) {
      emptySince = null
      askedAt = -Infinity
    }
    said = now
    if (behind.length === 0) return false
    if (monotonic() - askedAt >= ASK_EVERY_MS) {
      askedAt = monotonic()
      emptySince = (await readLag()) === 0 ? (emptySince ?? askedAt) : null
    }
    return emptySince !== null && monotonic() - emptySince >= DRAINED_AFTER_MS
  }
}
