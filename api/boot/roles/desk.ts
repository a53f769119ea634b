/** The desk role: seals minutes, finds spikes, and serves the page, the API and the public rebuttals. */
import type { Narrative } from '../../../classify/contract.ts'
import type { Store } from '../../../classify/store/store.ts'
import { ocdId, placeName } from '../../../ingest/base/jurisdictions.ts'
import { createApp } from '../../app.ts'
import type { Desk } from '../../desk/desk.ts'
import type { AppDeps } from '../../routes/deps.ts'
import { createDetector } from '../../spikes/detect/create-detector.ts'
import { startWatcher, type Watcher } from '../../spikes/watcher.ts'
import { createStatus, type Mode } from '../status.ts'

export interface DeskOptions {
  store: Store
  desk: Desk
  mode: Mode
  partitionCount: number
  spikeNarratives: readonly Narrative[]
  /** About how many false alarms are accepted in a night over everything that is watched; thresholds follow from it. */
  falseAlarmsPerNight: number
  app: Omit<AppDeps, 'store' | 'desk' | 'status' | 'placeName' | 'ocdId' | 'now' | 'onError' | 'live'>
  onError: (error: unknown) => void
}

export interface DeskRole {
  app: ReturnType<typeof createApp>
  watcher: Watcher
  stop(): Promise<void>
}

export function startDesk(options: DeskOptions): DeskRole {
  const { store, desk, mode, partitionCount, onError } = options
  const { falseAlarmsPerNight } = options
  const watcher = startWatcher({
    store,
    desk,
    live: mode === 'live',
    partitionCount,
    narratives: options.spikeNarratives,
    createDetector: (snapshot) =>
      createDetector({ stepSeconds: 60, hierarchical: true, falseAlarmsPerNight }, snapshot),
    placeName,
    now: Date.now,
    onError,
  })
  const status = createStatus({ store, watcher, mode, now: Date.now })
  const app = createApp({ store, desk, status, placeName, ocdId, now: Date.now, onError, ...options.app })
  return { app, watcher, stop: () => watcher.stop() }
}
