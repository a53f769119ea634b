import { parseArgs } from 'node:util'
import { openDesk } from '../../desk/desk.ts'
import { FailedError, type Command } from '../command.ts'
import { readConfig } from '../config.ts'
import { findDesks } from '../namespace.ts'

export const verifyLedgerCommand: Command = {
  name: 'verify-ledger',
  summary:
    'proves that the ledgers of rebuttals are whole: each entry is chained to the one before by its hash',
  usage: '[--data DIR]',
  async run(args, io) {
    const { values } = parseArgs({ args: [...args], options: { data: { type: 'string' } } })
    const config = readConfig(io.env, { data: values.data })
    const broken: string[] = []
    for (const url of await findDesks(config)) {
      const desk = await openDesk({ url })
      try {
        const verified = await desk.verifyLedger()
        if (verified.ok) io.stdout.write(`${url}: the ledger is whole, ${verified.entries} entries.\n`)
        else broken.push(`${url} is broken at entry ${verified.seq}: ${verified.why}`)
      } finally {
        await desk.close()
      }
    }
    if (broken.length > 0) throw new FailedError(broken.join('; '))
    return 0
  },
}
