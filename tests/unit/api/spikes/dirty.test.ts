/** Which sealed minutes are counted again, on a real engine. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDirtyReader } from '../../../../api/spikes/dirty.ts'
import type { Store } from '../../../../classify/store/store.ts'
import { hash64 } from '../../../../ingest/base/hash.ts'
import { openTestStore, tempDir } from '../support.ts'

/** What was stored long ago has expired. */
const NOW = Math.floor(Date.now() / 60_000) * 60_000
const FIRST = NOW / 60_000

let dir: Awaited<ReturnType<typeof tempDir>>
let store: Store
let readDirty: ReturnType<typeof createDirtyReader>
/** When was asked last. */
let since: number | null
/** Of what was answered last. */
let told: number[]

beforeEach(async () => {
  dir = await tempDir()
  store = await openTestStore(dir.path)
  readDirty = createDirtyReader(store)
  since = null
})
afterEach(async () => {
  await store.close()
  await dir.remove()
})

const see = (id: string, minute: number, storedAt: number): Promise<void> =>
  store.insert(
    'seen',
    ['minute', 'post', 'source', 'election', 'unjudged', 'counted_places', 'stored_at'],
    [[minute, hash64(id), 'test', true, '', ['US'], storedAt]],
  )

async function ask(readAt: number, last: number | null, through: number): Promise<number[]> {
  const dirty = await readDirty({ since, readAt, last, through })
  since = readAt
  told = dirty.told
  return dirty.seen
}

test('a minute is told once for what came to it, however long that is young', async () => {
  await see('a', FIRST, NOW + 1_000)
  expect(await ask(NOW + 2_000, null, FIRST)).toEqual([])
  // It was sealed with all of that.
  expect(await ask(NOW + 3_000, FIRST, FIRST)).toEqual([])
  await see('b', FIRST, NOW + 3_500)
  expect(await ask(NOW + 4_000, FIRST, FIRST)).toEqual([FIRST])
  for (const later of [5_000, 20_000, 40_000]) expect(await ask(NOW + later, FIRST, FIRST)).toEqual([])
})

test('what bears an earlier time than others and is visible after them is told, and what is stored again', async () => {
  await see('a', FIRST, NOW + 30_000)
  await see('z', FIRST + 1, NOW + 30_000)
  await ask(NOW + 31_000, FIRST, FIRST + 1)
  await see('late', FIRST, NOW + 1_000)
  expect(await ask(NOW + 32_000, FIRST + 1, FIRST + 1)).toEqual([FIRST])
  await see('z', FIRST + 1, NOW + 32_500)
  expect(await ask(NOW + 33_000, FIRST + 1, FIRST + 1)).toEqual([FIRST + 1])
  expect(await ask(NOW + 34_000, FIRST + 1, FIRST + 1)).toEqual([])
})

test('minutes that are not sealed are not told, and those sealed behind what was looked at are', async () => {
  await see('a', FIRST, NOW + 1_000)
  await see('b', FIRST + 1, NOW + 1_000)
  expect(await ask(NOW + 2_000, FIRST - 1, FIRST)).toEqual([])
  expect(await ask(NOW + 3_000, FIRST + 1, FIRST + 1)).toEqual([FIRST + 1])
})

test('who begins anew is told of everything since minutes were sealed', async () => {
  await see('a', FIRST, NOW + 1_000)
  await ask(NOW + 2_000, FIRST, FIRST)
  since = null
  expect(await ask(NOW + 3_000, FIRST, FIRST)).toEqual([FIRST])
})

test('in which of them a narrative may have come is told apart, though its post was stored long before it was seen', async () => {
  await see('a', FIRST, NOW + 1_000)
  await ask(NOW + 2_000, FIRST, FIRST)
  await see('b', FIRST, NOW + 3_000)
  await ask(NOW + 4_000, FIRST, FIRST)
  expect(told).toEqual([])
  await store.insert('posts', ['minute', 'post', 'id', 'stored_at'], [[FIRST, hash64('c'), 'c', NOW + 5_000]])
  expect(await ask(NOW + 6_000, FIRST, FIRST)).toEqual([])
  expect(await ask(NOW + 90_000, FIRST, FIRST)).toEqual([])
  await see('c', FIRST, NOW + 91_000)
  expect(await ask(NOW + 92_000, FIRST, FIRST)).toEqual([FIRST])
  expect(told).toEqual([FIRST])
  await see('d', FIRST, NOW + 93_000)
  expect(await ask(NOW + 94_000, FIRST, FIRST)).toEqual([FIRST])
  expect(told).toEqual([])
})
