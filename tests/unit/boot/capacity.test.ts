import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import {
  growthTable,
  MEASURED,
  planFor,
  simulate,
  type Simulation,
} from '../../../api/boot/bench/capacity.ts'

const night: Simulation = {
  workers: 8,
  partitions: 64,
  rate: 100_000,
  seconds: 30,
  postMicros: 30,
  deliveryMicros: 2_000,
  deliveryMax: 2_000,
  skew: 1,
}

describe('workers that share partitions', () => {
  test('at the limit the cost of a post is the same from 1 to 64 workers', () => {
    const costs = [1, 2, 4, 8, 16, 32, 64].map(
      (workers) => simulate({ ...night, workers, rate: workers * 40_000 }).microsPerPost,
    )
    // Then deliveries are full: 2,000 posts of 30 µs and 2 ms for the delivery itself.
    for (const cost of costs) expect(cost).toBeCloseTo(31, 0)
  })

  test('below it idle time goes into smaller deliveries, and nothing waits', () => {
    const full = simulate({ ...night, workers: 8, rate: 8 * 40_000 })
    const half = simulate({ ...night, workers: 8, rate: 8 * 15_000 })
    expect(half.microsPerPost).toBeGreaterThan(full.microsPerPost)
    expect(half.busiest).toBeLessThan(1)
    expect(half.longestWait).toBeLessThan(1)
  })

  test('what is more than they can do waits, and is seen to', () => {
    const { waiting, busiest, longestWait } = simulate({ ...night, workers: 2 })
    expect(busiest).toBeGreaterThan(0.9)
    expect(waiting).toBeGreaterThan(night.rate)
    expect(longestWait).toBeGreaterThan(5)
  })

  test('a partition of ten times the mean is carried while its worker has room', () => {
    const even = simulate({ ...night, workers: 16, rate: 200_000 })
    const skewed = simulate({ ...night, workers: 16, rate: 200_000, skew: 10 })
    expect(skewed.busiest).toBeGreaterThan(even.busiest)
    expect(skewed.longestWait).toBeGreaterThan(even.longestWait)
    expect(simulate({ ...night, workers: 64, rate: 200_000, skew: 8 }).waiting).toBeLessThan(200_000)
  })
})

describe('the plan', () => {
  const costs = { ingest: 10, broker: 1, classify: 30, store: 10 }
  const bytes = { topic: 500, seen: 20, kept: 400 }
  const machines = { cores: 16, busy: 0.5, hourly: 0.5 }
  const load = { peak: 15_000, day: 50e6, keptShare: 0.02 }

  test('grows with the load, and its cost a post falls', () => {
    const needs = [1, 10, 100, 1_000].map((times) =>
      planFor({ ...load, peak: load.peak * times, day: load.day * times }, costs, bytes, machines),
    )
    for (const [i, need] of needs.entries()) {
      const before = needs[i - 1]
      if (before === undefined) continue
      expect(need.machines).toBeGreaterThanOrEqual(before.machines)
      expect(need.partitions).toBeGreaterThanOrEqual(before.partitions)
      expect(need.costPerMillionPosts).toBeLessThanOrEqual(before.costPerMillionPosts)
      expect(need.topicGigabytesPerDay).toBeCloseTo(before.topicGigabytesPerDay * 10)
    }
    expect(needs[0]).toMatchObject({
      machines: 3,
      partitions: 8,
      classifyCores: 0.45,
      topicGigabytesPerDay: 75,
    })
  })
})

test('the plan that is written down is the one that follows', async () => {
  const page = await readFile(new URL('../../../docs/growth.md', import.meta.url), 'utf8')
  const rows = new Set(
    page.split('\n').map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .join('|'),
    ),
  )
  for (const row of growthTable([1, 10, 100, 1_000])) expect(rows).toContain(`|${row.join('|')}|`)
  const simulated = [
    [8, 160_000],
    [16, 384_000],
    [64, 1_536_000],
    [64, 1_800_000],
  ] as const
  for (const [workers, rate] of simulated) {
    const how = { partitions: 64, seconds: 60, deliveryMicros: 1_000, deliveryMax: 6_000, skew: 1 }
    const said = simulate({ workers, rate, postMicros: MEASURED.costs.classify, ...how })
    const busiest = `${Math.round(said.busiest * 100)} %`
    const cost = said.microsPerPost.toFixed(1)
    expect(rows).toContain(`|${workers}|${rate.toLocaleString('en-US')}|${cost}|${busiest}|< 0.1 s|`)
    expect(said.longestWait).toBeLessThan(0.1)
  }
})
