/** More comes than can be judged: it is judged in haste, which is said, and in the end nothing differs. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { countMinutes, type MinuteCounts } from '../../api/spikes/minutes.ts'
import { countHasty } from '../../classify/hasty-posts.ts'
import { openClickhouseStore } from '../../classify/store/clickhouse.ts'
import { sql } from '../../classify/store/sql.ts'
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
    const [row] = await store.query<{ hasty: number }>(
      sql`SELECT toFloat64(uniqExact(post)) AS hasty FROM hasty_posts`,
    )
    return { minutes: await countMinutes(store, 0, Math.ceil(Date.now() / 60_000)), hasty: row!.hasty }
  } finally {
    classify.child.kill('SIGTERM')
    expect(await classify.done).toMatchObject({ code: 0 })
    await store.close()
  }
}

test(
  'a backlog that is judged in haste ends with the counts of one that is not',
  async () => {
    const calm = await judgeAll(`overload_calm_${process.pid}`, '0')
    expect(calm.hasty).toBe(0)
    const hurried = await judgeAll(`overload_${process.pid}`, '1')
    expect(hurried.hasty).toBeGreaterThan(100)
    expect(hurried.minutes).toEqual(calm.minutes)
  },
  3 * PLAY_MS,
)
