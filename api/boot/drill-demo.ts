/** A drill beside the live night: its own posts, counts and desk, so that nothing invented ever mixes with what is real. */
import type { Config } from './config.ts'
import { appOptions } from './app-options.ts'
import { dropNamespace, removeFolder, startNight, type Night } from './night.ts'
import { openStore } from './backends.ts'
import { temporaryFolder } from './folder.ts'
import type { ReportError } from './log.ts'
import type { Served } from './serve.ts'
import { createSources } from './sources.ts'
import { join } from 'node:path'

/** A four-hour night in four minutes. */
const DEMO_SPEED = 60
const MOUNT = 'drill'

export interface DrillDemo {
  /** Starts the drill anew. Gives the path of its page. */
  startDrill(): Promise<{ path: string }>
  stop(): Promise<void>
}

interface DemoOptions {
  config: Config
  namespace: string
  authorKey: string
  pageDir: string
  served: () => Served
  onError: ReportError
}

export function createDrillDemo({ config, namespace, authorKey, pageDir, served, onError }: DemoOptions): DrillDemo {
  const drillNamespace = `${namespace}_drill`
  let running: { night: Night; folder: string } | null = null
  let changing: Promise<void> = Promise.resolve()

  async function end(): Promise<void> {
    if (running === null) return
    const { night, folder } = running
    running = null
    served().mount(MOUNT, null)
    await night.discard()
    await removeFolder(folder)
  }

  async function begin(): Promise<void> {
    await end()
    const backends = { backends: config.backends, namespace: drillNamespace, partitions: config.partitions, ephemeral: true }
    // A drill that was cut off by a crash left its counts behind.
    const store = await openStore(backends)
    await dropNamespace(store, drillNamespace)
    await store.close()
    const folder = await temporaryFolder()
    const night = await startNight({
      mode: 'drill',
      backends,
      sources: createSources(['drill'], { authorKey, speed: DEMO_SPEED }),
      workers: 1,
      deskUrl: `file:${join(folder, 'desk.db')}`,
      spikeNarratives: config.spikeNarratives,
      app: appOptions(config, { pageDir, demo: null, installation: 'drill', basePath: `/${MOUNT}` }),
      onError,
    })
    night.ingest.finished.catch(onError)
    running = { night, folder }
    served().mount(MOUNT, night.app)
  }

  return {
    async startDrill() {
      changing = changing.then(begin, begin)
      await changing
      return { path: `${MOUNT}/` }
    },
    async stop() {
      await changing.catch(onError)
      await end()
    },
  }
}
