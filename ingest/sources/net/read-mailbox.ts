/** Reading a mailbox in batches while something fills it. */
import type { Mailbox } from './mailbox.ts'

/** One step of the topic; the whole of Bluesky sends fewer posts in a second. */
const BATCH_MAX = 1_000
/**
 * What arrives is gathered for this long, or until a batch is full: each batch costs some 2 ms whatever it holds, most of it
 * at the topic. The desk is told once a second.
 */
const GATHER_MS = 250

/**
 * Gives what is in the mailbox, a batch at a time, until `signal` aborts. `fill` runs meanwhile, and is told to stop when
 * nobody reads any more; what it throws is thrown here.
 */
export async function* readMailbox<T>(
  mailbox: Mailbox<T>,
  fill: (stopped: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<T[], void> {
  const stopping = new AbortController()
  const stopped = AbortSignal.any([signal, stopping.signal])
  const failures: unknown[] = []
  const filling = fill(stopped).catch((error: unknown) => {
    failures.push(error)
    stopping.abort()
  })
  try {
    for (;;) {
      await mailbox.filled(stopped)
      await mailbox.gathered(BATCH_MAX, GATHER_MS, stopped)
      if (stopped.aborted) break
      yield mailbox.take(BATCH_MAX)
    }
  } finally {
    stopping.abort()
    await filling
  }
  if (failures.length > 0) throw failures[0]
}
