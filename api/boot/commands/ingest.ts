import { parseArgs } from 'node:util'
import { openTopics } from '../backends.ts'
import { closeInTurn } from '../close.ts'
import { UsageError, type Command } from '../command.ts'
import { readConfig, serverOnly } from '../config.ts'
import { withHiddenAuthors } from '../hidden-authors.ts'
import { createLog } from '../log.ts'
import { DEFAULT_NAMESPACE } from '../namespace.ts'
import { createSourceSet, watchConfig } from '../reload.ts'
import { startIngest } from '../roles/ingest.ts'
import { untilStopped } from '../signals.ts'
import { createSource } from '../sources.ts'
import { startHealth, startWatch } from '../watching/start.ts'

export const ingestCommand: Command = {
  name: 'ingest',
  summary:
    'server mode: follows the sources into the topic; any number of processes, each with its own sources',
  usage: '[--source SPEC]…',
  async run(args, io) {
    const { values } = parseArgs({ args: [...args], options: { source: { type: 'string', multiple: true } } })
    const overrides = { sources: values.source }
    const config = serverOnly(readConfig(io.env, overrides), 'ingest')
    if (config.authorKey === undefined) {
      throw new UsageError(
        'TALLYWATCH_AUTHOR_KEY: set it to the same 32 characters or more on every machine that ingests',
      )
    }
    const { backends, partitions } = config
    const namespace = config.namespace ?? DEFAULT_NAMESPACE
    const watch = await startWatch('ingest', config, createLog())
    const options = { backends, namespace, partitions, onWarning: watch.onWarning }
    const topics = withHiddenAuthors(watch.topics(await openTopics(options)), config.authorKey)
    const { authorKey } = config
    const sourcesOf = createSourceSet((spec) => createSource(spec, { ...config, authorKey, speed: 'max' }))
    const sources = sourcesOf(config.sources)
    const ingest = startIngest(topics, sources, watch.onError)
    const answers = async () => (await topics.posts.lag()) >= 0
    const closeHealth = await startHealth(watch, config, answers)
    const unwatch = watchConfig({
      config,
      io,
      overrides,
      apply: (next) => ingest.update(sourcesOf(next.sources)),
    })
    try {
      io.stdout.write(`ingest: following ${sources.map(({ name }) => name).join(', ')}\n`)
      await Promise.race([ingest.finished, untilStopped(io.signal)])
    } finally {
      await closeInTurn([closeHealth, unwatch, () => ingest.stop(), () => topics.close(), () => watch.stop()])
    }
    return 0
  },
}
