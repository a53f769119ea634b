/** The prior is learnt from the counts of nights that lie in data folders. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { priorSchema } from '../../../api/spikes/prior/prior.ts'
import { runCli } from '../../services/cli.ts'
import { recordedLines, writeNight } from '../../services/recorded-night.ts'

const SLOW = 60_000

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-prior-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test(
  'from a night that was replayed',
  async () => {
    const file = join(folder, 'night.jsonl')
    const data = join(folder, 'night')
    const lines = await recordedLines(3)
    await writeNight(file, lines)
    expect(await runCli(['replay', file, '--json', '--data', data])).toMatchObject({ code: 0 })
    const learnt = await runCli(['learn-prior', data])
    expect(learnt, learnt.stderr).toMatchObject({ code: 0 })
    const prior = priorSchema.parse(JSON.parse(learnt.stdout))
    expect(prior.nights).toBe(1)
    expect(prior.posts).toBeGreaterThan(0)
    expect(prior.posts).toBeLessThanOrEqual(lines.length)
    expect(prior.narratives.machine_failure!.share).toBeGreaterThan(0)
    expect(Object.keys(prior.states).length).toBeGreaterThan(0)
  },
  SLOW,
)

test(
  'not from a folder that is not there, which it does not make',
  async () => {
    const missing = join(folder, 'mistyped')
    const ran = await runCli(['learn-prior', missing])
    expect(ran.code).toBe(1)
    expect(ran.stderr.trimEnd()).toContain(missing)
    expect(ran.stderr.trimEnd()).not.toContain('\n')
    expect(existsSync(missing)).toBe(false)
    expect(await runCli(['learn-prior'])).toMatchObject({ code: 2 })
  },
  SLOW,
)
