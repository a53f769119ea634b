import { parseArgs } from 'node:util'
import { openStore, openTopics } from '../backends.ts'
import type { Command } from '../command.ts'
import { readConfig, serverOnly } from '../config.ts'
import { watchForFailure } from '../failure.ts'
import { createLog } from '../log.ts'
import { DEFAULT_NAMESPACE } from '../namespace.ts'
import { startClassify } from '../roles/classify.ts'
import { untilStopped } from '../signals.ts'
import { startHealth, startWatch } from '../watching/start.ts'

export const classifyCommand: Command = {
  name: 'classify',
  summary: 'server mode: judges what the topic brings; any number of processes share the partitions',
  usage: '',
  async run(args, io) {
    parseArgs({ args: [...args], options: {} })
    const config = serverOnly(readConfig(io.env), 'classify')
    const { backends, partitions, namespace = DEFAULT_NAMESPACE } = config
    const log = createLog()
    const options = { backends, namespace, partitions, onWarning: log.warn }
    const store = await openStore(options)
    const watch = await startWatch('classify', config, log.onError)
    const topics = watch.topics(await openTopics(options))
    const { failed, onError } = watchForFailure(watch.onError)
    const role = await startClassify(topics, store, 1, onError)
    watch.metrics.watchClassifier(role.decidedBy)
    const closeHealth = await startHealth(watch, config, () => store.ping())
    try {
      io.stdout.write(`classify: judging ${topics.posts.name}\n`)
      await Promise.race([untilStopped(io.signal), failed])
    } finally {
      await closeHealth()
      await role.stop()
      await topics.close()
      await store.close()
      await watch.stop()
    }
    return 0
  },
}
