import { parseArgs } from 'node:util'
import type { Source } from '../../../ingest/sources/source.ts'
import { appOptions } from '../app-options.ts'
import { authorKey } from '../author-key.ts'
import { closeInTurn } from '../close.ts'
import type { Command, Io } from '../command.ts'
import { readConfig, type Config, type Overrides } from '../config.ts'
import { createDemo } from '../demo.ts'
import { createLog } from '../log.ts'
import { DEFAULT_NAMESPACE } from '../namespace.ts'
import { startNight } from '../night.ts'
import { pageDir } from '../page.ts'
import { createSourceSet, watchConfig } from '../reload.ts'
import { serve, type Served } from '../serve.ts'
import { untilStopped } from '../signals.ts'
import { createSource } from '../sources.ts'
import type { Mode } from '../status.ts'
import { startWatch } from '../watching/start.ts'

/** Everything in one process: sources, workers, desk. */
export const startCommand: Command = {
  name: 'start',
  summary: 'watches the sources, everything in one process (npm start)',
  usage: '[--data DIR] [--port N] [--source SPEC]…   SPEC: bluesky, bluesky:wss://HOST, file:PATH, drill',
  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        data: { type: 'string' },
        port: { type: 'string' },
        source: { type: 'string', multiple: true },
      },
    })
    const overrides = { data: values.data, port: values.port, sources: values.source }
    return start(readConfig(io.env, overrides), overrides, io)
  },
}

async function start(config: Config, overrides: Overrides, io: Io): Promise<number> {
  const namespace = config.namespace ?? DEFAULT_NAMESPACE
  const watch = await startWatch('all', config, createLog())
  const { onError } = watch
  const [key, page] = await Promise.all([authorKey(config.backends.dataDir, config.authorKey), pageDir()])
  const sourcesOf = createSourceSet((spec) => createSource(spec, { ...config, authorKey: key, speed: 'max' }))
  const sources = sourcesOf(config.sources)
  let served: Served | null = null
  const demo = createDemo({
    config,
    namespace,
    authorKey: key,
    pageDir: page,
    served: () => served!,
    onError,
  })
  const night = await startNight({
    mode: config.push.length > 0 ? 'live' : modeOf(sources),
    backends: {
      backends: config.backends,
      namespace,
      partitions: config.partitions,
      onWarning: watch.onWarning,
    },
    sources,
    workers: 1,
    deskUrl: config.deskUrl,
    authorKey: key,
    push: config.push,
    spikeNarratives: config.spikeNarratives,
    falseAlarmsPerNight: config.falseAlarmsPerNight,
    hasteAfterMs: config.hasteAfterMs,
    app: appOptions(config, { pageDir: page, demo, installation: namespace }),
    watch,
    readyBehindMs: config.readyBehindMs,
    onError,
  })
  const apply = (next: Config) => night.update(sourcesOf(next.sources), next.push)
  const unwatch = watchConfig({ config, io, overrides, apply })
  let stop = () => night.stop()
  try {
    served = await serve(night.app, config.host, config.port)
    io.stdout.write(`Tallywatch is at ${served.url}\n`)
    night.ingest.finished.catch(onError)
    await Promise.race([untilStopped(io.signal), night.failed])
    io.stderr.write('Stopping: what was accepted is being stored.\n')
  } catch (error) {
    stop = () => night.abandon()
    throw error
  } finally {
    await closeInTurn([
      unwatch,
      async () => served?.close(),
      () => demo.stop(),
      () => stop(),
      () => watch.stop(),
    ])
  }
  return 0
}

/** Only a live source follows the wall clock. */
function modeOf(sources: readonly Source[]): Mode {
  if (sources.some(({ live }) => live)) return 'live'
  return sources.every(({ name }) => name.startsWith('drill')) ? 'drill' : 'replay'
}
