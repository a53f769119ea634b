import { parseArgs } from 'node:util'
import { openTopics } from '../backends.ts'
import { UsageError, type Command } from '../command.ts'
import { readConfig, serverOnly } from '../config.ts'
import { createErrorLog } from '../log.ts'
import { DEFAULT_NAMESPACE } from '../namespace.ts'
import { startIngest } from '../roles/ingest.ts'
import { untilStopped } from '../signals.ts'
import { createSources } from '../sources.ts'

export const ingestCommand: Command = {
  name: 'ingest',
  summary:
    'server mode: follows the sources into the topic; any number of processes, each with its own sources',
  usage: '[--source SPEC]…',
  async run(args, io) {
    const { values } = parseArgs({ args: [...args], options: { source: { type: 'string', multiple: true } } })
    const config = serverOnly(readConfig(io.env, { sources: values.source }), 'ingest')
    if (config.authorKey === undefined) {
      throw new UsageError(
        'TALLYWATCH_AUTHOR_KEY: set it to the same 32 characters or more on every machine that ingests',
      )
    }
    const { backends, partitions } = config
    const topics = await openTopics({
      backends,
      namespace: config.namespace ?? DEFAULT_NAMESPACE,
      partitions,
    })
    const sources = createSources(config.sources, { ...config, authorKey: config.authorKey, speed: 'max' })
    const ingest = startIngest(topics, sources, createErrorLog())
    try {
      io.stdout.write(`ingest: following ${sources.map(({ name }) => name).join(', ')}\n`)
      await Promise.race([ingest.finished, untilStopped(io.signal)])
    } finally {
      await ingest.stop()
      await topics.close()
    }
    return 0
  },
}
