import { restoreBackup } from '../backup/backup.ts'
import type { SetBack } from '../backup/stream.ts'
import { readFolder, type Command } from '../command.ts'
import { readConfig } from '../config.ts'

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'reads a backup into an installation that has nothing yet, and proves that all of it is there',
  usage: 'FOLDER [--data DIR]',
  async run(args, io) {
    const { folder, data } = readFolder(args, 'name the folder of a backup')
    const config = readConfig(io.env, { data })
    const { rows, entries, namespace, setBack } = await restoreBackup(config, folder)
    const ledger = entries === null ? 'no desk' : `the ledger is whole, ${entries} entries`
    io.stdout.write(`${rows} rows of \`${namespace}\` are back; ${ledger}\n`)
    if (setBack.length > 0) io.stdout.write(`${setBack.map(describe).join('; ')}\n`)
    return 0
  },
}

function describe({ topic, again, gone }: SetBack): string {
  const lost = gone === 0 ? '' : ` (${gone} more are past its retention: they are lost)`
  return `${again} records of ${topic} are to be judged again${lost}`
}
