/** More comes than can be judged: it is judged in haste, which is said, and in the end nothing differs. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { countMinutes, type MinuteCounts } from '../../api/spikes/minutes.ts'
import { countHasty } from '../../classify/hasty-posts.ts'
import { openChdbStore } from '../../classify/store/chdb.ts'
import { openClickhouseStore } from '../../classify/store/clickhouse.ts'
import { sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import { runCli, startCli } from '../services/cli.ts'
import { recordedLines, writeNight } from '../services/recorded-night.ts'

const PLAY_MS = 180_000

let folder: string
let file: string
let lines: string[]

/** The night of a test, an hour ago at its end: what is older than a day is not judged in haste. */
function lately(night: readonly string[]): string[] {
  const posts = night.map((line) => JSON.parse(line) as { date: string })
  const shift = Date.now() - 3_600_000 - Math.max(...posts.map(({ date }) => Date.parse(date)))
  return posts.map((post) =>
    JSON.stringify({ ...post, date: new Date(Date.parse(post.date) + shift).toISOString() }),
  )
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-overload-'))
  file = join(folder, 'night.jsonl')
  lines = lately(await recordedLines(11))
  await writeNight(file, lines)
}, PLAY_MS)

afterAll(() => rm(folder, { recursive: true, force: true }))

interface Judged {
  minutes: Map<number, MinuteCounts>
  /** Judgements in haste over the night. */
  hasty: number
}

async function readJudged(store: Store): Promise<Judged> {
  const [row] = await store.query<{ hasty: number }>(
    sql`SELECT toFloat64(uniqExact(post)) AS hasty FROM hasty_posts`,
  )
  return { minutes: await countMinutes(store, 0, Math.ceil(Date.now() / 60_000)), hasty: row!.hasty }
}

/** The same in one process, without servers. */
async function judgeEmbedded(name: string, hasteAfter: string): Promise<Judged> {
  const data = join(folder, name)
  const running = startCli(['start', '--port', '0', '--data', data, '--source', `file:${file}`], {
    TALLYWATCH_NAMESPACE: 'overload',
    TALLYWATCH_PARTITIONS: '1',
    TALLYWATCH_AUTHOR_KEY: 'k'.repeat(32),
    TALLYWATCH_HASTE_AFTER: hasteAfter,
    // With somebody who may push it is live: a recording alone has all the time there is.
    TALLYWATCH_PUSH: `partner=${'t'.repeat(32)}`,
  })
  try {
    const [, url] = await running.until(/Tallywatch is at (\S+)/)
    const counts = async () => {
      const { posts, hasty } = (await (await fetch(`${url}api/status`)).json()) as Record<string, number>
      return { posts, hasty }
    }
    const all = { posts: lines.length, hasty: 0 }
    await expect.poll(counts, { timeout: PLAY_MS, interval: 500 }).toEqual(all)
  } finally {
    running.child.kill('SIGTERM')
    expect(await running.done).toMatchObject({ code: 0 })
  }
  const store = await openChdbStore({ path: join(data, 'clickhouse'), database: 'overload' })
  try {
    return await readJudged(store)
  } finally {
    await store.close()
  }
}

/** Brings all posts into the topic before anybody judges, then judges until none waits. */
async function judgeAll(namespace: string, hasteAfter: string): Promise<Judged> {
  const env = {
    KAFKA_BROKERS: inject('kafkaBrokers').join(','),
    CLICKHOUSE_URL: inject('clickhouseUrl'),
    TALLYWATCH_NAMESPACE: namespace,
    TALLYWATCH_PARTITIONS: '1',
    TALLYWATCH_AUTHOR_KEY: 'k'.repeat(32),
    TALLYWATCH_HASTE_AFTER: hasteAfter,
  }
  expect(await runCli(['ingest', '--source', `file:${file}`], env)).toMatchObject({ code: 0 })
  const classify = startCli(['classify'], env)
  const store = await openClickhouseStore({ url: inject('clickhouseUrl'), database: namespace })
  const seen = async (): Promise<number> => {
    const [row] = await store.query<{ posts: number }>(
      sql`SELECT toFloat64(uniqExact(post)) AS posts FROM seen`,
    )
    return row!.posts
  }
  try {
    await expect.poll(seen, { timeout: PLAY_MS, interval: 500 }).toBe(lines.length)
    await expect.poll(() => countHasty(store), { timeout: PLAY_MS, interval: 500 }).toBe(0)
    return await readJudged(store)
  } finally {
    classify.child.kill('SIGTERM')
    expect(await classify.done).toMatchObject({ code: 0 })
    await store.close()
  }
}

async function expectTheSame(judge: (name: string, hasteAfter: string) => Promise<Judged>): Promise<void> {
  const calm = await judge('calm', '0')
  expect(calm.hasty).toBe(0)
  const hurried = await judge('hurried', '1')
  expect(hurried.hasty).toBeGreaterThan(100)
  expect(hurried.minutes).toEqual(calm.minutes)
}

test(
  'a backlog that is judged in haste ends with the counts of one that is not',
  () => expectTheSame((name, hasteAfter) => judgeAll(`overload_${name}_${process.pid}`, hasteAfter)),
  3 * PLAY_MS,
)

test('so does one in a single process', () => expectTheSame(judgeEmbedded), 3 * PLAY_MS)
