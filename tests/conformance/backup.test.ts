/** A night that is saved and restored is the same night: in the process, on a server, and from one to the other. */
import { existsSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openDesk } from '../../api/desk/desk.ts'
import { runCli } from '../services/cli.ts'
import { recordedLines, writeNight } from '../services/recorded-night.ts'

const RUN_MS = 240_000
/** Of a recorded night: enough for every table to hold something. */
const LINES = 1_500
/** A replay keeps no memory of the detector; what is in it is none of the backup's. */
const REMEMBERED = 'what the detector remembers'
/** A line ends here for some who read text, and not for JSON. */
const SEPARATOR = '\u2028'
const ANOTHER = 'replay_another.posts.positions.json'

let folder: string
let posts: string
let summary: Record<string, unknown>
let namespace: string
const at = (name: string) => join(folder, name)

async function ok(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const ran = await runCli(args, env)
  expect(ran, ran.stderr).toMatchObject({ code: 0 })
  return ran.stdout
}
const exported = (data: string, env: Record<string, string> = {}) =>
  ok(['export', '--data', data, '--format', 'jsonl'], env)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-backup-'))
  const lines = (await recordedLines(40)).slice(0, LINES)
  await writeNight(
    at('night.jsonl.gz'),
    lines.map((line) => line.replace('"text":"', `"text":"${SEPARATOR}`)),
  )
  summary = JSON.parse(
    await ok(['replay', at('night.jsonl.gz'), '--json', '--data', at('data')]),
  ) as typeof summary
  posts = await exported(at('data'))
  expect(posts.split('\n').length).toBeGreaterThan(10)
  expect(posts).toContain(SEPARATOR)
  namespace = (/replay_\w+/.exec((await readdir(at('data'))).join(' ')) ?? [''])[0]
  const desk = await openDesk({ url: `file:${at('data')}/${namespace}.desk.db` })
  const by = (name: string) => ({ by: name, at: Date.UTC(2026, 10, 4) })
  const { id } = await desk.rebuttals.draft(
    {
      spikeId: null,
      narrative: 'machine_failure',
      place: 'AZ',
      office: 'Example County Elections',
      claim: 'Scanners stopped counting',
      text: 'Each ballot was counted.',
      link: 'https://elections.example.gov/scanners',
      rating: 'False',
    },
    by('Ann'),
  )
  await desk.rebuttals.approve(id, by('Bob'))
  await desk.rebuttals.publish(id, { ...by('Bob'), clock: Date.UTC(2026, 10, 4) })
  await desk.close()
  await writeFile(at(`data/${namespace}.detector.json.gz`), REMEMBERED)
  await writeFile(at(`data/positions/${ANOTHER}`), '{"runs":1,"positions":{}}')
  expect(await ok(['backup', `${at('saved')}/`, '--data', at('data')])).toMatch(
    /rows of `replay_.*a ledger of 3 entries/,
  )
}, RUN_MS)
afterAll(() => rm(folder, { recursive: true }))

describe('a backup', () => {
  test(
    'restored into an empty folder gives the same posts, the same counts and a whole ledger',
    async () => {
      expect(await ok(['restore', at('saved'), '--data', at('again')])).toContain(
        'the ledger is whole, 3 entries',
      )
      expect(await exported(at('again'))).toBe(posts)
      expect(await ok(['verify-ledger', '--data', at('again')])).toContain('whole, 3 entries')
      // Nothing is read again: the sources stand where they stood.
      const replayed = JSON.parse(
        await ok(['replay', at('night.jsonl.gz'), '--json', '--data', at('again')], {
          TALLYWATCH_DESK_URL: `file:${at('installation.db')}`,
        }),
      ) as typeof summary
      expect(existsSync(at('installation.db'))).toBe(false)
      for (const key of ['posts', 'election', 'flagged', 'deadLettered', 'series', 'spikes'])
        expect(replayed[key]).toEqual(summary[key])
    },
    RUN_MS,
  )

  test(
    'is of one night alone, and stands where it stood under another name too',
    async () => {
      const env = { TALLYWATCH_NAMESPACE: 'moved' }
      await ok(['restore', at('saved'), '--data', at('moved')], env)
      expect(existsSync(at(`moved/positions/${ANOTHER}`))).toBe(false)
      const again = await runCli(['replay', at('night.jsonl.gz'), '--json', '--data', at('moved')], env)
      expect(again.stderr).toContain('Was read to its end before')
      expect(JSON.parse(again.stdout)).toMatchObject({ posts: summary['posts'], series: summary['series'] })
    },
    RUN_MS,
  )

  test(
    'leaves nothing half restored where the desk has no place',
    async () => {
      const env = { TALLYWATCH_DESK_URL: 'http://127.0.0.1:9' }
      const refused = await runCli(['restore', at('saved'), '--data', at('desk')], env)
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('TALLYWATCH_DESK_URL') })
      await ok(['restore', at('saved'), '--data', at('desk')])
    },
    RUN_MS,
  )

  test(
    'restored on a server, and saved from there, is the same night again',
    async () => {
      const env = {
        KAFKA_BROKERS: inject('kafkaBrokers').join(','),
        CLICKHOUSE_URL: inject('clickhouseUrl'),
        TALLYWATCH_NAMESPACE: `backup_${process.pid}`,
        TALLYWATCH_DATA: at('server'),
      }
      await ok(['restore', at('saved')], env)
      expect(await exported(at('server'), env)).toBe(posts)
      expect(await ok(['backup', at('saved-again')], env)).toContain('a ledger of 3 entries')
      const rowsOf = async (name: string) => {
        const { tables } = JSON.parse(await readFile(join(at(name), 'manifest.json'), 'utf8')) as {
          tables: { name: string; rows: number }[]
        }
        return tables.map(({ name, rows }) => ({ name, rows }))
      }
      expect(await rowsOf('saved-again')).toEqual(await rowsOf('saved'))
      // What claims something comes before what it claims.
      const names = (await rowsOf('saved')).map(({ name }) => name)
      expect(names[0]).toBe('hasty_posts')
      expect(names[1]).toBe('progress')
      expect(names.indexOf('seen')).toBeLessThan(names.indexOf('posts'))
      expect(await readFile(join(at('server'), `${env.TALLYWATCH_NAMESPACE}.detector.json.gz`), 'utf8')).toBe(
        REMEMBERED,
      )
    },
    RUN_MS,
  )

  test(
    'refuses to write over anything, and to restore what is not what was saved',
    async () => {
      const refusal = async (args: readonly string[]) => {
        const { code, stderr } = await runCli(args)
        expect(code).toBe(1)
        expect(stderr.trimEnd()).not.toContain('\n')
        return stderr
      }
      expect(await refusal(['backup', at('none'), '--data', at('mistyped')])).toContain('no data folder')
      expect(existsSync(at('mistyped'))).toBe(false)
      expect(await refusal(['backup', at('saved'), '--data', at('data')])).toContain('is there already')
      expect(await refusal(['restore', at('saved'), '--data', at('data')])).toContain('is there already')
      expect(await refusal(['restore', at('data'), '--data', at('other')])).toContain('is no backup')
      await mkdir(at('other'))
      const key = join(at('other'), 'author.key')
      await writeFile(key, 'k'.repeat(64))
      expect(await refusal(['restore', at('saved'), '--data', at('other')])).toContain('is another one')
      expect(await readFile(key, 'utf8')).toBe('k'.repeat(64))
      await rm(key)
      const left = join(at('other'), `${namespace}.desk.db-wal`)
      await writeFile(left, '')
      expect(await refusal(['restore', at('saved'), '--data', at('other')])).toContain('is there already')
      await rm(left)
      await rename(at('saved/author.key'), at('key'))
      expect(await refusal(['restore', at('saved'), '--data', at('other')])).toContain(
        'author.key is missing or not',
      )
      await rename(at('key'), at('saved/author.key'))
      await appendFile(join(at('saved'), 'posts.jsonl.gz'), 'x')
      expect(await refusal(['restore', at('saved'), '--data', at('other')])).toMatch(
        /posts\.jsonl\.gz is missing or not/,
      )
      const manifest = join(at('saved'), 'manifest.json')
      await writeFile(
        manifest,
        (await readFile(manifest, 'utf8')).replace(/"schemaVersion": \d+/, '"schemaVersion": 999'),
      )
      expect(await refusal(['restore', at('saved'), '--data', at('other')])).toContain('newer Tallywatch')
      await writeFile(manifest, '{"format": 1,')
      expect(await refusal(['restore', at('saved'), '--data', at('other')])).toContain('is not understood')
    },
    RUN_MS,
  )
})
