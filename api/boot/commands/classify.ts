import { parseArgs } from 'node:util'
import type { Store } from '../../../classify/store/store.ts'
import { openStore, openTopics, type Topics } from '../backends.ts'
import type { Command, Io } from '../command.ts'
import { readConfig, serverOnly, type Config } from '../config.ts'
import { watchForFailure } from '../failure.ts'
import { createLog } from '../log.ts'
import { DEFAULT_NAMESPACE } from '../namespace.ts'
import { startClassify } from '../roles/classify.ts'
import { untilStopped } from '../signals.ts'
import { startHealth, startWatch } from '../watching/start.ts'

interface Parts {
  topics: Topics
  store: Store
  watch: Awaited<ReturnType<typeof startWatch>>
  config: Config
}

async function judge({ topics, store, watch, config }: Parts, io: Io): Promise<void> {
  const { failed, onError } = watchForFailure(watch.onError)
  const { hasteAfterMs } = config
  const role = await startClassify(topics, store, { workers: 1, hasteAfterMs, onError })
  try {
    watch.metrics.watchClassifier(role.decidedBy)
    const answers = async () => (await store.ping()) && (await topics.posts.lag()) >= 0
    const closeHealth = await startHealth(watch, config, answers)
    try {
      io.stdout.write(`classify: judging ${topics.posts.name}\n`)
      await Promise.race([untilStopped(io.signal), failed])
    } finally {
      await closeHealth()
    }
  } finally {
    await role.stop()
  }
}

export const classifyCommand: Command = {
  name: 'classify',
  summary: 'server mode: judges what the topic brings; any number of processes share the partitions',
  usage: '',
  async run(args, io) {
    parseArgs({ args: [...args], options: {} })
    const config = serverOnly(readConfig(io.env), 'classify')
    const { backends, partitions, namespace = DEFAULT_NAMESPACE } = config
    const watch = await startWatch('classify', config, createLog())
    const options = { backends, namespace, partitions, onWarning: watch.onWarning }
    try {
      const store = await openStore(options)
      try {
        const topics = watch.topics(await openTopics(options))
        try {
          await judge({ topics, store, watch, config }, io)
        } finally {
          await topics.close()
        }
      } finally {
        await store.close()
      }
    } finally {
      await watch.stop()
    }
    return 0
  },
}
