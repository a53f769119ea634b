/** What a timeline shows and no stream brings: some servers do not stream what their timelines show, or not to everybody. */
import { sleep } from '../../base/retry.ts'
import { catchUp, type Caught, type CatchUpOptions, type Since } from './catch-up.ts'

/** 20 requests of the 300 that servers allow in five minutes. */
export const LOOK_MS = 15_000

/** For so long a timeline that alone is read may leave pages unanswered before they are missed: as long as servers' limits. */
const UNANSWERED_MAX_MS = 5 * 60_000

export interface WatchOptions {
  /** How to catch up, from where nothing is missing now. */
  catching: () => CatchUpOptions
  lookMs: number
}

/**
 * Looks at the timeline while the stream is open and brings nothing; `onMute` is told when it shows what was never
 * streamed. Missed is only what it shows and does not give: a server may be quiet, and its timeline slow.
 */
export async function watchQuiet(
  { catching, lookMs, streamed, onMute }: WatchOptions & { streamed: () => number; onMute: () => void },
  signal: AbortSignal,
): Promise<void> {
  for (let before = streamed(); !signal.aborted; before = streamed()) {
    await sleep(lookMs, signal)
    if (signal.aborted || streamed() !== before) continue
    const isGap = ({ unanswered, given }: Caught) => !unanswered && given > 0
    const caught = await catchUp({ ...catching(), isGap }, signal)
    if ((caught?.found ?? 0) > 0 && streamed() === 0) onMute()
  }
}

/** Reads the timeline in place of a stream for `forMs`, or until it is not shown any more. Gives how often it was shown. */
export async function readTimeline(
  { catching, lookMs, forMs, onShown }: WatchOptions & { forMs: number; onShown: () => void },
  signal: AbortSignal,
): Promise<number> {
  const until = performance.now() + forMs
  let looks = 0
  for (;;) {
    const options = catching()
    const isGap = ({ unanswered }: Caught, { from }: Since) =>
      !unanswered || options.wallClock() - from > UNANSWERED_MAX_MS
    const caught: Caught | null = await catchUp({ ...options, isGap }, signal)
    if (caught === null || signal.aborted) return looks
    looks += 1
    onShown()
    if (performance.now() + lookMs > until) return looks
    await sleep(lookMs, signal)
  }
}
