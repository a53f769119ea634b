/** What is known of the partitions, on a real engine whose clock was set back. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createProgressReader } from '../../../../api/spikes/progress.ts'
import type { Store } from '../../../../classify/store/store.ts'
import { openTestStore, tempDir } from '../support.ts'

const HOUR_MS = 3_600_000
const WATERMARK = Date.UTC(2026, 10, 4, 3)

let dir: Awaited<ReturnType<typeof tempDir>>
let store: Store

beforeEach(async () => {
  dir = await tempDir()
  store = await openTestStore(dir.path)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await store.close()
  await dir.remove()
})

const tell = (lag: number, updatedAt: number): Promise<void> =>
  store.insert('progress', ['partition', 'watermark', 'lag', 'updated_at'], [[0, WATERMARK, lag, updatedAt]])

test('what was told before the store’s clock was set back is older than what is told since', async () => {
  const read = createProgressReader(store, 1)
  await tell(500, Date.now() + HOUR_MS)
  await tell(7, Date.now() - 60_000)
  await tell(0, Date.now() - 30_000)
  const { partitions } = await read()
  expect(partitions).toMatchObject([{ partition: 0, watermark: WATERMARK, lag: 0 }])
  expect(partitions[0]!.idleMs).toBeGreaterThanOrEqual(30_000)
})

test('where nothing was told since, it is as old as it is known', async () => {
  const monotonic = performance.now.bind(performance)
  let on = 0
  vi.spyOn(performance, 'now').mockImplementation(() => monotonic() + on)
  const read = createProgressReader(store, 1)
  await tell(500, Date.now() + HOUR_MS)
  await tell(400, Date.now() + HOUR_MS + 1_000)
  const [first] = (await read()).partitions
  expect(first).toMatchObject({ lag: 400, idleMs: 0 })
  on += 30_000
  expect((await read()).partitions[0]!.idleMs).toBeGreaterThanOrEqual(30_000)
  await tell(300, Date.now() + HOUR_MS + 2_000)
  expect((await read()).partitions).toMatchObject([{ lag: 300, idleMs: 0 }])
})
