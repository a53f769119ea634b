/** A configuration file that is gone: what runs goes on. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { readConfig, type Config } from '../../../api/boot/config.ts'
import { watchConfig } from '../../../api/boot/reload.ts'

test('one that was found in the folder and is removed ends no source', async () => {
  const before = process.cwd()
  const folder = await mkdtemp(join(tmpdir(), 'tallywatch-reload-'))
  process.chdir(folder)
  try {
    await writeFile('tallywatch.config.yaml', 'sources: [drill]\n')
    const config = readConfig({})
    expect(config.sources).toEqual(['drill'])
    const stderr = new PassThrough().setEncoding('utf8')
    let said = ''
    stderr.on('data', (text: string) => (said += text))
    const applied: Config[] = []
    const apply = async (next: Config) => void applied.push(next)
    const unwatch = watchConfig({ config, io: { env: {}, stderr }, overrides: {}, apply })
    try {
      await rm('tallywatch.config.yaml')
      process.kill(process.pid, 'SIGHUP')
      await expect.poll(() => said).toMatch(/not taken.*tallywatch\.config\.yaml/s)
      await writeFile('tallywatch.config.yaml', 'sources: [bluesky]\n')
      process.kill(process.pid, 'SIGHUP')
      await expect.poll(() => said).toContain('read again: sources bluesky')
      expect(applied.map(({ sources }) => sources)).toEqual([['bluesky']])
    } finally {
      await unwatch()
    }
  } finally {
    process.chdir(before)
    await rm(folder, { recursive: true, force: true })
  }
})
