/** A load over the whole way, small: every post that was sent is stored, and a run is held against an earlier one. */
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { Measured } from '../../api/boot/bench/load/measure-load.ts'
import { runCli } from '../services/cli.ts'

/** The warm-up and the drain are most of it. */
const RUN_MS = 240_000
const SMALL = ['bench', 'load', '--kind', 'election', '--rate', '40', '--seconds', '2', '--json']

let folder: string
/** The configuration of an installation: a run may use its servers, and leaves its desk alone. */
let env: { TALLYWATCH_CONFIG: string }
let desk: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-bench-load-'))
  desk = join(folder, 'desk.db')
  env = { TALLYWATCH_CONFIG: join(folder, 'tallywatch.config.yaml') }
  const own = {
    kafka: { brokers: inject('kafkaBrokers') },
    clickhouse: { url: inject('clickhouseUrl') },
    deskUrl: `file:${desk}`,
  }
  await writeFile(env.TALLYWATCH_CONFIG, JSON.stringify(own))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function expectWhole({ figures }: Measured): void {
  expect(figures.drained).toBe(true)
  expect(figures.posts.sent).toBeGreaterThan(40)
  expect(figures.posts.stored).toBe(figures.posts.sent)
  expect(figures.posts.electionStored).toBe(figures.posts.election)
  expect(figures.cpuMicros).toBeGreaterThan(0)
  expect(figures.shown.p50).toBeGreaterThanOrEqual(figures.stored.p50)
}

test(
  'embedded, and against a table in which it cost nothing',
  async () => {
    const cheap = join(folder, 'cheap.json')
    const kept = join(folder, 'kept.json')
    await writeFile(cheap, JSON.stringify({ version: 1, relative: { 'load election embedded': 0.001 } }))
    const ran = await runCli([...SMALL, '--against', cheap, '--save', kept], env)
    expect(ran.code, ran.stderr).toBe(1)
    expect(ran.stderr).toMatch(
      /load election embedded costs [\d.]+ times JSON\.parse, \d+ % more than the 0\.00/,
    )
    const measured = JSON.parse(ran.stdout) as Measured
    expectWhole(measured)
    expect(measured.figures.roles.map(({ role }) => role)).toEqual(['embedded', '(sender)'])
    expect(existsSync(desk)).toBe(false)
    const table = JSON.parse(await readFile(kept, 'utf8')) as { relative: Record<string, number> }
    expect(Object.keys(table.relative)).toContain('load election embedded: embedded')
  },
  RUN_MS,
)

test(
  'on Kafka and ClickHouse, by two workers',
  async () => {
    const ran = await runCli([...SMALL, '--server', '--workers', '2'], env)
    expect(ran.code, ran.stderr).toBe(0)
    const measured = JSON.parse(ran.stdout) as Measured
    expectWhole(measured)
    const roles = measured.figures.roles.map(({ role }) => role)
    expect(roles).toEqual(expect.arrayContaining(['desk', 'ingest', 'classify 1', 'classify 2']))
    expect(existsSync(desk)).toBe(false)
    expect(measured.rows.map(({ stage }) => stage)).toEqual(expect.arrayContaining(['JSON.parse', 'kafkajs']))
  },
  RUN_MS,
)
