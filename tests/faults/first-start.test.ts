/** An installation whose first start finds the disk full starts when there is room again. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
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

test.each<[what: string, env: Record<string, string>, words: RegExp]>([
  ['key', {}, /no space left/],
  ['database', { TALLYWATCH_AUTHOR_KEY: 'k'.repeat(32) }, /The disk that holds .* is full/],
])(
  'and nothing is left of the %s that it could not write',
  async (what, env, words) => {
    const data = join(folder, 'disk', what)
    const args = ['start', '--port', '0', '--data', data, '--source', 'drill']
    const start = () => startCli(args, env, disk.enter)
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
