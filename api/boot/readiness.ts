/** Whether the desk is ready: what it needs answers, and what it shows is not older than the setting allows. */
import type { Store } from '../../classify/store/store.ts'
import type { Desk } from '../desk/desk.ts'
import type { Readiness } from '../routes/deps.ts'
import { soon } from '../../ingest/base/soon.ts'
import type { Watcher } from '../spikes/watcher.ts'
import type { Mode } from './status.ts'

/** Live, a minute is sealed at most this long after its end. */
const SEALED_WITHIN_MS = 60_000
const MINUTE_MS = 60_000

export interface ReadinessOptions {
  store: Store
  desk: Pick<Desk, 'ping'>
  watcher: Pick<Watcher, 'view'>
  mode: Mode
  /** Records published and not yet stored. */
  lag: () => Promise<number>
  /** Past this it is not ready, ms. */
  readyBehindMs: number
  /** Wall clock, epoch ms. */
  now: () => number
}

export function createReadiness(options: ReadinessOptions): () => Promise<Readiness> {
  const { store, desk, mode, readyBehindMs, now } = options
  let waitingSince: number | null = null
  return async function readiness() {
    const [storeOk, deskOk, lag] = await Promise.all([
      soon(store.ping(), false),
      soon(desk.ping(), false),
      // A topic that does not answer is no reason to hide what is known; how old that is tells the rest.
      mode === 'live' ? soon(options.lag(), 0) : 0,
    ])
    waitingSince = lag > 0 ? (waitingSince ?? now()) : null
    const behindMs = mode === 'live' ? behindOf(options, waitingSince === null ? 0 : now() - waitingSince) : 0
    const status = !storeOk || !deskOk ? 'unavailable' : behindMs > readyBehindMs ? 'behind' : 'ok'
    return { status, store: storeOk, desk: deskOk, behindSeconds: Math.round(behindMs / 1_000) }
  }
}

/**
 * How much later than promised minutes are sealed, for how long nothing could be sealed or told, or for how long nobody
 * judged while something waited (`waitingMs`: since the topic was last seen empty).
 */
export function behindOf(
  { watcher, now }: Pick<ReadinessOptions, 'watcher' | 'now'>,
  waitingMs: number,
): number {
  const { sealedThrough, progress, failingSince } = watcher.view()
  // What is sealed in memory looks well, and the desk may not have it.
  const failing = failingSince === null ? 0 : now() - failingSince
  const sealed = sealedThrough === null ? 0 : now() - sealedThrough - MINUTE_MS - SEALED_WITHIN_MS
  const idle = (progress?.partitions ?? []).map(({ idleMs }) => idleMs)
  const judged = idle.length > 0 ? Math.min(waitingMs, ...idle) : 0
  return Math.max(0, sealed, failing, judged)
}
