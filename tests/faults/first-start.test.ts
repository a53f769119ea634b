/** An installation whose first start, or the first of a new version, finds the disk full starts when there is room again. */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DATABASE, FOLDER_OF } from '../fixtures/schema/rows.ts'
import { startCli } from '../services/cli.ts'
import { mountDisk, type Disk } from '../services/disk.ts'

const TEST_MS = 60_000

let folder: string
let disk: Disk
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-first-'))
  disk = await mountDisk(join(folder, 'disk'), '600m')
})
afterAll(async () => {
  await disk?.stop()
  await rm(folder, { recursive: true, force: true })
})

const FIXTURES = new URL('../fixtures/schema/', import.meta.url)
const KEY = { TALLYWATCH_AUTHOR_KEY: 'k'.repeat(32) }

test.each<[what: string, env: Record<string, string>, words: RegExp]>([
  ['key', {}, /no space left/],
  ['tables', { ...KEY, TALLYWATCH_NAMESPACE: DATABASE }, /The disk that holds .* is full/],
  ['database', KEY, /The disk that holds .* is full/],
])(
  'and nothing is left of the %s that it could not write',
  async (what, env, words) => {
    const data = join(folder, 'disk', what)
    const args = ['start', '--port', '0', '--data', data, '--source', 'drill']
    const start = () => startCli(args, env, disk.enter)
    if (what === 'tables') {
      const older = join(disk.seen, what)
      await mkdir(older)
      execFileSync('tar', ['xzf', new URL(FOLDER_OF(16), FIXTURES).pathname, '-C', older])
    }
    await disk.fill()
    const full = await start().done
    expect(full).toMatchObject({ code: 1, stderr: expect.stringMatching(words) })
    await disk.free()
    const running = start()
    try {
      await running.until(/Tallywatch is at/)
    } finally {
      running.child.kill('SIGKILL')
      await running.done
    }
  },
  TEST_MS,
)
