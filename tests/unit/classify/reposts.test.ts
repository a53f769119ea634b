/** A repost takes its original's verdict, whichever of the two comes first and however often they come. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sketchOf } from '../../../classify/claims/sketch.ts'
import { createJudge } from '../../../classify/judge.ts'
import { createClassifier, nothingSaid } from '../../../classify/model/classifier.ts'
import { textKey } from '../../../classify/model/normalize.ts'
import { createOriginals } from '../../../classify/originals.ts'
import { createClassifyPipeline, type ClassifyPipeline } from '../../../classify/pipeline.ts'
import { openChdbStore } from '../../../classify/store/chdb.ts'
import { sql } from '../../../classify/store/sql.ts'
import type { Store } from '../../../classify/store/store.ts'
import { createWaitingReposts } from '../../../classify/waiting.ts'
import type { Post } from '../../../ingest/contract.ts'

const AT = Date.UTC(2026, 10, 4, 3)
const classifier = await createClassifier()

let folder: string
let store: Store
let pipeline: ClassifyPipeline

/** A worker with an empty memory, as after a restart. */
function start(): ClassifyPipeline {
  return createClassifyPipeline({
    insert: (table, columns, rows) => store.insert(table, columns, rows),
    classifyAll: (texts) => classifier.classifyAll(texts),
    judge: createJudge({ textKey, sketchOf, resolveHint: () => null, stateOf: (place) => place }),
    originals: createOriginals(store, (election) => nothingSaid(classifier.model, election)),
    waiting: createWaitingReposts(store, (table, columns, rows) => store.insert(table, columns, rows)),
    topicName: 'test',
    now: () => AT,
  })
}

function post(id: string, text: string, repostOf: string | null = null): Post {
  return {
    id,
    source: 'test',
    url: null,
    author: `author of ${id}`,
    createdAt: AT,
    capturedAt: AT,
    text,
    langs: [],
    replyTo: null,
    repostOf,
    quoteOf: null,
    placeHint: null,
    marks: [],
    evidence: { cid: null, sha256: '' },
  }
}
const ORIGINAL = post(
  'test:original',
  'The voting machines in our precinct are broken and the scanner is down, nobody can vote',
)
const REPOST = post('test:repost', '', ORIGINAL.id)
const TALK = post('test:talk', 'I voted today in the election, short line and friendly poll workers')
const TALK_REPOST = post('test:talk-repost', '', TALK.id)

let offset = 0
async function deliver(...posts: Post[]): Promise<void> {
  const records = posts.map((one) => ({ kind: 'post' as const, post: one }))
  await pipeline.posts({ partition: 0, records, invalid: [], lastOffset: ++offset, lag: 0 })
}
async function restart(): Promise<void> {
  await pipeline.stop()
  pipeline = start()
}
async function counts(): Promise<unknown> {
  const [row] = await store.query(sql`
    SELECT (SELECT toUInt32(count()) FROM posts FINAL WHERE flagged) AS flagged,
      (SELECT toUInt32(uniqExact(sketch, text_key)) FROM posts FINAL WHERE flagged) AS texts,
      (SELECT toUInt32(count()) FROM seen FINAL) AS seen, (SELECT toUInt32(countIf(election)) FROM seen FINAL) AS election`)
  return row
}
const WHOLE = { flagged: 2, texts: 1, seen: 4, election: 4 }

beforeEach(async () => {
  expect((await classifier.classify(ORIGINAL.text)).flagged).toBe(true)
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-reposts-'))
  store = await openChdbStore({ path: folder, database: 'reposts' })
  pipeline = start()
})
afterEach(async () => {
  await pipeline.stop()
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

describe('a repost and its original count the same', () => {
  test('in order', async () => {
    await deliver(ORIGINAL, TALK, REPOST, TALK_REPOST)
    expect(await counts()).toEqual(WHOLE)
  })
  test('the other way round in one delivery', async () => {
    await deliver(REPOST, TALK_REPOST, TALK, ORIGINAL)
    expect(await counts()).toEqual(WHOLE)
  })
  test('the other way round in two deliveries', async () => {
    await deliver(REPOST, TALK_REPOST)
    expect(await counts()).toEqual({ flagged: 0, texts: 0, seen: 2, election: 0 })
    await deliver(ORIGINAL, TALK)
    expect(await counts()).toEqual(WHOLE)
  })
  test('with a restart between them, and everything delivered again', async () => {
    await deliver(REPOST, TALK_REPOST)
    await restart()
    await deliver(ORIGINAL, TALK)
    await restart()
    await deliver(REPOST, TALK_REPOST)
    await deliver(ORIGINAL, TALK)
    expect(await counts()).toEqual(WHOLE)
  })
  test('when the original was judged by a worker that is gone', async () => {
    await deliver(ORIGINAL, TALK)
    await restart()
    await deliver(REPOST, TALK_REPOST)
    expect(await counts()).toEqual(WHOLE)
  })
})
