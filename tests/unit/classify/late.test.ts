/** Posts that come late to a worker which shares its topic: how late they are is told to whoever gathers their rows. */
import { expect, test } from 'vitest'
import type { JudgedPost } from '../../../classify/judge.ts'
import { createClassifyPipeline } from '../../../classify/pipeline.ts'
import type { Post } from '../../../ingest/contract.ts'

const NOW = Date.UTC(2026, 10, 4, 2)

/** What is told of a delivery of posts that were taken in so long ago, ms. */
async function told(agesMs: readonly number[], shared?: boolean): Promise<number | undefined> {
  let late: number | undefined
  const pipeline = createClassifyPipeline({
    insert: async () => {},
    insertInOrder: async (_, lateMs) => void (late = lateMs),
    readAll: async (posts) => posts.map(() => ({}) as never),
    judge: (post) =>
      ({
        post,
        key: '1',
        language: 'en',
        countedPlaces: [],
        verdict: { narratives: [], model: '' },
      }) as never,
    originals: {
      unknown: {} as JudgedPost,
      remember: () => {},
      recent: () => undefined,
      find: async () => new Map(),
    },
    waiting: { keep: async () => {}, waitingFor: async () => [] },
    replace: async () => {},
    haste: { needs: () => false, isBehind: () => false },
    hasty: { keep: async () => {} },
    likeRows: async () => ({ likes: [], takenBack: [] }),
    topicName: 'test',
    now: () => NOW,
  })
  const posts = agesMs.map((age, i) => ({
    id: `p${i}`,
    repostOf: null,
    createdAt: NOW,
    capturedAt: NOW - age,
  }))
  await pipeline.posts({
    partition: 0,
    records: posts.map((post) => ({ kind: 'post' as const, post: post as Post })),
    invalid: [],
    lastOffset: 0,
    lag: 0,
    ...(shared === undefined ? {} : { shared }),
  })
  await pipeline.stop()
  return late
}

test('how long ago the newest was taken in is told where the topic is shared', async () => {
  expect(await told([9_000, 4_000], true)).toBe(4_000)
})

test('whoever has the topic alone gathers as ever: more for itself would be no less work for others', async () => {
  expect(await told([9_000, 4_000], false)).toBe(0)
  expect(await told([9_000, 4_000])).toBe(0)
})

test('what is of another day, of a clock before ours, or nothing at all is not late', async () => {
  expect(await told([86_400_000], true)).toBe(0)
  expect(await told([-5_000], true)).toBe(0)
  expect(await told([], true)).toBe(0)
})
