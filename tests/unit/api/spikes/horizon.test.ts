import { describe, expect, test } from 'vitest'
import { LATENESS_MS, sealHorizon, type HorizonInput } from '../../../../api/spikes/horizon.ts'

const NOW = Date.UTC(2026, 10, 4, 3)
const partition = (watermark: number, more: Partial<HorizonInput['partitions'][number]> = {}) => ({
  partition: 0,
  watermark,
  lag: 0,
  idleMs: 100,
  ...more,
})
const replay = (partitions: HorizonInput['partitions'], endedAt: number | null = null) =>
  sealHorizon({ live: false, now: NOW, partitionCount: 2, partitions, endedAt, drained: false })

describe('a replay', () => {
  test('waits until every partition has spoken', () => {
    expect(replay([partition(1_000_000)])).toBeNull()
    expect(replay([])).toBeNull()
  })
  test('goes by the slowest partition', () => {
    expect(replay([partition(1_000_000), partition(900_000)])).toBe(900_000 - LATENESS_MS)
  })
  test('is not held back by an idle partition', () => {
    expect(replay([partition(1_000_000), partition(100_000, { idleMs: 20_000 })])).toBe(
      1_000_000 - LATENESS_MS,
    )
  })
  test('seals its last minute once every source has ended', () => {
    expect(replay([partition(1_000_000), partition(900_000)], 1_000_000)).toBe(1_020_000)
  })
})

describe('live', () => {
  const live = (partitions: HorizonInput['partitions'], drained = false) =>
    sealHorizon({ live: true, now: NOW, partitionCount: 2, partitions, endedAt: null, drained })

  test('a minute is sealed within 60 s of its end, though nobody posts', () => {
    expect(live([])).toBeGreaterThanOrEqual(NOW - 60_000)
    expect(live([partition(NOW - 3_600_000)])).toBeGreaterThanOrEqual(NOW - 60_000)
  })
  test('sealing waits for a partition that is behind', () => {
    const behind = NOW - 3_600_000
    expect(live([partition(NOW), partition(behind, { lag: 5_000 })])).toBe(behind - LATENESS_MS)
  })
  test('but not where nothing waits any more', () => {
    expect(live([partition(NOW - 3_600_000, { lag: 5_000 })], true)).toBeGreaterThanOrEqual(NOW - 60_000)
  })
})
