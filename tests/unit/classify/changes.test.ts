/** What became of posts is stored by the pipeline and read back, whatever the order and however often. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readChanges } from '../../../classify/changes.ts'
import { createHaste } from '../../../classify/haste.ts'
import { createClassifyPipeline } from '../../../classify/pipeline.ts'
import { openChdbStore } from '../../../classify/store/chdb.ts'
import type { Change } from '../../../ingest/contract.ts'

const AT = Date.UTC(2026, 10, 4, 3)
const refuse = () => {
  throw new Error('There is no post here.')
}

function change(of: Change['of'], subject: string, what: Change['change'], at: number): Change {
  return { source: 'bluesky', of, subject, change: what, at: AT + at }
}

test('changes that the topic brings are found by post and by account, the latest of each', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tallywatch-changes-'))
  const store = await openChdbStore({ path: folder, database: 'changes' })
  const pipeline = createClassifyPipeline({
    insert: (table, columns, rows) => store.insert(table, columns, rows),
    readAll: async () => [],
    judge: refuse,
    originals: { unknown: refuse as never, remember: refuse, find: async () => new Map(), recent: refuse },
    waiting: { keep: async () => {}, waitingFor: async () => [] },
    replace: async () => {},
    haste: createHaste(null, () => AT),
    hasty: { keep: async () => {} },
    likeRows: async () => ({ likes: [], takenBack: [] }),
    topicName: 'test',
    now: () => AT,
  })
  onTestFinished(async () => {
    await pipeline.stop()
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })
  const posts = [
    { id: 'p1', author: 'a' },
    { id: 'p2', author: 'b' },
    { id: 'p3', author: 'b' },
    { id: 'p4', author: 'c' },
    { id: 'p5', author: null },
  ]
  expect(await readChanges(store, posts)).toEqual([null, null, null, null, null])
  const changes = [
    change('post', 'p1', 'deleted', 2),
    change('post', 'p1', 'edited', 1),
    change('post', 'p2', 'edited', 1),
    change('account', 'b', 'account_gone', 5),
    change('account', 'c', 'account_gone', 5),
    change('account', 'c', 'account_back', 6),
  ]
  for (const some of [changes, changes.toReversed()]) {
    const records = some.map((one) => ({ kind: 'change' as const, change: one }))
    await pipeline.posts({ partition: 0, records, invalid: [], lastOffset: 1, lag: 0 })
  }
  expect(await readChanges(store, posts)).toEqual(['deleted', 'edited', 'account_gone', null, null])
})
