/** A night in a store and at a desk, for the routes that read it. */
import { expect } from 'vitest'
import { problemSchema } from '../../../../api/contract.ts'
import type { Desk } from '../../../../api/desk/desk.ts'
import { UNJUDGED_COLUMNS } from '../../../../api/spikes/minutes.ts'
import type { Store } from '../../../../classify/store/store.ts'
import {
  failOnErrors,
  insertMinute,
  insertPosts,
  MINUTE,
  NIGHT,
  openTestDesk,
  openTestStore,
  tempDir,
  testApp,
  testSpike,
  type TestPost,
} from '../support.ts'

const AZ = ['AZ']
/** The night: a rumour in Arizona with its copies, a debunk, a report, and a post elsewhere. */
export const POSTS: TestPost[] = [
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

export interface Night {
  store: Store
  desk: Desk
  app: ReturnType<typeof testApp>
  /** The body of an answer with status 200. */
  get(path: string): Promise<unknown>
  /** The detail of the problem that a request is refused with. */
  refused(path: string, status: number, code: string): Promise<string>
  close(): Promise<void>
}

export async function openNight(): Promise<Night> {
  const dir = await tempDir()
  const store = await openTestStore(dir.path)
  const desk = await openTestDesk(dir.path)
  const app = testApp({ store, desk })
  await fill(store, desk)
  return {
    store,
    desk,
    app,
    async get(path) {
      const response = await app.request(path)
      const body: unknown = await response.json()
      expect({ path, status: response.status, body }).toMatchObject({ status: 200 })
      return body
    },
    async refused(path, status, code) {
      const response = await app.request(path)
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      const problem = problemSchema.parse(await response.json())
      expect([path, response.status, problem.status, problem.code]).toEqual([path, status, status, code])
      return problem.detail
    },
    async close() {
      await desk.close()
      await store.close()
      await dir.remove()
      failOnErrors(app)
    },
  }
}

async function fill(store: Store, desk: Desk): Promise<void> {
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
  // Sealed twice: the later rows hold, and a language that is gone from its minute is none.
  const sealed = [
    { version: 1, language: 'pt', posts: [3, 0, 9] },
    { version: 1, language: 'de', posts: [0, 4, 1] },
    { version: 2, language: 'pt', posts: [5, 0, 7] },
    { version: 2, language: 'de', posts: [0, 4, 0] },
    { version: 2, language: 'ja', posts: [0, 0, 4] },
  ]
  for (const { version, language, posts } of sealed) {
    const rows = posts.map((n, minute) => [NIGHT / MINUTE + minute, language, n, version])
    await store.insert('unjudged_minutes', UNJUDGED_COLUMNS, rows)
  }
  const examples = ['p4', 'p1']
  const spikes = [
    testSpike({ examples }),
    testSpike({ id: 'older', onset: NIGHT, end: NIGHT + 5 * MINUTE, phase: 'closed' }),
  ]
  await desk.saveWatch({ spikes, events: [], sealedThrough: NIGHT })
}
