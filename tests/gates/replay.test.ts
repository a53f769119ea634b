/** The recorded night of 3 November 2020, through the whole pipeline. */
import { beforeAll, describe, expect, inject, test } from 'vitest'
import type { NightSummary } from '../../api/boot/summary.ts'
import type { Post } from '../../ingest/contract.ts'
import { createNormalizer } from '../../ingest/normalize.ts'
import { createFileSource } from '../../ingest/sources/file.ts'
import { runCli } from '../services/cli.ts'
import { RECORDED_NIGHT } from './shared.ts'

const PLAY_MS = 300_000
const at = (time: string): number => Date.parse(`2020-11-${time}Z`)

async function replay(args: readonly string[] = [], env: Record<string, string> = {}): Promise<NightSummary> {
  const ran = await runCli(['replay', RECORDED_NIGHT, '--speed', 'max', '--json', ...args], env)
  expect(ran.code, ran.stderr).toBe(0)
  return JSON.parse(ran.stdout) as NightSummary
}

describe('the recorded night', () => {
  let summary: NightSummary
  beforeAll(async () => {
    summary = await replay()
    const { posts, flagged, spikes, seconds } = summary
    process.stdout.write(`${posts} posts, ${flagged} flagged, ${spikes.length} spikes, ${seconds} s\n`)
  }, PLAY_MS)

  test('takes every post', () => {
    expect(summary.posts).toBe(84_592)
    expect(summary.deadLettered).toBe(0)
    expect(summary.election).toBeGreaterThan(0)
    expect(summary.coverage.filter(({ kind }) => kind !== 'not_judged')).toHaveLength(1)
    // Nearly all of it is English.
    const notJudged = summary.coverage.reduce(
      (sum, entry) => sum + (entry.kind === 'not_judged' ? entry.posts : 0),
      0,
    )
    expect(notJudged).toBeGreaterThan(0)
    expect(notJudged).toBeLessThan(0.02 * summary.posts)
  })

  test('finds the national results_manipulated spike, and no earlier one', () => {
    const first = summary.spikes.find(
      ({ narrative, place }) => narrative === 'results_manipulated' && place === 'US',
    )
    expect(first, 'no national spike').toBeDefined()
    expect(first!.detected).toBeGreaterThanOrEqual(at('04T05:40:00'))
    expect(first!.detected).toBeLessThanOrEqual(at('04T06:40:00'))
    expect(first!.onset).toBeGreaterThan(at('04T02:00:00'))
    expect(first!.authors).toBeGreaterThan(20)
  })

  test('shows a hundred posts by one account as that, and raises no alarm for them', () => {
    const inNevada = ({ place }: { place: string }) => place === 'NV'
    expect(summary.spikes.filter(inNevada)).toEqual([])
    const [echo, ...others] = summary.echoes.filter(inNevada)
    expect(others).toEqual([])
    expect(echo!.posts).toBeGreaterThan(80)
    expect(echo!.authors).toBeLessThan(10)
    expect(Math.abs(echo!.onset - at('04T22:33:00'))).toBeLessThan(5 * 60_000)
  })

  test(
    'gives the same on Kafka and ClickHouse, with three workers',
    async () => {
      const server = await replay(['--workers', '3'], {
        KAFKA_BROKERS: inject('kafkaBrokers').join(','),
        CLICKHOUSE_URL: inject('clickhouseUrl'),
        TALLYWATCH_NAMESPACE: `gate_${process.pid}`,
      })
      expect(JSON.stringify(server.series)).toBe(JSON.stringify(summary.series))
      expect(JSON.stringify(server.spikes)).toBe(JSON.stringify(summary.spikes))
    },
    PLAY_MS,
  )

  // The rest of the way knows nothing of columns.
  test(
    'is the same with its columns named, post by post',
    async () => {
      const [plain, mapped] = [readPosts(), readPosts('text=text,id=id,createdAt=date,author=author')]
      let compared = 0
      const other: unknown[] = []
      for await (const post of plain) {
        const { value } = await mapped.next()
        if (JSON.stringify(value) !== JSON.stringify(post)) other.push({ post, value })
        compared += 1
      }
      expect((await mapped.next()).done).toBe(true)
      expect(other.slice(0, 3)).toEqual([])
      expect(compared).toBe(summary.posts)
    },
    PLAY_MS,
  )
})

/** As the source gives them, all captured at one time. */
async function* readPosts(map?: string): AsyncGenerator<Post, void> {
  const source = createFileSource({
    path: RECORDED_NIGHT,
    normalize: createNormalizer({ authorKey: 'k'.repeat(32) }),
    speed: 'max',
    wallClock: () => at('30T00:00:00'),
    ...(map === undefined ? {} : { map }),
  })
  for await (const { posts } of source.read(null, new AbortController().signal)) yield* posts
}
