/** What is counted of a minute's posts, on a real engine. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { countMinutes } from '../../../../api/spikes/minutes.ts'
import type { Store } from '../../../../classify/store/store.ts'
import { hash64 } from '../../../../ingest/base/hash.ts'
import { openTestStore, tempDir } from '../support.ts'

const MINUTE = 29_700_000

let dir: Awaited<ReturnType<typeof tempDir>>
let store: Store
beforeEach(async () => {
  dir = await tempDir()
  store = await openTestStore(dir.path)
})
afterEach(async () => {
  await store.close()
  await dir.remove()
})

const see = (id: string, election: boolean, unjudged: string, places: readonly string[]): Promise<void> =>
  store.insert(
    'seen',
    ['minute', 'post', 'source', 'election', 'unjudged', 'counted_places'],
    [[MINUTE, hash64(id), 'test', election, unjudged, places]],
  )

test('a post counts once at each of its places, as it was stored last, and once for its language', async () => {
  await see('a', true, '', ['US', 'AZ', '04013'])
  await see('b', true, '', ['US', 'AZ'])
  await see('c', false, 'pt', ['US', 'PA'])
  await see('d', true, 'pt', ['US'])
  await see('e', true, 'de', ['US', 'PA', 'PA'])
  await see('a', false, '', ['US', 'AZ', '04013'])
  await see('b', true, '', ['US', 'AZ'])
  const { exposure, unjudged } = (await countMinutes(store, MINUTE, MINUTE)).get(MINUTE)!
  expect(Object.fromEntries(exposure)).toEqual({
    US: { seen: 5, election: 3 },
    AZ: { seen: 2, election: 1 },
    '04013': { seen: 1, election: 0 },
    PA: { seen: 2, election: 1 },
  })
  expect(Object.fromEntries(unjudged)).toEqual({ pt: { posts: 2 }, de: { posts: 1 } })
})
