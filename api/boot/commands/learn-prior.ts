import { parseArgs } from 'node:util'
import { loadMinutes } from '../../spikes/minutes.ts'
import { learnPrior, type RecordedNight } from '../../spikes/prior/learn.ts'
import { openStore } from '../backends.ts'
import { FailedError, UsageError, type Command } from '../command.ts'
import { readConfig } from '../config.ts'
import { findDesks, findNamespace } from '../namespace.ts'

/** The last minute that a counter of minutes can hold. */
const LAST_MINUTE = 2 ** 32 - 1

/** Reads the sealed minutes of nights; the result takes the place of api/spikes/prior/prior.json. */
export const learnPriorCommand: Command = {
  name: 'learn-prior',
  summary: 'learns from the counts of recorded nights what the detector believes before it has seen anything',
  usage: 'DIR…   data folders of nights that were replayed or watched; the numbers go to standard output',
  async run(args, io) {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} })
    if (positionals.length === 0) throw new UsageError('name at least one data folder')
    const nights: RecordedNight[] = []
    for (const data of positionals) {
      const config = readConfig(io.env, { data })
      const { backends, partitions } = config
      // Opening the engine would make a folder for a name that was mistyped.
      if (backends.kind === 'embedded') await findDesks(config)
      const namespace = config.namespace ?? (await findNamespace({ backends, partitions }))
      const store = await openStore({ backends, partitions, namespace })
      try {
        nights.push(await loadMinutes(store, 0, LAST_MINUTE))
      } finally {
        await store.close()
      }
    }
    try {
      io.stdout.write(`${JSON.stringify(learnPrior(nights), null, 2)}\n`)
    } catch (error) {
      if (error instanceof RangeError) throw new FailedError(error.message, { cause: error })
      throw error
    }
    return 0
  },
}
