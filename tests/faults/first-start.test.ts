/** An installation whose first start, or the first of a new version, finds the disk full starts when there is room again. */
import { execFileSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DATABASE, FOLDER_OF } from '../fixtures/schema/rows.ts'
import { startCli } from '../services/cli.ts'
import { temporaryDisk } from '../services/disk.ts'

const TEST_MS = 60_000

let disk: Awaited<ReturnType<typeof temporaryDisk>>
beforeAll(async () => {
  disk = await temporaryDisk('600m')
})
afterAll(() => disk?.stop())

const FIXTURES = new URL('../fixtures/schema/', import.meta.url)
const KEY = { TALLYWATCH_AUTHOR_KEY: 'k'.repeat(32) }

test.each<[what: string, env: Record<string, string>, words: RegExp]>([
  ['key', {}, /no space left/],
  ['tables', { ...KEY, TALLYWATCH_NAMESPACE: DATABASE }, /The disk that holds .* is full/],
  ['database', KEY, /The disk that holds .* is full/],
])(
  'and nothing is left of the %s that it could not write',
  async (what, env, words) => {
    const data = join(disk.folder, what)
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
