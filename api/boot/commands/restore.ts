import { restoreBackup } from '../backup/backup.ts'
import { readFolder, type Command } from '../command.ts'
import { readConfig } from '../config.ts'

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'reads a backup into an installation that has nothing yet, and proves that all of it is there',
  usage: 'FOLDER [--data DIR]',
  async run(args, io) {
    const { folder, data } = readFolder(args, 'name the folder of a backup')
    const config = readConfig(io.env, { data })
    const { rows, entries, namespace } = await restoreBackup(config, folder)
    const ledger = entries === null ? 'no desk' : `the ledger is whole, ${entries} entries`
    io.stdout.write(`${rows} rows of \`${namespace}\` are back; ${ledger}\n`)
    return 0
  },
}
