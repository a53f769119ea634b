/** The detector in small simulated election nights: every bar of theirs. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { SHARED } from './shared.ts'

const RUN_MS = 300_000
const ROOT = new URL('../../', import.meta.url).pathname

test(
  'simulated election nights',
  async () => {
    const work = await mkdtemp(join(tmpdir(), 'tallywatch-spikes-'))
    try {
      const detect = `cd ${ROOT} && node --import tsx api/boot/cli.ts detect {in} {out} {meta}`
      const args = ['evaluate.mjs', '--quick', '--suites', 'election', '--tag', 'gate', '--', detect]
      const { stdout } = await promisify(execFile)('node', args, {
        cwd: `${SHARED}spikes`,
        env: { ...process.env, SPIKE_WORK: work },
        maxBuffer: 16 * 1024 * 1024,
      }).catch((error: { stdout?: string; message: string }) => ({ stdout: error.stdout ?? error.message }))
      // The cost is a timing: it is for the benchmark, not for a test.
      const missed = stdout.split('\n').filter((line) => line.startsWith('MISS  Election'))
      expect(stdout).toContain('PASS  Election')
      expect(missed).toEqual([])
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  },
  RUN_MS,
)
