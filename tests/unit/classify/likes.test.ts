/** Likes are stored as sets by the pipeline and counted exactly, whatever the order and however often they come. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { CHANGE_COLUMNS, changeRow } from '../../../classify/changes.ts'
import { HASTY } from '../../../classify/contract.ts'
import { createHaste } from '../../../classify/haste.ts'
import { createHastyPosts } from '../../../classify/hasty-posts.ts'
import type { JudgedPost } from '../../../classify/judge.ts'
import { createLikeRows, readLikes } from '../../../classify/likes.ts'
import { nothingSaid } from '../../../classify/model/classifier.ts'
import { createClassifyPipeline, type ClassifyPipeline } from '../../../classify/pipeline.ts'
import { POST_COLUMNS } from '../../../classify/rows.ts'
import { openChdbStore } from '../../../classify/store/chdb.ts'
import type { Store } from '../../../classify/store/store.ts'
import { hash64 } from '../../../ingest/base/hash.ts'
import type { Like } from '../../../ingest/contract.ts'
import { NIGHT, postRow } from '../api/support.ts'

const refuse = () => {
  throw new Error('There is no post here.')
}
const like = (id: string, of: string | null, author: string): Like => ({
  source: 'bluesky',
  id: `bluesky:did:plc:${id}`,
  of,
  author,
})

async function open(): Promise<{ store: Store; deliver: (likes: readonly Like[]) => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'tallywatch-likes-'))
  const store = await openChdbStore({ path: folder, database: 'likes' })
  const originals = { unknown: refuse as never, remember: refuse, find: async () => new Map() }
  const pipeline: ClassifyPipeline = createClassifyPipeline({
    insert: (table, columns, rows) => store.insert(table, columns, rows),
    readAll: async () => [],
    judge: refuse,
    originals: { ...originals, recent: () => undefined },
    waiting: { keep: async () => {}, waitingFor: async () => [] },
    replace: async () => {},
    haste: createHaste(null, () => 0),
    hasty: { keep: async () => {} },
    likeRows: createLikeRows(store, { recent: () => undefined }),
    topicName: 'test',
    now: () => NIGHT,
  })
  onTestFinished(async () => {
    await pipeline.stop()
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })
  return {
    store,
    deliver: (likes) =>
      pipeline.posts({
        partition: 0,
        records: likes.map((one) => ({ kind: 'like' as const, like: one })),
        invalid: [],
        lastOffset: 1,
        lag: 0,
      }),
  }
}

const post = (id: string, more: { repostOf?: string; createdAt?: number } = {}) => ({
  id,
  repostOf: null,
  createdAt: NIGHT,
  ...more,
})

test('likes of a post that was judged in haste are kept, for a second look may see what it carries', async () => {
  const { store, deliver } = await open()
  const judged = { key: hash64('bluesky:p1'), post: { id: 'bluesky:p1' }, verdict: nothingSaid(HASTY, true) }
  const insert: Store['insert'] = (...rows) => store.insert(...rows)
  await createHastyPosts(store, insert).keep([judged as JudgedPost], 'look')
  await deliver([like('a', 'bluesky:p1', 'ann'), like('b', 'bluesky:p2', 'bob')])
  await store.insert('posts', POST_COLUMNS, [
    postRow({ id: 'bluesky:p1', at: 0, text: 'one' }),
    postRow({ id: 'bluesky:p2', at: 0, text: 'two' }),
  ])
  const posts = [post('bluesky:p1'), post('bluesky:p2')]
  expect(await readLikes(store, posts, NIGHT)).toEqual([1, 0])
})

test('accounts that like a post are counted once, without those that took it back or are gone', async () => {
  const { store, deliver } = await open()
  await store.insert('posts', POST_COLUMNS, [
    postRow({ id: 'bluesky:p1', at: 0, text: 'one' }),
    postRow({ id: 'bluesky:p2', at: 0, text: 'two' }),
  ])
  expect(await readLikes(store, [post('bluesky:p1')], NIGHT)).toEqual([null])
  const likes = [
    like('a', 'bluesky:p1', 'ann'),
    like('b', 'bluesky:p1', 'bob'),
    // Twice by one account; one of them is taken back.
    like('c1', 'bluesky:p1', 'cat'),
    like('c2', 'bluesky:p1', 'cat'),
    like('c1', null, 'cat'),
    like('d', 'bluesky:p1', 'dan'),
    like('d', null, 'dan'),
    like('e', 'bluesky:p1', 'eve'),
    like('f', 'bluesky:not-stored', 'ann'),
  ]
  const gone = (change: 'account_gone' | 'account_back', at: number) =>
    store.insert('post_changes', CHANGE_COLUMNS, [
      changeRow({ source: 'bluesky', of: 'account', subject: 'eve', change, at }),
    ])
  await gone('account_gone', NIGHT)
  const asked = [
    post('bluesky:p1'),
    post('bluesky:p2'),
    post('bluesky:r', { repostOf: 'bluesky:p1' }),
    post('mastodon:x/1'),
    post('bluesky:old', { createdAt: NIGHT - 31 * 24 * 3_600_000 }),
  ]
  // In any order, and again.
  for (const some of [likes.toReversed(), likes, likes]) {
    await deliver(some)
    expect(await readLikes(store, asked, NIGHT)).toEqual([3, 0, null, null, null])
  }
  await gone('account_back', NIGHT + 1)
  expect(await readLikes(store, asked.slice(0, 1), NIGHT)).toEqual([4])
  const [kept] = await store.query<{ rows: number }>({
    kind: 'sql',
    text: 'SELECT toUInt32(count()) AS rows FROM likes FINAL',
    params: {},
  })
  expect(kept).toEqual({ rows: 6 })
})
