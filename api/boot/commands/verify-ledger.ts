import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openDesk } from '../../desk/desk.ts'
import { FailedError, type Command } from '../command.ts'
import { readConfig, type Config } from '../config.ts'

const DESK_FILE = /\.desk\.db$/

export const verifyLedgerCommand: Command = {
  name: 'verify-ledger',
  summary:
    'proves that the ledgers of rebuttals are whole: each entry is chained to the one before by its hash',
  usage: '[--data DIR]',
  async run(args, io) {
    const { values } = parseArgs({ args: [...args], options: { data: { type: 'string' } } })
    const config = readConfig(io.env, { data: values.data })
    const broken: string[] = []
    for (const url of await ledgers(config)) {
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

/** The configured desk, or every desk of the data folder: a replay has one of its own. */
async function ledgers({ deskUrl, namespace, backends: { dataDir } }: Config): Promise<string[]> {
  if (deskUrl !== undefined) return [deskUrl]
  const names = await readdir(dataDir).catch((cause: unknown) => {
    throw new FailedError(`there is no data folder at ${dataDir}; name it with --data`, { cause })
  })
  const wanted = names.filter((name) =>
    namespace === undefined ? DESK_FILE.test(name) : name === `${namespace}.desk.db`,
  )
  if (wanted.length === 0)
    throw new FailedError(`there is no desk in ${dataDir}; name the data folder with --data`)
  return wanted.sort().map((name) => `file:${join(dataDir, name)}`)
}
