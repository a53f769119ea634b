/** Files packed with zstd and Parquet are replayed as they are; two sources of one name are refused. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCli } from '../services/cli.ts'

const RUN_MS = 90_000
const run = promisify(execFile)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-packed-'))
  await Promise.all(['one/drop', 'two/drop'].map((name) => mkdir(join(folder, name), { recursive: true })))
  const script = `const { query } = require('chdb')
    const [folder] = process.argv.slice(1)
    query("INSERT INTO FUNCTION file('" + folder + "/night.jsonl.zst', LineAsString) SELECT concat('{\\"id\\":\\"z', toString(number), '\\",\\"text\\":\\"the voting machines in Mesa are down\\",\\"date\\":\\"2026-11-04T01:00:0', toString(number), 'Z\\"}') AS line FROM numbers(5)")
    query("INSERT INTO FUNCTION file('" + folder + "/table.parquet', Parquet) SELECT number + 9007199254740993 AS id, 'the voting machines in Mesa are down' AS text, toDateTime64('2026-11-04 01:00:00', 3, 'UTC') AS created_at FROM numbers(7)")`
  await run(process.execPath, ['-e', script, folder])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test(
  'a replay reads zstd and Parquet',
  async () => {
    const files = ['night.jsonl.zst', 'table.parquet'].map((name) => join(folder, name))
    const ran = await runCli(['replay', ...files, '--json'])
    expect(ran.code).toBe(0)
    expect(JSON.parse(ran.stdout)).toMatchObject({ posts: 12, flagged: 12, deadLettered: 0 })
    const missing = await runCli(['replay', join(folder, 'none.parquet'), '--json'])
    expect([missing.code, missing.stdout]).toEqual([1, ''])
    expect(missing.stderr).toContain(`cannot read ${join(folder, 'none.parquet')}`)
  },
  RUN_MS,
)

test(
  'two folders of one last name, and a network named twice, are told before anything starts',
  async () => {
    const twice = ['one', 'two'].map((name) => `folder:${join(folder, name, 'drop')}`)
    const args = (specs: readonly string[]) => specs.flatMap((spec) => ['--source', spec])
    const data = join(folder, 'data')
    const ran = await runCli(['start', '--port', '0', '--data', data, ...args(twice)])
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(
      /one\/drop" and ".*two\/drop" are both the source folder:drop: give one of them/,
    )
    const likes = await runCli([
      'start',
      '--port',
      '0',
      '--data',
      data,
      ...args(['bluesky', 'bluesky+likes']),
    ])
    expect(likes.code).toBe(2)
    expect(likes.stderr).toMatch(/"bluesky" and "bluesky\+likes" are both the source bluesky: name it once/)
    const doctor = await runCli(['doctor', '--data', data], { TALLYWATCH_SOURCES: twice.join(' ') })
    expect(doctor.stdout).toMatch(/^PROBLEM +sources: .* are both the source folder:drop/m)
    expect(doctor.code).toBe(1)
  },
  RUN_MS,
)
