/** Plays a recorded or scripted stream on its own clock. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SourceBatch } from './source.ts'

/** Seconds of the stream for each second on the wall, or as fast as it is taken. */
export type Speed = number | 'max'

/** Pauses are cut to this, so that an abort and a clock that was set back are noticed; timers bear no more than 24 days. */
const PAUSE_MAX_MS = 60_000

/**
 * Gives each batch when the stream's clock reaches its newest post. The clock starts, with the first batch, at its
 * newest post, and does not stop while the consumer is slow: it then catches up. Ends quietly when `signal` aborts.
 * Throws RangeError for a speed that is not above zero. `now` gives wall-clock milliseconds.
 */
export async function* pace(
  batches: AsyncIterable<SourceBatch> | Iterable<SourceBatch>,
  speed: Speed,
  signal: AbortSignal,
  now: () => number = () => performance.now(),
): AsyncIterable<SourceBatch> {
  if (speed !== 'max' && !(speed > 0))
    throw new RangeError(`a speed is above zero, or "max"; it was ${speed}`)
  let start: { wall: number; event: number } | null = null
  for await (const batch of batches) {
    const newest = newestOf(batch)
    if (speed !== 'max' && newest !== null) {
      start ??= { wall: now(), event: newest }
      const due = start.wall + (newest - start.event) / speed
      if (!(await until(due, now, signal))) return
    }
    if (signal.aborted) return
    yield batch
  }
}

function newestOf(batch: SourceBatch): number | null {
  let newest: number | null = null
  for (const post of batch.posts) if (newest === null || post.createdAt > newest) newest = post.createdAt
  return newest
}

/** False when the signal aborted first. */
async function until(due: number, now: () => number, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const left = due - now()
    if (left <= 0) return true
    try {
      await sleep(Math.min(left, PAUSE_MAX_MS), undefined, { signal })
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
  return false
}
