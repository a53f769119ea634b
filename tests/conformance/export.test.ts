/** The export of the command line, after a replay on the same data folder. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NightSummary } from '../../api/boot/summary.ts'
import { runCli } from '../services/cli.ts'
import { recordedLines, writeNight } from '../services/recorded-night.ts'

const RUN_MS = 60_000
let folder: string
let data: string
let summary: NightSummary

async function exported(...args: string[]): Promise<string> {
  const ran = await runCli(['export', '--data', data, ...args])
  expect(ran.code, ran.stderr).toBe(0)
  return ran.stdout
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-export-'))
  data = join(folder, 'data')
  const file = join(folder, 'night.jsonl')
  await writeNight(file, await recordedLines(4))
  const ran = await runCli(['replay', file, '--json', '--data', data])
  expect(ran.code, ran.stderr).toBe(0)
  summary = JSON.parse(ran.stdout) as NightSummary
}, RUN_MS)
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('export', () => {
  test(
    'gives every flagged post once, as JSON lines',
    async () => {
      const posts = (await exported('--flagged', '--format', 'jsonl')).trimEnd().split('\n')
      const ids = posts.map((line) => (JSON.parse(line) as { id: string }).id)
      expect(ids).toHaveLength(summary.flagged)
      expect(new Set(ids).size).toBe(summary.flagged)
    },
    RUN_MS,
  )

  test(
    'gives a spike as CSV',
    async () => {
      const spike = summary.spikes[0]!
      const rows: Record<string, string>[] = parse(await exported('--spike', spike.id), {
        columns: true,
        bom: true,
      })
      expect(rows).toHaveLength(spike.posts)
      for (const row of rows) expect(row['text']).not.toBe('')
    },
    RUN_MS,
  )

  test(
    'a filter that is none is wrong use',
    async () => {
      const ran = await runCli(['export', '--data', data, '--narrative', 'nonsense'])
      expect(ran.code).toBe(2)
      expect(ran.stderr).toContain('narrative')
    },
    RUN_MS,
  )
})
