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

test(
  'and no half of a key is left of it',
  async () => {
    const data = join(folder, 'disk', 'data')
    const start = () =>
      startCli(['start', '--port', '0', '--data', data, '--source', 'drill'], {}, disk.enter)
    await disk.fill()
    const full = await start().done
    expect(full).toMatchObject({ code: 1, stderr: expect.stringContaining('no space left') })
    await disk.free()
    const running = start()
    try {
      await running.until(/Tallywatch is at/)
    } finally {
      running.child.kill('SIGKILL')
    }
  },
  TEST_MS,
)
