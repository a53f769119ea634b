/**
 * Nights played beside the live one: a drill, or a recorded night that somebody sends. Each has posts, counts and a desk
 * of its own, so that nothing invented or old ever mixes with what is happening now.
 */
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import type { Source } from '../../ingest/sources/source.ts'
import type { Demo } from '../routes/deps.ts'
import { RequestError } from '../routes/problem.ts'
import { appOptions } from './app-options.ts'
import { openStore } from './backends.ts'
import type { Config } from './config.ts'
import { removeFolder, temporaryFolder } from './folder.ts'
import type { ReportError } from './log.ts'
import { dropNamespace } from './namespace.ts'
import type { Night } from './night.ts'
import type { Served } from './serve.ts'
import { createSources } from './sources.ts'

/** A four-hour night in four minutes. */
const DRILL_SPEED = 60

/** A night of a million posts, packed, is a tenth of this. */
const UPLOAD_MAX = 1024 ** 3
/** An upload to one's own machine takes seconds. */
const UPLOAD_TIMEOUT_MS = 300_000

type Kind = 'drill' | 'replay'

interface DemoOptions {
  config: Config
  /** The live night's; those of the others are told from it by their endings. */
  namespace: string
  authorKey: string
  pageDir: string
  served: () => Served
  onError: ReportError
  /** Bytes; {@link UPLOAD_MAX} if nothing is said. */
  uploadMax?: number
}

export type RunningDemo = Required<Demo> & { stop(): Promise<void> }

export function createDemo(options: DemoOptions): RunningDemo {
  const { authorKey, uploadMax = UPLOAD_MAX } = options
  const drill = createSideNight('drill', options)
  const replay = createSideNight('replay', options)
  return {
    startDrill: () => drill.begin(async () => createSources(['drill'], { authorKey, speed: DRILL_SPEED })),
    replay: (file, name, speed) =>
      replay.begin(async (folder) => {
        // Only the name's end is the sender's: it names the posts, and can leave the folder nowhere.
        const path = join(
          folder,
          name
            .replaceAll(/[^\w.-]/g, '_')
            .replace(/^\.+/, '_')
            .slice(-100) || 'night.jsonl',
        )
        const bytes = Readable.fromWeb(file as NodeReadableStream)
        await pipeline(bytes, atMost(uploadMax), createWriteStream(path), {
          signal: AbortSignal.timeout(UPLOAD_TIMEOUT_MS),
        })
        return createSources([`file:${path}`], { authorKey, speed })
      }),
    async stop() {
      await Promise.all([drill.stop(), replay.stop()])
    },
  }
}

/** Passes bytes on, and fails beyond `max`. */
function atMost(max: number): Transform {
  let size = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      if (size <= max) done(null, chunk)
      else {
        const what = `the file is larger than ${max} bytes: play it with the command \`replay\``
        done(new RequestError(413, 'too_large', what))
      }
    },
  })
}

/** At most one night of a kind plays at a time; a new one takes the place of the one before. */
function createSideNight(kind: Kind, options: DemoOptions) {
  const { config, served, onError } = options
  const namespace = `${options.namespace}_${kind}`
  let running: { night: Night; folder: string } | null = null
  let changing: Promise<void> = Promise.resolve()
  const ended = new WeakSet<Night>()

  async function end(): Promise<void> {
    if (running === null) return
    const { night, folder } = running
    running = null
    ended.add(night)
    served().mount(kind, null)
    try {
      await night.discard()
    } finally {
      await removeFolder(folder)
    }
  }

  async function replace(sources: (folder: string) => Promise<Source[]>): Promise<void> {
    const folder = await temporaryFolder()
    try {
      // What comes is there before what plays is ended.
      const next = await sources(folder)
      await end()
      const night = await start(folder, next)
      running = { night, folder }
      served().mount(kind, night.app)
    } catch (error) {
      await removeFolder(folder)
      throw error
    }
  }

  async function start(folder: string, sources: Source[]): Promise<Night> {
    const backends = { backends: config.backends, namespace, partitions: config.partitions, ephemeral: true }
    // One that was cut off by a crash left its counts behind.
    const store = await openStore(backends)
    await dropNamespace(store, namespace)
    await store.close()
    // Loaded when one is asked for: a desk beside others' workers has no use for what judges posts, which takes 125 MB.
    const { startNight } = await import('./night.ts')
    const night = await startNight({
      mode: kind,
      backends,
      sources,
      authorKey: options.authorKey,
      workers: 1,
      deskUrl: `file:${join(folder, 'desk.db')}`,
      spikeNarratives: config.spikeNarratives,
      falseAlarmsPerNight: config.falseAlarmsPerNight,
      app: appOptions(config, {
        pageDir: options.pageDir,
        demo: null,
        installation: kind,
        basePath: `/${kind}`,
      }),
      onError,
    })
    night.finish().catch((error: unknown) => {
      // One that was ended on purpose has nothing to tell.
      if (!ended.has(night)) onError(error)
    })
    return night
  }

  return {
    async begin(sources: (folder: string) => Promise<Source[]>) {
      changing = changing.then(
        () => replace(sources),
        () => replace(sources),
      )
      await changing
      return { path: `${kind}/` }
    },
    async stop() {
      await Promise.allSettled([changing])
      await end()
    },
  }
}
