/** A soak whose stream stands still is not flat, and one that saw too little says so. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCli } from '../services/cli.ts'
import { temporaryDisk } from '../services/disk.ts'

const TEST_MS = 90_000
/** Two seconds between two samples. */
const SOAK = ['soak', '--minutes', '0.5', '--speed', 'max', '--json']

let disk: Awaited<ReturnType<typeof temporaryDisk>>
beforeAll(async () => {
  disk = await temporaryDisk('600m')
})
afterAll(() => disk?.stop())

test(
  'with a full disk it ends with 1',
  async () => {
    const soak = startCli(SOAK, { TMPDIR: disk.folder }, disk.enter)
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
