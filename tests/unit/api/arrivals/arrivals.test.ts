/** What is told of newly stored posts, on a real engine and a real desk. */
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { startArrivals, type Arrivals } from '../../../../api/arrivals/arrivals.ts'
import { ARRIVED_MAX, type LiveEvent } from '../../../../api/contract.ts'
import type { Desk } from '../../../../api/desk/desk.ts'
import { VISIBLE_AFTER_MS } from '../../../../api/spikes/progress.ts'
import type { WatchView } from '../../../../api/spikes/watcher.ts'
import { createStatus } from '../../../../api/boot/status.ts'
import { POST_COLUMNS } from '../../../../classify/rows.ts'
import { sql } from '../../../../classify/store/sql.ts'
import type { Store } from '../../../../classify/store/store.ts'
import {
  insertPosts,
  MINUTE,
  NIGHT,
  openTestDesk,
  openTestStore,
  postRow,
  tempDir,
  type TestPost,
} from '../support.ts'

const WAIT = { timeout: 20_000, interval: 50 }

let dir: Awaited<ReturnType<typeof tempDir>>
let store: Store
let desk: Desk
let view: WatchView
let arrivals: Arrivals | null = null
let errors: unknown[]

beforeEach(async () => {
  dir = await tempDir()
  store = await openTestStore(dir.path)
  desk = await openTestDesk(dir.path)
  errors = []
  view = {
    sealedThrough: NIGHT,
    from: null,
    progress: null,
    totals: { posts: 10, election: 5, flagged: 2 },
    failingSince: null,
  }
})
afterEach(async () => {
  await arrivals?.stop()
  arrivals = null
  await desk.close()
  await store.close()
  await dir.remove()
  expect(errors).toEqual([])
})

async function look(through: Pick<Store, 'query'> = store): Promise<Arrivals> {
  arrivals = startArrivals({
    store: through,
    desk,
    watcher: { view: () => view },
    now: Date.now,
    onError: (error) => errors.push(error),
  })
  await vi.waitFor(() => expect(arrivals!.unsealed()).not.toBeNull(), WAIT)
  return arrivals
}

type Told = Extract<LiveEvent, { type: 'posts' }>

async function events(): Promise<Told[]> {
  const { floor } = await desk.live.range()
  const all = await desk.live.read(floor, 1_000)
  return all.map(({ event }) => event as Told)
}
const ids = async (): Promise<string[]> => (await events()).flatMap(({ posts }) => posts.map(({ id }) => id))
const told = (expected: readonly string[]) =>
  vi.waitFor(async () => expect((await ids()).toSorted()).toEqual(expected.toSorted()), WAIT)

const post = (id: string, more: Partial<TestPost> = {}): TestPost => ({
  id,
  at: 1,
  text: `the scanner is broken, says ${id}`,
  ...more,
})
/** Long enough for a look that would tell what it must not. */
const someLooks = () => new Promise((resolve) => setTimeout(resolve, 1_200))

test('a flagged post is told with where it counts, and counted at once', async () => {
  const looking = await look()
  await insertPosts(store, [post('a', { places: ['AZ'] }), post('b', { stance: 'debunks' })])
  await told(['a'])
  expect(await events()).toEqual([
    {
      type: 'posts',
      flagged: 3,
      posts: [
        {
          id: 'a',
          createdAt: NIGHT + MINUTE,
          capturedAt: NIGHT + MINUTE + 500,
          narratives: ['machine_failure'],
          places: ['US', 'AZ'],
        },
      ],
    },
  ])
  expect(looking.unsealed()).toBe(1)
})

test('a post that is delivered again is not told again, by this process or the next', async () => {
  const first = await look()
  await insertPosts(store, [post('a')])
  await told(['a'])
  await insertPosts(store, [post('a'), post('b')])
  await told(['a', 'b'])
  await first.stop()
  await insertPosts(store, [post('b'), post('c')])
  const looking = await look()
  await told(['a', 'b', 'c'])
  await insertPosts(store, [post('a')])
  await someLooks()
  expect(await ids()).toHaveLength(3)
  expect(looking.unsealed()).toBe(3)
})

test('what came while no desk looked is told; what was there before the first one is not', async () => {
  await insertPosts(store, [post('before')])
  const first = await look()
  await someLooks()
  await first.stop()
  await insertPosts(store, [post('meanwhile')])
  await look()
  await told(['meanwhile'])
  expect(await ids()).not.toContain('before')
})

test('what bears a time to come, since the store’s clock was set back, is told once, and so is what is stored after it', async () => {
  view.progress = { partitions: [], endedAt: null, readAt: Date.now() }
  await look()
  await insertPosts(store, [post('a')])
  await told(['a'])
  await store.command(sql`
    INSERT INTO posts SELECT * REPLACE (stored_at + INTERVAL 1 HOUR AS stored_at, id || '2' AS id, post + 1 AS post)
    FROM posts`)
  await told(['a', 'a2'])
  await insertPosts(store, [post('b')])
  await told(['a', 'a2', 'b'])
  await someLooks()
  expect(await ids()).toHaveLength(3)
})

test('what was told is not told again by the next desk, however long nothing came and none was there', async () => {
  const first = await look()
  await insertPosts(store, [post('a')])
  await told(['a'])
  await first.stop()
  await desk.arrivals.forget(Date.now() + 4 * 86_400_000)
  await look()
  await insertPosts(store, [post('b')])
  await told(['a', 'b'])
  expect(await ids()).toHaveLength(2)
})

test('what is seen as late as rows are seen at all is told, though others came meanwhile', async () => {
  const monotonic = performance.now.bind(performance)
  let on = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => monotonic() + on)
  onTestFinished(() => clock.mockRestore())
  const storeAt = (id: string, ms: number) =>
    store.insert('posts', [...POST_COLUMNS, 'stored_at'], [[...postRow(post(id)), Date.now() + ms]])
  await awayFor(1)
  view = { ...view, progress: null }
  await look()
  await storeAt('a', 0)
  await told(['a'])
  // The store stood still: this row was on its way for as long as rows may be, and a look is just over.
  await storeAt('slow', -VISIBLE_AFTER_MS + 2_000)
  await storeAt('b', 20_000)
  await told(['a', 'b'])
  on += 21_000
  await told(['a', 'b', 'slow'])
  expect(await ids()).toHaveLength(3)
})

test('many at once are told in events of a bounded size', async () => {
  await look()
  const many = Array.from({ length: 2 * ARRIVED_MAX + 1 }, (_, i) => post(`p${i}`))
  await insertPosts(store, many)
  await told(many.map(({ id }) => id))
  const sizes = (await events()).map(({ posts }) => posts.length)
  expect(Math.max(...sizes)).toBe(ARRIVED_MAX)
})

test('two desks tell each post once between them', async () => {
  const one = await look()
  const url = (desk as Desk & { url: string }).url
  const { openDesk } = await import('../../../../api/desk/desk.ts')
  const other = await openDesk({ url })
  const conflicts: unknown[] = []
  const second = startArrivals({
    store,
    desk: other,
    watcher: { view: () => view },
    now: Date.now,
    onError: (error) => conflicts.push(error),
  })
  const many = Array.from({ length: 30 }, (_, i) => post(`p${i}`))
  for (const each of many) await insertPosts(store, [each])
  await told(many.map(({ id }) => id))
  await someLooks()
  expect(await ids()).toHaveLength(30)
  await second.stop()
  await one.stop()
  // A post that the other one told first is a refusal, and is then found told.
  errors = errors.filter((error) => !String(error).includes('told_posts'))
  await other.close()
})

/** As if the last desk had looked so many minutes ago. */
async function awayFor(minutes: number): Promise<void> {
  await desk.arrivals.tell({ keys: [], events: [], through: Date.now() - minutes * MINUTE }, Date.now())
  view = { ...view, progress: { partitions: [], endedAt: null, readAt: Date.now() } }
}

test('a desk that was away catches up minute by minute, and misses nothing between two of them', async () => {
  await awayFor(10)
  await insertPosts(store, [post('a'), post('b')])
  const looking = await look()
  await told(['a', 'b'])
  await insertPosts(store, [post('c')])
  await told(['a', 'b', 'c'])
  expect(looking.unsealed()).toBe(3)
})

test('where nothing was stored for hours, each look asks for no more than before', async () => {
  await awayFor(120)
  let asked = 0
  const query: Store['query'] = (statement) => {
    asked++
    return store.query(statement)
  }
  await look({ query })
  await vi.waitFor(() => expect(asked).toBeGreaterThan(120), WAIT)
  await someLooks()
  asked = 0
  await someLooks()
  expect(asked).toBeLessThan(60)
  await insertPosts(store, [post('a')])
  await told(['a'])
})

test('the status counts what is sealed and what is not, and each post once', async () => {
  const watcher = { view: () => view }
  const looking = await look()
  const status = createStatus({ store, watcher, arrivals: looking, mode: 'live', now: Date.now })
  await insertPosts(store, [post('a'), post('b'), post('c', { at: 2 })])
  await vi.waitFor(async () => expect((await status()).flagged).toBe(2 + 3), WAIT)
  // Judged again, it asserts nothing.
  await insertPosts(store, [post('b', { flagged: false })])
  await vi.waitFor(async () => expect((await status()).flagged).toBe(2 + 2), WAIT)
  // Its minute is sealed: the watcher counts it.
  view = { ...view, sealedThrough: NIGHT + 2 * MINUTE, totals: { posts: 13, election: 8, flagged: 3 } }
  expect(await status()).toMatchObject({ posts: 13, election: 8, flagged: 3 + 1 })
})
