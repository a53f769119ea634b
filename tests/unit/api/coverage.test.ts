import { afterAll, beforeAll, expect, test } from 'vitest'
import { createStatus } from '../../../api/boot/status.ts'
import { readCoverage, seenShare } from '../../../api/coverage/read.ts'
import { seriesListSchema } from '../../../api/contract.ts'
import type { Coverage } from '../../../ingest/contract.ts'
import { openNight, type Night } from './routes/night.ts'
import { MINUTE, NIGHT } from './support.ts'

const NOW = NIGHT + 90 * MINUTE
let night: Night
beforeAll(async () => {
  night = await openNight()
  const at = (minutes: number) => NIGHT + minutes * MINUTE
  const rows: [string, number, number, string, number][] = [
    ['push:a', at(0), at(5), 'complete', 1],
    // Told again, longer: one row takes the other's place.
    ['push:a', at(0), at(10), 'complete', 1],
    ['push:a', at(10), at(20), 'complete', 1],
    ['push:a', at(20), at(22), 'none', 0],
    ['push:a', at(22), at(30), 'complete', 1],
    ['push:a', at(40), at(50), 'complete', 1],
    ['mastodon:one', at(50), at(51), 'partial', 0.5],
    ['mastodon:three', at(0), at(80), 'complete', 1],
  ]
  await night.store.insert('coverage', ['source', 'from_at', 'to_at', 'kind', 'share'], rows)
  await night.store.insert(
    'source_status',
    ['source', 'state', 'detail', 'since'],
    [
      ['push:a', 'running', 'd', at(0)],
      ['mastodon:one', 'unreachable', 'd', at(60)],
      ['mastodon:two', 'unreachable', 'd', NOW - 1_000],
      // Caught up with what it missed, but for the last minutes.
      ['mastodon:three', 'unreachable', 'd', at(10)],
      ['file:gone', 'failed', 'd', at(60)],
    ],
  )
})
afterAll(async () => night.close())

const short = (coverage: readonly Coverage[], source: string) =>
  coverage
    .filter((one) => one.source === source)
    .map(({ from, to, kind }) => [(from - NIGHT) / MINUTE, (to - NIGHT) / MINUTE, kind])

test('stretches of one kind are joined, and gaps stay', async () => {
  expect(short(await readCoverage(night.store, NOW), 'push:a')).toEqual([
    [40, 50, 'complete'],
    [22, 30, 'complete'],
    [20, 22, 'none'],
    [0, 20, 'complete'],
  ])
  const some = await readCoverage(night.store, NOW, { from: NIGHT + 21 * MINUTE, to: NIGHT + 23 * MINUTE })
  expect(short(some, 'push:a')).toEqual([
    [22, 30, 'complete'],
    [20, 22, 'none'],
  ])
})

test('a source that is cut off has an open gap, a file that failed has none', async () => {
  const coverage = await readCoverage(night.store, NOW)
  expect(short(coverage, 'mastodon:one')).toEqual([
    [60, 90, 'none'],
    [50, 51, 'partial'],
  ])
  expect(short(coverage, 'mastodon:two')).toEqual([])
  expect(short(coverage, 'file:gone')).toEqual([])
  const early = await readCoverage(night.store, NOW, { to: NIGHT + 30 * MINUTE })
  expect(short(early, 'mastodon:one')).toEqual([])
  expect(short(coverage, 'mastodon:three')).toEqual([
    [80, 90, 'none'],
    [0, 80, 'complete'],
  ])
})

test('what was told after a window is no gap in it', async () => {
  await night.store.insert(
    'coverage',
    ['source', 'from_at', 'to_at', 'kind', 'share'],
    [['mastodon:four', NIGHT + 40 * MINUTE, NIGHT + 80 * MINUTE, 'complete', 1]],
  )
  await night.store.insert(
    'source_status',
    ['source', 'state', 'detail', 'since'],
    [['mastodon:four', 'unreachable', 'd', NIGHT + 10 * MINUTE]],
  )
  const early = await readCoverage(night.store, NOW, { to: NIGHT + 30 * MINUTE })
  expect(short(early, 'mastodon:four')).toEqual([])
})

test('the status counts what a source does not see up to now, as long as it lasts', async () => {
  let now = NOW
  const view = () => ({ sealedThrough: null, from: null, progress: null, totals: null, failingSince: null })
  const status = createStatus({ store: night.store, watcher: { view }, mode: 'live', now: () => now })
  const seconds = async () =>
    Object.fromEntries((await status()).sources.map(({ source, gapSeconds }) => [source, gapSeconds]))
  const before = await seconds()
  expect(before).toMatchObject({ 'push:a': 120, 'mastodon:two': 0, 'file:gone': 0 })
  expect([before['mastodon:one'], before['mastodon:three']]).toEqual([30 + 30 * 60, 10 * 60])
  // Read a second ago: it is counted on all the same, and what lasts long enough is a gap then.
  now += 1_000
  expect(await seconds()).toMatchObject({ 'mastodon:one': 31 + 30 * 60, 'mastodon:two': 0 })
  now += 29_000
  expect(await seconds()).toMatchObject({ 'push:a': 120, 'mastodon:one': 60 + 30 * 60, 'mastodon:two': 31 })
})

test('a point of a series says how much of its time was seen, an export how much was not', async () => {
  const body = await night.get('/api/series?narrative=machine_failure&place=AZ&step=1')
  const { points } = seriesListSchema.parse(body).series[0]!
  const seen = new Map(points.map((point) => [(point.t - NIGHT) / MINUTE, point.seen]))
  expect(seen.get(1)).toBeCloseTo(0.3)
  expect([2, 20, 21, 22].map((minute) => seen.get(minute))).toEqual([undefined, 0, 0, undefined])
  const wide = await night.get('/api/series?narrative=machine_failure&place=AZ&step=10')
  const third = seriesListSchema.parse(wide).series[0]!.points.find(({ t }) => t === NIGHT + 20 * MINUTE)
  expect(third?.seen).toBeCloseTo(0.8)
  const file = await night.app.request(`/api/export?from=${NIGHT}&to=${NIGHT + 21 * MINUTE}`)
  // 70 % of a minute, and one minute of two.
  expect(file.headers.get('tallywatch-unseen-seconds')).toBe('102')
})

test('of several sources the one that missed most counts', () => {
  const none = (source: string, from: number, to: number): Coverage => ({
    source,
    from,
    to,
    kind: 'none',
    share: 0,
  })
  expect(seenShare([none('a', 0, 10), none('b', 5, 40)], 0, 100)).toBeCloseTo(0.65)
  expect(seenShare([none('a', 0, 10), none('a', 90, 200)], 0, 100)).toBeCloseTo(0.8)
  expect(seenShare([], 0, 100)).toBe(1)
})
