import { mkdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { createNormalizer } from '../../../ingest/normalize.ts'
import { openDesk } from '../../desk/desk.ts'
import { appOptions } from '../app-options.ts'
import { authorKey } from '../author-key.ts'
import { deskUrl, memoryFile, openStore, openTopics } from '../backends.ts'
import { closeInTurn } from '../close.ts'
import { UsageError, type Command } from '../command.ts'
import { readConfig, serverOnly } from '../config.ts'
import { createDemo } from '../demo.ts'
import { withHiddenAuthors } from '../hidden-authors.ts'
import { createLog } from '../log.ts'
import { DEFAULT_NAMESPACE } from '../namespace.ts'
import { pageDir } from '../page.ts'
import { createPushes } from '../pushes.ts'
import { startDesk } from '../roles/desk.ts'
import { watchConfig } from '../reload.ts'
import { startIngest } from '../roles/ingest.ts'
import { serve, type Served } from '../serve.ts'
import { untilStopped } from '../signals.ts'
import { startWatch } from '../watching/start.ts'

export const deskCommand: Command = {
  name: 'desk',
  summary: 'server mode: seals minutes, finds spikes, serves the page, the API and the public rebuttals',
  usage: '[--port N]',
  async run(args, io) {
    const { values } = parseArgs({ args: [...args], options: { port: { type: 'string' } } })
    const overrides = { port: values.port }
    const config = serverOnly(readConfig(io.env, overrides), 'desk')
    const { backends, partitions, namespace = DEFAULT_NAMESPACE } = config
    if (config.push.length > 0 && config.authorKey === undefined) {
      throw new UsageError(
        'TALLYWATCH_AUTHOR_KEY: set it to what the machines that ingest have, so that a pushed post has the same author',
      )
    }
    const watch = await startWatch('desk', config, createLog())
    const { onError } = watch
    const options = { backends, namespace, partitions, onWarning: watch.onWarning }
    await mkdir(backends.dataDir, { recursive: true })
    const page = await pageDir()
    const store = await openStore(options)
    const desk = await openDesk({ url: deskUrl(options, config.deskUrl), onError })
    // The desk takes nothing from the topic: it publishes what is pushed, and asks how many partitions there are.
    const key = await authorKey(backends.dataDir, config.authorKey)
    const topics = withHiddenAuthors(watch.topics(await openTopics(options)), key)
    let served: Served | null = null
    const demo = createDemo({
      config,
      namespace,
      authorKey: key,
      pageDir: page,
      served: () => served!,
      onError,
    })
    const normalize = createNormalizer({ authorKey: key })
    const pushing = createPushes({ topics, normalize, senders: config.push })
    const ingest = startIngest(topics, pushing.sources(), onError)
    const role = startDesk({
      store,
      desk,
      mode: 'live',
      partitionCount: topics.posts.partitions,
      spikeNarratives: config.spikeNarratives,
      falseAlarmsPerNight: config.falseAlarmsPerNight,
      memoryFile: memoryFile(options),
      lag: () => topics.posts.lag(),
      readyBehindMs: config.readyBehindMs,
      metrics: watch.metrics,
      onTold: watch.onTold,
      app: {
        ...appOptions(config, { pageDir: page, demo, installation: namespace }),
        pushes: pushing.pushes,
      },
      onError,
    })
    const unwatch = watchConfig({
      config,
      io,
      overrides,
      async apply(next) {
        pushing.update(next.push)
        await ingest.update(pushing.sources())
      },
    })
    try {
      served = await serve(role.app, config.host, config.port)
      io.stdout.write(`desk: Tallywatch is at ${served.url}\n`)
      await untilStopped(io.signal)
    } finally {
      await closeInTurn([
        unwatch,
        async () => served?.close(),
        () => demo.stop(),
        () => ingest.stop(),
        () => role.stop(),
        () => topics.close(),
        () => desk.close(),
        () => store.close(),
        () => watch.stop(),
      ])
    }
    return 0
  },
}
