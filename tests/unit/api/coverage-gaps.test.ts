import { afterAll, beforeAll, expect, test } from 'vitest'
import { createGaps, unseenMinutes } from '../../../api/coverage/gaps.ts'
import type { Coverage } from '../../../ingest/contract.ts'
import type { Store } from '../../../classify/store/store.ts'
import { MINUTE, NIGHT, openTestStore, tempDir } from './support.ts'

const FIRST = NIGHT / MINUTE
const stretch = (source: string, from: number, to: number, share: number): Coverage => ({
  source,
  from: NIGHT + from * MINUTE,
  to: NIGHT + to * MINUTE,
  kind: share === 1 ? 'complete' : share === 0 ? 'none' : 'partial',
  share,
})

test('minutes are seen in part where a stretch covers a part of them, and minutes wholly seen are left out', () => {
  const coverage = [stretch('a', 0, 60, 1), stretch('a', 2.5, 4, 0), stretch('b', 3, 5, 0.4)]
  expect([...unseenMinutes(coverage, FIRST, FIRST + 60)].map(([m, share]) => [m - FIRST, share])).toEqual([
    [2, 0.5],
    [3, 0],
    [4, 0.4],
  ])
})

test('only the minutes asked for are looked at', () => {
  const gap = [stretch('a', -1_000_000, 1_000_000, 0)]
  expect([...unseenMinutes(gap, FIRST, FIRST + 1).keys()]).toEqual([FIRST, FIRST + 1])
})

let store: Store
let dir: Awaited<ReturnType<typeof tempDir>>
beforeAll(async () => {
  dir = await tempDir()
  store = await openTestStore(dir.path)
})
afterAll(async () => {
  await store.close()
  await dir.remove()
})

test('what is told later changes what is known, and where it begins to differ is said', async () => {
  const now = NIGHT + 30 * MINUTE
  let monotonic = 0
  const gaps = createGaps(
    store,
    () => now,
    () => monotonic,
  )
  const last = FIRST + 29
  expect(await gaps.read(FIRST, last)).toBeNull()
  expect(gaps.isDue()).toBe(false)
  const rows = [['push:a', NIGHT + 10 * MINUTE, NIGHT + 20 * MINUTE, 'none', 0]]
  await store.insert('coverage', ['source', 'from_at', 'to_at', 'kind', 'share'], rows)
  monotonic += 10_000
  expect(gaps.isDue()).toBe(true)
  expect(await gaps.read(FIRST, last)).toBe(FIRST + 10)
  expect(await gaps.read(FIRST, last)).toBeNull()
  expect([9, 10, 19, 20].map((m) => gaps.seen(FIRST + m))).toEqual([1, 0, 0, 1])
  // The source came back and read what it had missed.
  await store.insert(
    'coverage',
    ['source', 'from_at', 'to_at', 'kind', 'share'],
    [['push:a', NIGHT + 10 * MINUTE, NIGHT + 20 * MINUTE, 'complete', 1]],
  )
  expect(await gaps.read(FIRST, last)).toBe(FIRST + 10)
  expect(gaps.seen(FIRST + 15)).toBe(1)
})

test('is due as soon as ever, though the clock was set on meanwhile, and back', async () => {
  let now = NIGHT + 120 * MINUTE
  let monotonic = 0
  const gaps = createGaps(
    store,
    () => now,
    () => monotonic,
  )
  await gaps.read(FIRST, FIRST + 29)
  now = NIGHT + 30 * MINUTE
  monotonic += 10_000
  expect(gaps.isDue()).toBe(true)
})
