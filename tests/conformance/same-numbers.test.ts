/** The same night gives the same series, spikes and claims, to the byte, however it is run. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { NightSummary } from '../../api/boot/summary.ts'
import { startClickhouseCluster } from '../services/clickhouse-cluster.ts'
import { runCli, startCli, type Ran } from '../services/cli.ts'
import { recordedLines, writeNight } from '../services/recorded-night.ts'

const PLAY_MS = 120_000

let folder: string
let file: string
let reference: NightSummary
/** Of every stored post its id and its claim's. */
let referenceClaims: string[]
let runs = 0

function summaryOf(ran: Ran): NightSummary {
  expect(ran, ran.stderr).toMatchObject({ code: 0 })
  return JSON.parse(ran.stdout) as NightSummary
}

function expectSame(summary: NightSummary): void {
  expect(JSON.stringify(summary.series)).toBe(JSON.stringify(reference.series))
  expect(JSON.stringify(summary.spikes)).toBe(JSON.stringify(reference.spikes))
  const { posts, election, flagged, deadLettered } = reference
  expect(notJudged(summary)).toEqual(notJudged(reference))
  expect(summary).toMatchObject({ posts, election, flagged, deadLettered })
}

/** What was not judged for its language. */
function notJudged({ coverage }: NightSummary) {
  return coverage.filter(({ kind }) => kind === 'not_judged')
}

/** Election talk in Portuguese and in German, which the drill has not. */
function foreignLines(): string[] {
  const at = (minute: number) => new Date(Date.UTC(2026, 10, 3, 22, minute)).toISOString()
  return Array.from({ length: 30 }, (_, i) =>
    JSON.stringify({
      id: `foreign-${i}`,
      date: at(60 + 2 * i),
      author: `voter ${i}`,
      text:
        i % 3 === 0
          ? `Trump redet von Dominion und Wahlbetrug, aber niemand hat einen Beweis gesehen, Folge ${i}`
          : `Trump diz que houve fraude na eleição, mas ninguém viu nenhuma prova até agora, parte ${i}`,
    }),
  )
}

async function claimsOf(data: string, env: Record<string, string> = {}): Promise<string[]> {
  const ran = await runCli(['export', '--data', data, '--format', 'jsonl'], env)
  expect(ran.code, ran.stderr).toBe(0)
  return ran.stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { id, cluster } = JSON.parse(line) as { id: string; cluster: string }
      return `${id} ${cluster}`
    })
}

/** A namespace that no other run has: what Kafka and ClickHouse kept of an earlier one must not help. */
function server(): Record<string, string> {
  return {
    KAFKA_BROKERS: inject('kafkaBrokers').join(','),
    CLICKHOUSE_URL: inject('clickhouseUrl'),
    TALLYWATCH_NAMESPACE: `same_${process.pid}_${++runs}`,
    TALLYWATCH_AUTHOR_KEY: 'k'.repeat(32),
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-same-'))
  file = join(folder, 'night.jsonl.gz')
  const lines = [...(await recordedLines(7)), ...foreignLines()]
  // As real files are: a line twice, a line that is broken, a post without text.
  lines.splice(
    50,
    0,
    lines[10]!,
    '{"id":"broken',
    JSON.stringify({ id: 'empty', date: '2026-11-03T22:30:00Z', text: '' }),
  )
  await writeNight(file, lines)
  const data = join(folder, 'reference')
  reference = summaryOf(await runCli(['replay', file, '--json', '--data', data]))
  referenceClaims = await claimsOf(data)
  // Some say the same, not all.
  const claims = new Set(referenceClaims.map((line) => line.split(' ').at(-1)))
  expect(claims.size).toBeGreaterThan(1)
  expect(claims.size).toBeLessThan(referenceClaims.length)
  expect(reference.spikes.length).toBeGreaterThan(0)
  expect(reference.deadLettered).toBe(2)
  expect(reference.posts).toBe(lines.length - 3)
  expect(notJudged(reference)).toMatchObject([
    { language: 'pt', posts: 20 },
    { language: 'de', posts: 10 },
  ])
}, PLAY_MS)

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('embedded', () => {
  test('a second run', async () => expectSame(summaryOf(await runCli(['replay', file, '--json']))), PLAY_MS)

  test(
    'three workers',
    async () => {
      expectSame(summaryOf(await runCli(['replay', file, '--json', '--workers', '3'])))
    },
    PLAY_MS,
  )

  test(
    'killed half-way and run again on the same data folder',
    async () => {
      const data = join(folder, 'killed')
      await killHalfWay(['replay', file, '--speed', '4000', '--port', '0', '--data', data], {})
      expectSame(summaryOf(await runCli(['replay', file, '--json', '--data', data])))
      // And once more, now that it is whole: nothing is read again, nothing changes.
      expectSame(summaryOf(await runCli(['replay', file, '--json', '--data', data])))
      expect(await claimsOf(data)).toEqual(referenceClaims)
    },
    PLAY_MS,
  )
})

describe('on Kafka and ClickHouse', () => {
  test(
    'a cluster of two shards, each with a part of the posts',
    async () => {
      await using cluster = await startClickhouseCluster()
      const env: Record<string, string> = {
        ...server(),
        CLICKHOUSE_URL: cluster.url,
        CLICKHOUSE_CLUSTER: cluster.name,
      }
      expectSame(summaryOf(await runCli(['replay', file, '--json', '--data', join(folder, 'cluster')], env)))
      expect(await claimsOf(join(folder, 'cluster'), env)).toEqual(referenceClaims)
      const query = `SELECT count() FROM ${env['TALLYWATCH_NAMESPACE']}.seen_local FINAL`
      const counts = cluster.shards.map(async (url) =>
        Number(await (await fetch(url, { method: 'POST', body: query })).text()),
      )
      const [first = 0, second = 0] = await Promise.all(counts)
      expect(first + second).toBe(reference.posts)
      expect(Math.min(first, second)).toBeGreaterThan(reference.posts / 3)
    },
    PLAY_MS,
  )

  test(
    'one worker',
    async () => expectSame(summaryOf(await runCli(['replay', file, '--json'], server()))),
    PLAY_MS,
  )

  test(
    'three workers in one process',
    async () => {
      expectSame(summaryOf(await runCli(['replay', file, '--json', '--workers', '3'], server())))
    },
    PLAY_MS,
  )

  test(
    'three workers in three processes',
    async () => {
      const env = server()
      const workers = [1, 2, 3].map(() => startCli(['classify'], env))
      try {
        await Promise.all(workers.map((worker) => worker.until(/classify: judging/)))
        const data = join(folder, 'processes')
        expectSame(summaryOf(await runCli(['replay', file, '--json', '--workers', '0', '--data', data], env)))
        expect(await claimsOf(data, env)).toEqual(referenceClaims)
      } finally {
        for (const { child } of workers) child.kill('SIGTERM')
        for (const { done } of workers) expect(await done).toMatchObject({ code: 0 })
      }
    },
    PLAY_MS,
  )

  test(
    'killed half-way and run again',
    async () => {
      const env = server()
      const data = join(folder, 'killed-server')
      await killHalfWay(['replay', file, '--speed', '4000', '--port', '0', '--data', data], env)
      expectSame(summaryOf(await runCli(['replay', file, '--json', '--data', data], env)))
      expect(await claimsOf(data, env)).toEqual(referenceClaims)
    },
    PLAY_MS,
  )
})

/** The night lasts some four hours: at this speed, four seconds. */
async function killHalfWay(args: readonly string[], env: Record<string, string>): Promise<void> {
  const running = startCli(args, env)
  await running.until(/Tallywatch is at/)
  await sleep(1_800)
  running.child.kill('SIGKILL')
  const ran = await running.done
  expect(ran.signal).toBe('SIGKILL')
  expect(ran.stderr).not.toContain('The night is over')
}
