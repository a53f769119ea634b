/** The desk role: seals minutes, finds spikes, and serves the page, the API and the public rebuttals. */
import type { Narrative } from '../../../classify/contract.ts'
import type { Store } from '../../../classify/store/store.ts'
import { ocdId, placeName } from '../../../ingest/base/jurisdictions.ts'
import { createApp } from '../../app.ts'
import { startArrivals, type ArrivalsOptions } from '../../arrivals/arrivals.ts'
import type { Desk } from '../../desk/desk.ts'
import type { AppDeps } from '../../routes/deps.ts'
import { soon } from '../../../ingest/base/soon.ts'
import { createDetector } from '../../spikes/detect/create-detector.ts'
import { createMemory } from '../../spikes/memory.ts'
import { startWatcher, type Watcher } from '../../spikes/watcher.ts'
import { behindOf, createReadiness } from '../readiness.ts'
import { createStatus, type Mode } from '../status.ts'
import type { Metrics } from '../watching/metrics.ts'
import { watchDesk, watchLive } from '../watching/start.ts'

export interface DeskOptions {
  store: Store
  desk: Desk
  mode: Mode
  partitionCount: number
  spikeNarratives: readonly Narrative[]
  /** About how many false alarms are accepted in a night over everything that is watched; thresholds follow from it. */
  falseAlarmsPerNight: number
  /** File in which the detector's memory outlives this process; null: a night that is played. */
  memoryFile: string | null
  app: Omit<
    AppDeps,
    | 'store'
    | 'desk'
    | 'mode'
    | 'status'
    | 'placeName'
    | 'ocdId'
    | 'now'
    | 'onError'
    | 'live'
    | 'readiness'
    | 'metrics'
    | 'liveWatch'
  >
  /** Records published and not yet stored. */
  lag: () => Promise<number>
  /** Who is behind by more is not ready, ms. */
  readyBehindMs: number
  /** Null: a desk that nobody watches (a drill, a replay). */
  metrics: Metrics | null
  onTold?: ArrivalsOptions['onTold']
  onError: (error: unknown) => void
}

export interface DeskRole {
  app: ReturnType<typeof createApp>
  watcher: Watcher
  stop(): Promise<void>
}

export function startDesk(options: DeskOptions): DeskRole {
  const { store, mode, partitionCount, onError, metrics, lag, readyBehindMs } = options
  const { falseAlarmsPerNight } = options
  const live = mode === 'live'
  const desk = metrics === null || !live ? options.desk : watchDesk(options.desk, metrics, Date.now)
  const watcher = startWatcher({
    store,
    desk,
    live,
    ...(options.memoryFile === null ? {} : { memory: createMemory(options.memoryFile) }),
    partitionCount,
    narratives: options.spikeNarratives,
    createDetector: (snapshot) =>
      createDetector({ stepSeconds: 60, hierarchical: true, falseAlarmsPerNight }, snapshot),
    placeName,
    readLag: () => soon<number | null>(lag(), null),
    now: Date.now,
    onError,
  })
  const arrivals = startArrivals({ store, desk, watcher, now: Date.now, onTold: options.onTold, onError })
  const status = createStatus({ store, watcher, arrivals, ...(live ? { lag } : {}), mode, now: Date.now })
  const now = Date.now
  if (live) metrics?.watchSealed(() => behindOf({ watcher, now }, 0))
  const readiness = createReadiness({ store, desk, watcher, mode, lag, readyBehindMs, now })
  const watched =
    metrics === null ? {} : { metrics: () => metrics.write(), liveWatch: watchLive(metrics, now) }
  const deps = { store, desk, mode, status, placeName, ocdId, now, onError, readiness, ...watched }
  const app = createApp({ ...deps, ...options.app })
  return {
    app,
    watcher,
    async stop() {
      await arrivals.stop()
      await watcher.stop()
    },
  }
}
