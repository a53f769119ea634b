import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  coverageListSchema,
  effectSchema,
  mapSchema,
  placeListSchema,
  postPageSchema,
  problemSchema,
  seriesListSchema,
  spikeDetailSchema,
  spikeListSchema,
  statusSchema,
  type PostPage,
} from '../../../../api/contract.ts'
import type { Desk } from '../../../../api/desk/desk.ts'
import { StoreError, type Store } from '../../../../classify/store/store.ts'
import {
  insertMinute,
  insertPosts,
  MINUTE,
  NIGHT,
  openTestDesk,
  openTestStore,
  STATUS,
  tempDir,
  testApp,
  testSpike,
  type TestPost,
  failOnErrors,
} from '../support.ts'

const AZ = ['AZ']
/** The night: a rumour in Arizona with its copies, a debunk, a report, and a post elsewhere. */
const POSTS: TestPost[] = [
  { id: 'p1', at: 10, text: 'the scanner at our school ate three ballots', places: AZ, author: 'a' },
  { id: 'p2', at: 11, text: 'the scanner at our school ate three ballots', places: AZ, author: 'b' },
  {
    id: 'p3',
    at: 11.5,
    text: '',
    textKey: 'the scanner at our school ate three ballots',
    repostOf: 'p1',
    places: AZ,
    author: 'c',
  },
  { id: 'p4', at: 12, text: 'Every machine in Mesa is down 100%', places: ['AZ', '04013'], author: 'a' },
  { id: 'p5', at: 13, text: '', textKey: 'gone', repostOf: 'p0', places: AZ, author: 'd' },
  {
    id: 'p6',
    at: 14,
    text: 'No: the scanner was jammed and fixed',
    places: AZ,
    stance: 'debunks',
    author: 'e',
  },
  {
    id: 'p7',
    at: 15,
    text: 'County says one scanner was replaced',
    places: AZ,
    stance: 'reports',
    author: 'f',
  },
  {
    id: 'p8',
    at: 15,
    text: 'they threw the ballots out',
    narratives: ['votes_not_counted', 'machine_failure'],
    places: ['GA'],
  },
  { id: 'p9', at: 58, text: 'still no scanner', places: AZ, author: 'g' },
  { id: 'p0', at: 1, text: 'my cousin saw a scanner switched off', places: [], author: 'h' },
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
  await insertPosts(store, POSTS)
  // Sent again: a set by id counts them once.
  await insertPosts(store, POSTS.slice(0, 5))
  for (const [at, posts] of [
    [10, 1],
    [11, 2],
    [12, 1],
    [13, 1],
    [58, 1],
  ] as const) {
    await insertMinute(store, at, 'AZ', { posts, exposure: 10 })
    await insertMinute(store, at, 'US', { posts: posts + 1, exposure: 100, version: 1 })
  }
  await insertMinute(store, 11, 'AZ', { posts: 2, authors: 2, debunks: 3, exposure: 20, version: 2 })
  await store.insert(
    'coverage',
    ['source', 'from_at', 'to_at', 'kind', 'share'],
    [
      ['file:night', NIGHT, NIGHT + MINUTE, 'complete', 1],
      ['bluesky', NIGHT + MINUTE, NIGHT + 2 * MINUTE, 'partial', 0.3],
    ],
  )
  const examples = ['p4', 'p1']
  const spikes = [
    testSpike({ examples }),
    testSpike({ id: 'older', onset: NIGHT, end: NIGHT + 5 * MINUTE, phase: 'closed' }),
  ]
  await desk.saveWatch({ spikes, events: [], sealedThrough: NIGHT })
})
afterAll(async () => {
  failOnErrors(app)
  await desk.close()
  await store.close()
  await dir.remove()
})

async function get(path: string, status = 200): Promise<unknown> {
  const response = await app.request(path)
  const body: unknown = await response.json()
  expect({ path, status: response.status, body }).toMatchObject({ status })
  return body
}
async function refused(path: string, status: number, code: string): Promise<string> {
  const response = await app.request(path)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const problem = problemSchema.parse(await response.json())
  expect([path, response.status, problem.status, problem.code]).toEqual([path, status, status, code])
  return problem.detail
}
const ids = (page: PostPage): string => page.posts.map(({ id }) => id).join(' ')

test('the status, the coverage and the places are as the contract says', async () => {
  expect(statusSchema.parse(await get('/api/status'))).toEqual(STATUS)
  const { coverage } = coverageListSchema.parse(await get('/api/coverage'))
  expect(coverage.map(({ source, share }) => [source, share])).toEqual([
    ['bluesky', 0.3],
    ['file:night', 1],
  ])
  expect(coverageListSchema.parse(await get(`/api/coverage?to=${NIGHT + MINUTE}`)).coverage).toHaveLength(1)
  expect(placeListSchema.parse(await get('/api/places')).places[0]).toEqual({
    id: 'US',
    name: 'United States',
    ocdId: 'ocd-division/country:us',
  })
  const counties = placeListSchema.parse(await get('/api/places?state=AZ')).places
  expect(counties.find(({ id }) => id === '04013')).toEqual({
    id: '04013',
    name: 'Maricopa County, AZ',
    ocdId: 'ocd-division/country:us/state:az/county:maricopa',
  })
  await refused('/api/places?state=ZZ', 400, 'invalid_request')
})

describe('spikes', () => {
  test('are listed newest first, and filtered', async () => {
    const list = async (query: string) =>
      spikeListSchema.parse(await get(`/api/spikes${query}`)).spikes.map(({ id }) => id)
    expect(await list('')).toEqual(['spike1', 'older'])
    expect(await list('?open=true')).toEqual(['spike1'])
    expect(await list('?place=GA')).toEqual([])
    expect(await list(`?to=${NIGHT + 5 * MINUTE}`)).toEqual(['older'])
    expect(await list('?from=2026-11-04T01:06:00Z')).toEqual(['spike1'])
    await refused('/api/spikes?place=04999', 400, 'invalid_request')
    await refused('/api/spikes?from=yesterday', 400, 'invalid_request')
  })

  test('show their claims with counts, first and top posts, places and stances', async () => {
    const spike = spikeDetailSchema.parse(await get('/api/spikes/spike1'))
    expect(spike.topClaims.map(({ text, posts, authors }) => [text, posts, authors])).toEqual([
      ['the scanner at our school ate three ballots', 3, 3],
      ['Every machine in Mesa is down 100%', 1, 1],
      ['my cousin saw a scanner switched off', 1, 1], // a repost of what was said before the spike
      ['still no scanner', 1, 1],
    ])
    expect(spike.firstPosts.map(({ id }) => id)).toEqual(['p1', 'p2', 'p3', 'p4', 'p5'])
    expect(spike.topPosts.map(({ id }) => id)).toEqual(['p4', 'p1'])
    expect(spike.places).toEqual([{ place: '04013', name: 'Maricopa County, AZ', posts: 1 }])
    expect(spike.stances).toEqual({ asserts: 6, reports: 1, questions: 0, debunks: 1, unrelated: 0 })
    await refused('/api/spikes/none', 404, 'unknown_spike')
  })
})

describe('series', () => {
  const read = async (query: string) => seriesListSchema.parse(await get(`/api/series?${query}`)).series

  test('hold a point for every sealed minute, zero where nothing was', async () => {
    const [series] = await read('narrative=machine_failure&place=AZ')
    expect(series).toMatchObject({ narrative: 'machine_failure', place: 'AZ', stepMinutes: 1 })
    expect(series!.points).toHaveLength(60)
    expect(series!.points[11]).toEqual({
      t: NIGHT + 11 * MINUTE,
      posts: 2,
      authors: 2,
      debunks: 3,
      reports: 0,
      questions: 0,
      exposure: 20,
    })
    expect(series!.points[0]).toMatchObject({ t: NIGHT, posts: 0, exposure: 0 })
  })

  test('come for several narratives at once', async () => {
    const both = await read('narrative=machine_failure&narrative=votes_not_counted')
    expect(both.map(({ narrative, place }) => [narrative, place])).toEqual([
      ['machine_failure', 'US'],
      ['votes_not_counted', 'US'],
    ])
    expect(await read('narrative=machine_failure,votes_not_counted')).toEqual(both)
  })

  test('add up over longer steps, but count an author once', async () => {
    const [series] = await read('narrative=machine_failure&place=AZ&step=15')
    expect(series!.points.map(({ posts, authors, exposure }) => [posts, authors, exposure])).toEqual([
      [5, 4, 50],
      [0, 0, 0],
      [0, 0, 0],
      [1, 1, 10],
    ])
  })

  test('end where the night is sealed, and are refused beyond 5,000 points', async () => {
    const [series] = await read(
      `narrative=machine_failure&from=${NIGHT + 50 * MINUTE}&to=${NIGHT + 500 * MINUTE}`,
    )
    expect(series!.points).toHaveLength(10)
    const far = NIGHT - 6_000 * MINUTE
    const detail = await refused(
      `/api/series?narrative=machine_failure&from=${far}&step=1`,
      400,
      'too_many_points',
    )
    expect(detail).toContain('step=2')
    const [coarse] = await read(`narrative=machine_failure&from=${far}`)
    expect(coarse!.stepMinutes).toBe(2)
    expect(coarse!.points.length).toBeLessThanOrEqual(5_000)
    await refused('/api/series', 400, 'invalid_request')
    await refused('/api/series?narrative=gossip', 400, 'invalid_request')
    await refused(`/api/series?narrative=machine_failure&from=${NIGHT}&to=${NIGHT}`, 400, 'invalid_range')
  })
})

test('the map counts each post once by state, of one narrative or of all flagged', async () => {
  const of = async (query: string) => {
    const { places } = mapSchema.parse(await get(`/api/map${query}`))
    return Object.fromEntries(
      places.filter(({ posts }) => posts > 0).map(({ place, posts, exposure }) => [place, [posts, exposure]]),
    )
  }
  expect(await of('')).toEqual({ AZ: [6, 60], GA: [1, 0] })
  expect(await of('?narrative=machine_failure')).toEqual({ AZ: [6, 60] })
  expect(await of(`?to=${NIGHT + 12 * MINUTE}`)).toEqual({ AZ: [3, 30] })
  const { places } = mapSchema.parse(await get('/api/map'))
  expect(places).toHaveLength(56)
  expect(places.find(({ place }) => place === 'AZ')).toMatchObject({ name: 'Arizona', sharePerMille: 100 })
})

describe('posts', () => {
  const page = async (query: string): Promise<PostPage> =>
    postPageSchema.parse(await get(`/api/posts${query}`))

  test('are filtered by what they say, where and when', async () => {
    expect(ids(await page('?spike=spike1'))).toBe('p9 p5 p4 p3 p2 p1')
    expect(ids(await page('?spike=spike1&stance=any'))).toBe('p9 p7 p6 p5 p4 p3 p2 p1')
    expect(ids(await page('?narrative=votes_not_counted'))).toBe('p8')
    expect(ids(await page('?place=04013'))).toBe('p4')
    expect(ids(await page('?flagged=false&order=oldest'))).toBe('p6 p7')
    expect(ids(await page('?q=MESA'))).toBe('p4')
    expect(ids(await page('?q=100%25'))).toBe('p4')
    expect(ids(await page(`?from=${NIGHT + 11.5 * MINUTE}&to=${NIGHT + 13 * MINUTE}`))).toBe('p4 p3')
    await refused('/api/posts?spike=none', 404, 'unknown_spike')
  })

  test('carry what is needed to judge them', async () => {
    const { posts } = await page('?q=Mesa')
    expect(posts[0]).toMatchObject({
      id: 'p4',
      createdAt: NIGHT + 12 * MINUTE,
      capturedAt: NIGHT + 12 * MINUTE + 500,
      flagged: true,
      author: 'a',
      narratives: ['machine_failure'],
      narrativeScores: { machine_failure: 0.75 },
      words: ['scanner'],
      places: ['AZ', '04013'],
    })
  })

  test.each(['newest', 'oldest'])('come in pages, %s first, with none lost or doubled', async (order) => {
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const next: PostPage = await page(`?order=${order}&limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`)
      seen.push(...next.posts.map(({ id }) => id))
      cursor = next.next
    }
    expect(seen).toHaveLength(POSTS.length)
    expect(new Set(seen)).toEqual(new Set(POSTS.map(({ id }) => id)))
  })

  test('refuse a cursor, a limit and a range that are none', async () => {
    expect(await refused('/api/posts?cursor=abc', 400, 'bad_cursor')).toContain('cursor')
    await refused(
      `/api/posts?cursor=${Buffer.from('1.99999999999999999999').toString('base64url')}`,
      400,
      'bad_cursor',
    )
    await refused('/api/posts?limit=201', 400, 'invalid_request')
    await refused('/api/posts?from=99999999999999999999', 400, 'invalid_request')
  })
})

test('the effect of an answer is measured on the night’s clock, over sealed minutes', async () => {
  const draft = {
    spikeId: 'spike1',
    narrative: 'machine_failure',
    place: 'AZ',
    office: 'Example',
    claim: 'Scanners stopped',
    text: 'They did not.',
    link: 'https://elections.example.gov/',
    rating: 'False',
  } as const
  const { id } = await desk.rebuttals.draft(draft, { by: 'Ann', at: 1 })
  await refused(`/api/rebuttals/${id}/effect`, 409, 'wrong_state')
  await refused('/api/rebuttals/none/effect', 404, 'not_found')
  await desk.rebuttals.approve(id, { by: 'Bob', at: 2 })
  await desk.rebuttals.publish(id, { by: 'Bob', at: 3, clock: NIGHT + 12 * MINUTE + 30_000 })
  const effect = effectSchema.parse(await get(`/api/rebuttals/${id}/effect`))
  expect(effect).toMatchObject({ at: NIGHT + 12 * MINUTE + 30_000, windowMinutes: 60 })
  expect(effect.before).toEqual({ posts: 3, perMinute: 0.25, sharePerMille: 100, minutesSeen: 12 })
  expect(effect.after).toEqual({ posts: 3, perMinute: 3 / 48, sharePerMille: 100, minutesSeen: 48 })
  expect(effectSchema.parse(await get(`/api/rebuttals/${id}/effect?window=2`)).before).toMatchObject({
    posts: 3,
    minutesSeen: 2,
  })
  const spike = spikeDetailSchema.parse(await get('/api/spikes/spike1'))
  expect(spike.rebuttals).toMatchObject([{ rebuttal: { id, state: 'published' }, effect }])
})

test('before the first post everything is empty, and nothing fails', async () => {
  const early = testApp({
    store,
    desk,
    status: async () => ({ ...STATUS, clock: null, from: null, sealedThrough: null, staleMs: null }),
  })
  const series = seriesListSchema.parse(
    await (await early.request('/api/series?narrative=machine_failure')).json(),
  )
  expect(series.series[0]!.points).toEqual([])
  expect(
    mapSchema.parse(await (await early.request('/api/map')).json()).places.every(({ posts }) => posts === 0),
  ).toBe(true)
})

test('a store that does not answer is a 503, a broken one a 500 that tells nothing of the inside', async () => {
  const broken = (error: Error): Store => ({
    ...store,
    query: async () => {
      throw error
    },
    stream: () => {
      throw error
    },
    ping: async () => false,
  })
  const away = testApp({
    desk,
    store: broken(new StoreError('unavailable', 'connect ECONNREFUSED 10.0.0.7:8123')),
  })
  for (const path of ['/api/posts', '/api/export', '/api/coverage']) {
    const response = await away.request(path)
    expect([response.status, problemSchema.parse(await response.json()).code]).toEqual([
      503,
      'store_unavailable',
    ])
  }
  expect(away.errors).toHaveLength(3)
  const ready = await away.request('/readyz')
  expect([ready.status, await ready.json()]).toEqual([
    503,
    { status: 'unavailable', store: false, desk: true },
  ])
  const faulty = testApp({ desk, store: broken(new Error('secret table missing')) })
  const response = await faulty.request('/api/posts')
  const problem = problemSchema.parse(await response.json())
  expect([response.status, problem.code]).toEqual([500, 'internal_error'])
  expect(JSON.stringify(problem)).not.toContain('secret')
  expect(faulty.errors).toHaveLength(1)
})

test('health is told without a password', async () => {
  expect(await get('/healthz')).toEqual({ status: 'ok' })
  expect(await get('/readyz')).toEqual({ status: 'ok', store: true, desk: true })
})
