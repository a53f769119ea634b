import { parseArgs } from 'node:util'
import type { Store } from '../../../classify/store/store.ts'
import { openStore, openTopics, type Topics } from '../backends.ts'
import type { Command, Io } from '../command.ts'
import { readConfig, serverOnly } from '../config.ts'
import { watchForFailure } from '../failure.ts'
import { createErrorLog } from '../log.ts'
import { DEFAULT_NAMESPACE } from '../namespace.ts'
import { startClassify } from '../roles/classify.ts'
import { untilStopped } from '../signals.ts'

async function judge(topics: Topics, store: Store, hasteAfterMs: number | null, io: Io): Promise<void> {
  const { failed, onError } = watchForFailure(createErrorLog())
  const role = await startClassify(topics, store, { workers: 1, hasteAfterMs, onError })
  try {
    io.stdout.write(`classify: judging ${topics.posts.name}\n`)
    await Promise.race([untilStopped(io.signal), failed])
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
    const { backends, partitions, hasteAfterMs, namespace = DEFAULT_NAMESPACE } = config
    const options = { backends, namespace, partitions }
    const store = await openStore(options)
    try {
      const topics = await openTopics(options)
      try {
        await judge(topics, store, hasteAfterMs, io)
      } finally {
        await topics.close()
      }
    } finally {
      await store.close()
    }
    return 0
  },
}
