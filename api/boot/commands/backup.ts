import { makeBackup } from '../backup/backup.ts'
import { readFolder, type Command } from '../command.ts'
import { readConfig } from '../config.ts'
import { findDesks, findNamespace } from '../namespace.ts'

export const backupCommand: Command = {
  name: 'backup',
  summary: 'saves the store, the desk with its ledger, the key of authors and where the stream stands',
  usage: 'FOLDER [--data DIR]   FOLDER is made; keep it as you keep passwords',
  async run(args, io) {
    const { folder, data } = readFolder(args, 'name one folder to write into')
    const config = readConfig(io.env, { data })
    // Opening the engine would make a folder, and save nothing for a name that was mistyped.
    if (config.backends.kind === 'embedded') await findDesks(config)
    const namespace = config.namespace ?? (await findNamespace(config))
    const { rows, entries } = await makeBackup({ ...config, namespace }, folder, (text) =>
      io.stderr.write(`tallywatch backup: ${text}\n`),
    )
    const ledger =
      entries === null
        ? 'no desk (it has none, or a libSQL server of its own)'
        : `a ledger of ${entries} entries`
    io.stdout.write(`${folder}: ${rows} rows of \`${namespace}\`, ${ledger}\n`)
    return 0
  },
}
