/** One spike with its evidence, read again when it changes. */
import { effect, signal, type Signal } from '@preact/signals'
import type { SpikeDetail } from '../api/contract.ts'
import { CallError, getSpike } from './client.ts'
import { createPacer } from './pacer.ts'
import { answersTo, epoch, putSpikes, rebuttals, spikes } from './state.ts'

/** An open spike changes by the minute; in a fast replay many times a second. */
const REFRESH_MS = 3_000

export interface DetailFeed {
  detail: Signal<SpikeDetail | null>
  failure: Signal<CallError | null>
  stop(): void
}

/** Follows the spike with this id; `failure` has code `unknown_spike` where there is none. */
export function followDetail(id: string): DetailFeed {
  const detail = signal<SpikeDetail | null>(null)
  const failure = signal<CallError | null>(null)

  async function refresh(): Promise<void> {
    try {
      const found = await getSpike(id)
      detail.value = found
      failure.value = null
      putSpikes([found])
    } catch (error) {
      failure.value =
        error instanceof CallError
          ? error
          : new CallError('unreadable', 'The spike could not be read.', { cause: error })
      if (failure.value.code !== 'unknown_spike') pacer.ask(REFRESH_MS)
    }
  }

  const pacer = createPacer(refresh)
  const stopWatching = effect(() => {
    void epoch.value
    void rebuttals.value
    const revision = spikes.value.get(id)?.revision
    // What has just been read is the newest.
    if (detail.peek() === null) pacer.ask(0)
    else if (revision !== detail.peek()?.revision || stale()) pacer.ask(REFRESH_MS)
  })

  /** An answer was written, approved or published since. */
  function stale(): boolean {
    const newest = new Map(detail.peek()?.rebuttals.map(({ rebuttal }) => [rebuttal.id, rebuttal.updatedAt]))
    return answersTo(id).some((one) => newest.get(one.id) !== one.updatedAt)
  }

  return {
    detail,
    failure,
    stop(): void {
      pacer.stop()
      stopWatching()
    },
  }
}
