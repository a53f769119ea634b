import { expect, test } from 'vitest'
import { createNormalizer } from '../../../ingest/normalize.ts'
import { judgeSoak, type Sample } from '../../../api/boot/soak/judge.ts'
import { createNightsSource } from '../../../api/boot/soak/nights.ts'

const flat = (i: number): Sample => ({
  seconds: i * 10,
  posts: 1_000 * (i + 1),
  // The first third warms up.
  memoryMiB: i < 10 ? 300 + 20 * i : 500 + (i % 3),
  handles: 80 + (i % 5),
  threads: 60 + (i % 5),
  diskBytes: 250_000 * (i + 1),
  parts: 100 + (i % 20),
  queryMs: 20 + (i % 7),
})
const run = (change: (sample: Sample, i: number) => Partial<Sample> = () => ({})) =>
  Array.from({ length: 30 }, (_, i) => ({ ...flat(i), ...change(flat(i), i) }))
const grows = (samples: Sample[]) =>
  judgeSoak(samples)
    .filter(({ level }) => level === 'problem')
    .map(({ text }) => text.split(':')[0])

test('what is flat after its first third is found flat', () => {
  expect(grows(run())).toEqual([])
  expect(judgeSoak(run())).toHaveLength(6)
})

test.each([
  ['memory', (_: Sample, i: number) => ({ memoryMiB: 400 + 10 * i })],
  ['file handles', (_: Sample, i: number) => ({ handles: 80 + 4 * i })],
  ['disk', ({ posts }: Sample, i: number) => ({ diskBytes: posts * (200 + 12 * i) })],
  ['questions of a page', (_: Sample, i: number) => ({ queryMs: 20 + i * i })],
  ['threads', (_: Sample, i: number) => ({ threads: 60 + 30 * i })],
  ['parts', (_: Sample, i: number) => ({ parts: 100 + 20 * i })],
])('%s that grows is told, and nothing else', (what, change) => {
  expect(grows(run(change))).toEqual([what])
})

test('a few samples say nothing', () => {
  expect(() => judgeSoak(run().slice(0, 8))).toThrow(RangeError)
})

test('each night has posts of its own, in its own time, and reposts stay with their night', async () => {
  const source = createNightsSource({
    speed: 'max',
    startAt: Date.UTC(2026, 10, 3, 22),
    normalize: createNormalizer({ authorKey: 'k'.repeat(32) }),
  })
  const stop = new AbortController()
  const ids = new Set<string>()
  let last = 0
  let count = 0
  let nights = 0
  let strangers = 0
  for await (const { posts } of source.read(null, stop.signal)) {
    for (const { id, repostOf, createdAt } of posts) {
      ids.add(id)
      count += 1
      nights = Math.max(nights, Number(id.split('-').at(-1)))
      if (repostOf !== null && repostOf.split('-').at(-1) !== id.split('-').at(-1)) strangers += 1
      if (createdAt > last) last = createdAt
    }
    if (nights === 3) break
  }
  expect(strangers).toBe(0)
  expect(ids.size).toBe(count)
  expect(count).toBeGreaterThan(1_000)
})
