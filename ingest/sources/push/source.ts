/**
 * A push source as the others see it: its status, its counts, and when somebody could push to it. The posts themselves go
 * to the topic by the intake, since each push waits for its own to be durable.
 */
import { z } from 'zod'
import { sleep } from '../../base/retry.ts'
import type { Coverage } from '../../contract.ts'
import type { Source, SourceBatch } from '../source.ts'
import { createStatus } from '../status.ts'
import { createPending, type PushCounts } from './counts.ts'

/** Counts are told this often, and a crash leaves a gap of at most this. */
const TELL_EVERY_MS = 5_000
/** A stop and start within this refuses nobody who tries again. */
const GAP_MIN_MS = 10_000
/** A stretch grows, as one row that is replaced, to this length. */
const STRETCH_MAX_MS = 60 * 60_000

const positionSchema = z.object({
  /** Coverage was told up to here, epoch ms. */
  coveredTo: z.number().int(),
  accepted: z.number().int().min(0),
})

export interface PushSource extends Source {
  /** Counts what a push brought. */
  note(counts: PushCounts): void
}

/**
 * Makes the source `name`. While it runs everything that was sent was seen; the time in which it did not run is told as
 * coverage of kind `none`: whether somebody would have pushed then nobody knows.
 */
export function createPushSource(name: string, wallClock: () => number = Date.now): PushSource {
  const status = createStatus(name, wallClock)
  const pending = createPending()
  let added = 0
  /** In the runs of the process before this one; null: not known yet. It may be read from several times. */
  let before: number | null = null
  const totalOf = (): number => (before ?? 0) + added

  function describe(): void {
    const total = totalOf()
    const words =
      total === 0 ? 'Nothing was pushed yet.' : `${total.toLocaleString('en-US')} posts were pushed.`
    status.set('running', words)
  }

  return {
    name,
    live: true,
    status: () => status.get(),
    note(counts) {
      pending.add(counts)
      added += counts.accepted
      describe()
    },
    async *read(position, signal): AsyncGenerator<SourceBatch, void> {
      const parsed = positionSchema.safeParse(position)
      const started = wallClock()
      before ??= parsed.success ? parsed.data.accepted : 0
      let coveredTo = parsed.success ? parsed.data.coveredTo : started
      let from = coveredTo
      const tell = (to: number, kind: 'complete' | 'none'): Coverage[] => {
        if (to <= coveredTo) return []
        coveredTo = to
        const stretch: Coverage = { source: name, from, to, kind, share: kind === 'none' ? 0 : 1 }
        if (kind === 'none' || to - from >= STRETCH_MAX_MS) from = to
        return [stretch]
      }
      const batch = (coverage: readonly Coverage[]): SourceBatch => {
        const position = { coveredTo, accepted: totalOf() }
        return { posts: [], deadLetters: [], coverage, ...pending.take(), position, progress: null }
      }
      describe()
      yield batch(started - coveredTo >= GAP_MIN_MS ? tell(started, 'none') : [])
      while (!signal.aborted) {
        await sleep(TELL_EVERY_MS, signal)
        yield batch(tell(wallClock(), 'complete'))
      }
    },
  }
}
