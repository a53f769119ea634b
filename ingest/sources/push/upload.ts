/**
 * What officials add by hand, as a source has it: counts and a status. Files are no stream: nobody misses anything while
 * there are none, so it tells no coverage, and until the first one nobody hears of it.
 */
import { z } from 'zod'
import { sleep } from '../../base/retry.ts'
import type { SourceBatch } from '../source.ts'
import { createStatus } from '../status.ts'
import { createPending } from './counts.ts'
import type { PushSource } from './source.ts'

/** Who added a file looks for it: soon, and yet no write for each of its pieces. */
const TELL_EVERY_MS = 2_000

const positionSchema = z.object({ accepted: z.number().int().min(0) })

export function createUploadSource(name: string, wallClock: () => number = Date.now): PushSource {
  const status = createStatus(name, wallClock)
  const pending = createPending()
  let total: number | null = null
  /** Whether what was added in the runs of the process before this one is known. */
  let resumed = false
  let untold = false

  function add(accepted: number): void {
    total = (total ?? 0) + accepted
    status.set('finished', `${total.toLocaleString('en-US')} posts were added from files.`)
  }

  return {
    name,
    live: true,
    isUnused: () => total === null,
    status: () => status.get(),
    note(counts) {
      pending.add(counts)
      add(counts.accepted)
      untold = true
    },
    async *read(position, signal): AsyncGenerator<SourceBatch, void> {
      const before = positionSchema.safeParse(position)
      if (before.success && !resumed) add(before.data.accepted)
      resumed = true
      while (!signal.aborted) {
        if (untold) {
          untold = false
          const counts = pending.take()
          yield {
            posts: [],
            deadLetters: [],
            coverage: [],
            ...counts,
            position: { accepted: total },
            progress: null,
          }
        }
        await sleep(TELL_EVERY_MS, signal)
      }
    },
  }
}
