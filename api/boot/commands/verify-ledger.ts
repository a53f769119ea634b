import { DEFAULT_NAMESPACE } from '../namespace.ts'
import { access } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { openDesk } from '../../desk/desk.ts'
import { deskUrl } from '../backends.ts'
import { FailedError, type Command } from '../command.ts'
import { readConfig } from '../config.ts'

export const verifyLedgerCommand: Command = {
  name: 'verify-ledger',
  summary:
    'proves that the ledger of rebuttals is whole: each entry is chained to the one before by its hash',
  usage: '[--data DIR]',
  async run(args, io) {
    const { values } = parseArgs({ args: [...args], options: { data: { type: 'string' } } })
    const config = readConfig(io.env, { data: values.data })
    const { backends, partitions, namespace = DEFAULT_NAMESPACE } = config
    const url = deskUrl({ backends, namespace, partitions }, config.deskUrl)
    await mustExist(url)
    const desk = await openDesk({ url })
    try {
      const verified = await desk.verifyLedger()
      if (!verified.ok)
        throw new FailedError(`the ledger is broken at entry ${verified.seq}: ${verified.why}`)
      io.stdout.write(`The ledger is whole: ${verified.entries} entries.\n`)
      return 0
    } finally {
      await desk.close()
    }
  },
}

async function mustExist(url: string): Promise<void> {
  if (!url.startsWith('file:')) return
  try {
    await access(url.slice('file:'.length))
  } catch (cause) {
    throw new FailedError(
      `there is no desk at ${url.slice('file:'.length)}; name the data folder with --data`,
      { cause },
    )
  }
}
