/** A name that was mistyped: whoever only reads is told so, and nothing is made there. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../services/server-process.ts'
import { runCli } from '../services/cli.ts'

const RUN_MS = 60_000

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'tallywatch-place-'))))
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each([['export'], ['verify-ledger']])('%s', (command) => {
  test(
    'says that there is no data where none is, and makes nothing',
    async () => {
      const missing = join(folder, 'mistyped')
      const ran = await runCli([command, '--data', missing])
      expect([ran.code, ran.stdout]).toEqual([1, ''])
      expect(ran.stderr).toBe(
        `tallywatch ${command}: there is no data folder at ${missing}; name it with --data\n`,
      )
      expect(existsSync(missing)).toBe(false)

      const other = join(folder, `other-${command}`)
      await mkdir(other)
      await writeFile(join(other, 'letter.txt'), 'of another program')
      const elsewhere = await runCli([command, '--data', other])
      expect(elsewhere.code).toBe(1)
      expect(elsewhere.stderr).toMatch(/^tallywatch .*: there is no data of Tallywatch in .*--data\n$/)
      expect(await readdir(other)).toEqual(['letter.txt'])
    },
    RUN_MS,
  )
})

describe('doctor', () => {
  test(
    'says what each source lacks',
    async () => {
      const lacking = await mkdtemp(join(tmpdir(), 'tallywatch-lacking-'))
      const ran = await runCli(['doctor', '--data', join(lacking, 'data')], {
        TALLYWATCH_SOURCES: `folder:${lacking} folder:${lacking}/none file:${lacking}/none.csv file:${lacking}`,
        TALLYWATCH_PUSH: 'tips=a-token-of-this-test',
      })
      await rm(lacking, { recursive: true })
      expect(ran.code).toBe(1)
      expect(ran.stdout).toMatch(/^ok +source folder:\S+: can be read, 0 files/m)
      expect(ran.stdout).toMatch(/^WARNING +source folder:\S+\/none: is not there yet; make it/m)
      expect(ran.stdout).toMatch(/^PROBLEM +source file:\S+none.csv: there is no such file/m)
      expect(ran.stdout).toMatch(/^PROBLEM +source file:\S+: it is a folder; write folder:/m)
      expect(ran.stdout).toMatch(/^WARNING +source push:tips: .*from this machine only/m)
      expect(ran.stdout).not.toContain('a-token')
    },
    RUN_MS,
  )

  test(
    'warns of a source that cannot be reached, is content all the same, and leaves nothing behind',
    async () => {
      const data = join(folder, 'new')
      const ran = await runCli(['doctor', '--data', data], {
        TALLYWATCH_SOURCES: `bluesky:ws://127.0.0.1:${await freePort()}`,
      })
      expect(ran.stdout).toMatch(/^WARNING {2}source bluesky:.*cannot be reached/m)
      expect(ran.stdout).toMatch(/^ok {7}the embedded ClickHouse engine answers$/m)
      expect(ran.stdout).not.toContain('PROBLEM')
      expect(ran.code).toBe(0)
      expect(existsSync(data)).toBe(false)
    },
    RUN_MS,
  )

  test(
    'fails where Tallywatch could not work',
    async () => {
      const file = join(folder, 'file')
      await writeFile(file, 'no folder')
      const ran = await runCli(['doctor', '--data', join(file, 'data')], { TALLYWATCH_SOURCES: 'drill' })
      expect(ran.stdout).toMatch(/^PROBLEM .*file is no folder/m)
      expect(ran.code).toBe(1)
    },
    RUN_MS,
  )
})

test(
  'detect names the file that is missing, and writes nothing',
  async () => {
    const out = join(folder, 'out.jsonl')
    const ran = await runCli(['detect', join(folder, 'nosuch.jsonl'), out])
    expect(ran.code).toBe(1)
    expect(ran.stderr).toMatch(/^tallywatch detect: cannot read .*nosuch\.jsonl: [^\n]*\n$/)
    expect(ran.stderr).not.toContain('meta.json')
    expect(existsSync(out)).toBe(false)
  },
  RUN_MS,
)
