import { expect, test } from 'vitest'
import { runCli } from '../services/cli.ts'

/** A short look at every change; the long one is `tallywatch soak`, by command. */
const MINUTES = process.env['TALLYWATCH_SOAK_MINUTES'] ?? '5'

test(
  'memory, handles, threads, disk a post, answers and parts stay flat',
  async () => {
    const { code, stdout, stderr } = await runCli(['soak', '--minutes', MINUTES])
    expect(stdout.match(/^flat/gm), stdout + stderr).toHaveLength(6)
    expect(code).toBe(0)
  },
  (Number(MINUTES) + 2) * 60_000,
)
