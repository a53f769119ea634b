/** The detector in simulated election nights: every bar of theirs, the sizes that it tells, and its first hour. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SHARED } from './shared.ts'

const RUN_MS = 600_000
const ROOT = new URL('../../', import.meta.url).pathname
const DETECT = `cd ${ROOT} && node --import tsx api/boot/cli.ts detect`

let work: string
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'tallywatch-spikes-'))
})
afterAll(() => rm(work, { recursive: true, force: true }))

/** Runs a script of the harness; what it printed, also where it ends with a miss. */
async function harness(...args: string[]): Promise<string> {
  const options = {
    cwd: `${SHARED}spikes`,
    env: { ...process.env, SPIKE_WORK: work },
    maxBuffer: 16 * 1024 * 1024,
  }
  const { stdout } = await promisify(execFile)('node', args, options).catch(
    (error: { stdout?: string; message: string }) => ({ stdout: error.stdout ?? error.message }),
  )
  return stdout
}

test(
  'simulated election nights',
  async () => {
    const command = `${DETECT} {in} {out} {meta}`
    const stdout = await harness(
      'evaluate.mjs',
      '--quick',
      '--suites',
      'election',
      '--tag',
      'gate',
      '--',
      command,
    )
    // The cost is a timing: it is for the benchmark, not for a test.
    const missed = stdout.split('\n').filter((line) => line.startsWith('MISS  Election'))
    expect(stdout).toContain('PASS  Election')
    expect(missed).toEqual([])
  },
  RUN_MS,
)

/** What `score_episodes.mjs` says of the spikes that were found. */
interface Episodes {
  matched: number
  medianAbsStartErr: number
  ciCoverage: number
}

test.each(['cal30', 'test30'])(
  'sizes and onsets in %s',
  async (name) => {
    const night = join(work, `work/quick/election/${name}`)
    const episodes = join(work, `${name}.jsonl`)
    const command = `${DETECT} ${night}/in.jsonl /dev/null ${night}/meta.json --episodes ${episodes}`
    await promisify(execFile)('bash', ['-c', command])
    const scored = JSON.parse(await harness('score_episodes.mjs', night, episodes)) as Episodes
    process.stdout.write(`${name} ${JSON.stringify(scored)}\n`)
    expect(scored.matched).toBeGreaterThan(100)
    expect(scored.ciCoverage).toBeGreaterThanOrEqual(0.9)
    expect(scored.ciCoverage).toBeLessThanOrEqual(0.99)
    expect(scored.medianAbsStartErr).toBeLessThanOrEqual(5)
  },
  RUN_MS,
)

test(
  'ten minutes after its first minute it finds what it would have found after days',
  async () => {
    const stdout = await harness('cold.mjs', '--', `${DETECT} {in} {out} {meta}`)
    process.stdout.write(stdout)
    expect(stdout).toContain('PASS  cold start')
  },
  RUN_MS,
)
