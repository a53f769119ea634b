import { mkdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { openDesk } from '../../desk/desk.ts'
import { appOptions } from '../app-options.ts'
import { authorKey } from '../author-key.ts'
import { deskUrl, openStore, openTopics } from '../backends.ts'
import type { Command } from '../command.ts'
import { readConfig, serverOnly } from '../config.ts'
import { createDemo } from '../demo.ts'
import { createErrorLog } from '../log.ts'
import { DEFAULT_NAMESPACE } from '../namespace.ts'
import { pageDir } from '../page.ts'
import { startDesk } from '../roles/desk.ts'
import { serve, type Served } from '../serve.ts'
import { untilStopped } from '../signals.ts'

export const deskCommand: Command = {
  name: 'desk',
  summary: 'server mode: seals minutes, finds spikes, serves the page, the API and the public rebuttals',
  usage: '[--port N]',
  async run(args, io) {
    const { values } = parseArgs({ args: [...args], options: { port: { type: 'string' } } })
    const config = serverOnly(readConfig(io.env, { port: values.port }), 'desk')
    const { backends, partitions, namespace = DEFAULT_NAMESPACE } = config
    const options = { backends, namespace, partitions }
    await mkdir(backends.dataDir, { recursive: true })
    const onError = createErrorLog()
    const page = await pageDir()
    const store = await openStore(options)
    const desk = await openDesk({ url: deskUrl(options, config.deskUrl), onError })
    // The desk takes nothing from the topic; it asks how many partitions there are.
    const topics = await openTopics(options)
    let served: Served | null = null
    const key = await authorKey(backends.dataDir, config.authorKey)
    const demo = createDemo({
      config,
      namespace,
      authorKey: key,
      pageDir: page,
      served: () => served!,
      onError,
    })
    const role = startDesk({
      store,
      desk,
      mode: 'live',
      partitionCount: topics.posts.partitions,
      spikeNarratives: config.spikeNarratives,
      falseAlarmsPerNight: config.falseAlarmsPerNight,
      app: appOptions(config, { pageDir: page, demo, installation: namespace }),
      onError,
    })
    try {
      served = await serve(role.app, config.host, config.port)
      io.stdout.write(`desk: Tallywatch is at ${served.url}\n`)
      await untilStopped(io.signal)
    } finally {
      await served?.close()
      await demo.stop()
      await role.stop()
      await Promise.all([topics.close(), desk.close()])
      await store.close()
    }
    return 0
  },
}
