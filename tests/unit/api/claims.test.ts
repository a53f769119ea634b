/** Posts that say the same come together: in a spike, in the list and in the export, under one id. */
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClaims } from '../../../api/claims/claims.ts'
import { postPageSchema, spikeDetailSchema, type FlaggedPost } from '../../../api/contract.ts'
import type { Desk } from '../../../api/desk/desk.ts'
import type { Store } from '../../../classify/store/store.ts'
import {
  insertPosts,
  NIGHT,
  openTestDesk,
  openTestStore,
  tempDir,
  testApp,
  testSpike,
  type TestPost,
} from './support.ts'

const EARLY =
  'Breaking: two scanners at the Oakwood library have been down since noon, come back tomorrow they say'
const MOST = 'Two scanners at the Oakwood library have been down since noon, come back tomorrow they say'
const OTHER =
  'My sister works at the county office and says that ballots from the east side were left out of the count'

const AZ = ['AZ']
const POSTS: TestPost[] = [
  { id: 'before', at: 5, text: EARLY, places: ['GA'], author: 'z' },
  { id: 'a', at: 11, text: `${MOST} https://example.org/1`, textKey: MOST, places: AZ, author: 'a' },
  { id: 'b', at: 12, text: `@clerk ${MOST.toUpperCase()}`, textKey: MOST, places: AZ, author: 'b' },
  { id: 'c', at: 13, text: '', textKey: MOST, repostOf: 'a', places: AZ, author: 'c' },
  { id: 'd', at: 10, text: `So ${MOST.replace('Two', 'Three')}`, places: AZ, author: 'a' },
  { id: 'e', at: 14, text: OTHER, places: AZ, author: 'e' },
  { id: 'f', at: 14, text: `${OTHER} again`, places: AZ, author: '' },
  { id: 'g', at: 15, text: 'No paper left at the school', places: AZ, author: 'g' },
  { id: 'h', at: 16, text: `False: ${MOST}`, places: AZ, author: 'h', stance: 'debunks' },
  { id: 'i', at: 17, text: '', textKey: 'never seen', sketch: '', repostOf: 'gone', places: AZ, author: 'i' },
]

let dir: Awaited<ReturnType<typeof tempDir>>
let store: Store
let desk: Desk
let app: ReturnType<typeof testApp>

beforeAll(async () => {
  dir = await tempDir()
  store = await openTestStore(dir.path)
  desk = await openTestDesk(dir.path)
  app = testApp({ store, desk })
  // Late, doubled and out of order.
  await insertPosts(store, POSTS.toReversed())
  await insertPosts(store, POSTS.slice(0, 4))
  const spikes = [testSpike(), testSpike({ id: 'nation', place: 'US', onset: NIGHT })]
  await desk.saveWatch({ spikes, events: [], sealedThrough: NIGHT })
})
afterAll(async () => {
  await desk.close()
  await store.close()
  await dir.remove()
})

async function get(path: string): Promise<unknown> {
  const response = await app.request(path)
  expect([path, response.status]).toEqual([path, 200])
  return response.json()
}
const spike = async (id: string) => spikeDetailSchema.parse(await get(`/api/spikes/${id}`))
const posts = async (query: string): Promise<FlaggedPost[]> =>
  postPageSchema.parse(await get(`/api/posts?order=oldest&${query}`)).posts
const clusterOf = async (id: string): Promise<string> =>
  (await posts('limit=200')).find((post) => post.id === id)!.cluster

describe('the claims of a spike', () => {
  test('count posts, accounts and texts, and show the first post of the most repeated text', async () => {
    const { topClaims } = await spike('spike1')
    expect(topClaims.map((claim) => ({ ...claim, first: (claim.first - NIGHT) / 60_000 }))).toMatchObject([
      { text: `${MOST} https://example.org/1`, posts: 4, authors: 3, texts: 2, first: 10, example: 'a' },
      { text: OTHER, posts: 2, authors: 1, texts: 2, first: 14, example: 'e' },
      { text: 'No paper left at the school', posts: 1, authors: 1, texts: 1, first: 15, example: 'g' },
      { text: '', posts: 1, authors: 1, texts: 1, first: 17, example: 'i' },
    ])
    for (const { id, example } of topClaims) expect(id).toBe(await clusterOf(example))
  })

  test('have the same id in every spike', async () => {
    const [here] = (await spike('spike1')).topClaims
    const [nation] = (await spike('nation')).topClaims
    expect(nation).toMatchObject({ id: here!.id, posts: 5, authors: 4, texts: 3, first: NIGHT + 5 * 60_000 })
    expect(here!.id).toBe(await clusterOf('before'))
  })

  test('are none where there are no posts', async () => {
    const spikes = [testSpike({ id: 'empty', place: 'WY' })]
    await desk.saveWatch({ spikes, events: [], sealedThrough: NIGHT })
    expect((await spike('empty')).topClaims).toEqual([])
  })
})

test('posts are listed by claim, and its denial is none of them', async () => {
  const cluster = await clusterOf('a')
  expect((await posts(`cluster=${cluster}`)).map(({ id }) => id)).toEqual(['before', 'd', 'a', 'b', 'c'])
  expect((await posts(`cluster=${cluster}&spike=spike1&limit=2`)).map(({ id }) => id)).toEqual(['d', 'a'])
  expect((await posts(`cluster=${await clusterOf('g')}`)).map(({ id }) => id)).toEqual(['g'])
  expect(await posts('cluster=c0000000000000000')).toEqual([])
  expect((await app.request('/api/posts?cluster=17')).status).toBe(400)
})

test('the export has a column for it', async () => {
  const csv = await (await app.request('/api/export')).text()
  const rows = parse<Record<string, string>>(csv, { columns: true })
  expect(rows).toHaveLength(POSTS.length)
  const clusters = new Map(rows.map((row) => [row['id'], row['cluster']]))
  const same = ['a', 'b', 'c', 'd', 'before'].map((id) => clusters.get(id))
  expect(new Set(same)).toEqual(new Set([await clusterOf('a')]))
  expect(new Set(clusters.values()).size).toBe(5)
  const line = (await (await app.request('/api/export?format=jsonl')).text()).split('\n')[0]!
  expect(JSON.parse(line)).toMatchObject({ id: 'before', cluster: clusters.get('before') })
})

describe('what was read', () => {
  /** A store that counts how often the texts are read, each time for 5 ms on the test's clock. */
  function slowStore() {
    const seen = { clock: 0, reads: 0, fail: false }
    const slow: Pick<Store, 'stream'> = {
      async *stream<T>(query: Parameters<Store['stream']>[0]) {
        seen.reads++
        seen.clock += 5
        if (seen.fail) throw new Error('the store is gone')
        yield* store.stream<T>(query)
      },
    }
    return { seen, claims: createClaims(slow, () => seen.clock) }
  }

  test('is shared by all who ask at once, and used for ten times as long as it took', async () => {
    const { seen, claims } = slowStore()
    await Promise.all([claims.read(), claims.read(), claims.read()])
    seen.clock += 49
    await claims.read()
    expect(seen.reads).toBe(1)
    seen.clock += 1
    await claims.read()
    expect(seen.reads).toBe(2)
  })

  test('is read again after a failure', async () => {
    const { seen, claims } = slowStore()
    seen.fail = true
    await expect(claims.read()).rejects.toThrow('the store is gone')
    seen.fail = false
    expect((await claims.read()).keysOf(await clusterOf('a'))).toHaveLength(3)
  })
})
