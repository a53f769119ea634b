import { parseArgs } from 'node:util'
import { restoreBackup } from '../backup/backup.ts'
import { UsageError, type Command } from '../command.ts'
import { readConfig } from '../config.ts'

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'reads a backup into an installation that has nothing yet, and proves that all of it is there',
  usage: 'FOLDER [--data DIR]',
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { data: { type: 'string' } },
    })
    const [folder] = positionals
    if (folder === undefined || positionals.length > 1) throw new UsageError('name the folder of a backup')
    const config = readConfig(io.env, { data: values.data })
    const { rows, entries, namespace } = await restoreBackup(config, folder)
    const ledger = entries === null ? 'no desk' : `the ledger is whole, ${entries} entries`
    io.stdout.write(`${rows} rows of \`${namespace}\` are back; ${ledger}\n`)
    return 0
  },
}
