/** A soak whose stream stands still is not flat, and one that saw too little says so. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCli } from '../services/cli.ts'
import { mountDisk, type Disk } from '../services/disk.ts'

const TEST_MS = 90_000
/** Two seconds between two samples. */
const SOAK = ['soak', '--minutes', '0.5', '--speed', 'max', '--json']

let folder: string
let disk: Disk
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-soak-'))
  disk = await mountDisk(join(folder, 'disk'), '600m')
})
afterAll(async () => {
  await disk?.stop()
  await rm(folder, { recursive: true, force: true })
})

test(
  'with a full disk it ends with 1',
  async () => {
    const soak = startCli(SOAK, { TMPDIR: join(folder, 'disk') }, disk.enter)
    await soak.until(/"posts":[1-9]/)
    await disk.fill()
    const { code, stdout, stderr } = await soak.done
    expect(stderr).toMatch(/tallywatch soak: The disk that holds .* is full/)
    expect(stdout + stderr).not.toContain('flat')
    expect(code).toBe(1)
  },
  TEST_MS,
)

test(
  'stopped after a sample or two it ends with one line',
  async () => {
    const soak = startCli(SOAK)
    await soak.until(/"posts":/)
    soak.child.kill('SIGINT')
    const { code, stderr } = await soak.done
    expect(code).toBe(1)
    expect(stderr).toMatch(/^tallywatch soak: \d samples are too few to judge by.*\n$/)
  },
  TEST_MS,
)
