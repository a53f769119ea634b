/** A repost takes its original's verdict, whichever of the two comes first and however often they come. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDirtyReader } from '../../../api/spikes/dirty.ts'
import { sketchOf } from '../../../classify/claims/sketch.ts'
import { createJudge } from '../../../classify/judge.ts'
import { createGate } from '../../../classify/gate.ts'
import { createHaste } from '../../../classify/haste.ts'
import { createHastyPosts } from '../../../classify/hasty-posts.ts'
import { languageOf } from '../../../classify/language.ts'
import { createClassifier, nothingSaid } from '../../../classify/model/classifier.ts'
import { textKey } from '../../../classify/model/normalize.ts'
import { createLikeRows } from '../../../classify/likes.ts'
import { createOriginals } from '../../../classify/originals.ts'
import type { Verdict } from '../../../classify/contract.ts'
import { createClassifyPipeline, type ClassifyPipeline } from '../../../classify/pipeline.ts'
import { inOrder } from '../../../classify/group-insert.ts'
import { createReader } from '../../../classify/reading.ts'
import { createReplace } from '../../../classify/replace.ts'
import { openChdbStore } from '../../../classify/store/chdb.ts'
import { sql } from '../../../classify/store/sql.ts'
import type { Store } from '../../../classify/store/store.ts'
import { createWaitingReposts } from '../../../classify/waiting.ts'
import type { Post } from '../../../ingest/contract.ts'

const AT = Date.UTC(2026, 10, 4, 3)
const classifier = await createClassifier()
/** Texts that the model was shown. */
let shown: string[] = []
let clock = AT

let folder: string
let store: Store
let pipeline: ClassifyPipeline

/**
 * A worker with an empty memory, as after a restart; `verdict` stands for a model that says the same of every text. It
 * stores nothing before `storing` resolves.
 */
function start(verdict?: Verdict, storing: Promise<unknown> = Promise.resolve()): ClassifyPipeline {
  const originals = createOriginals(store, (election) => nothingSaid(classifier.model, election))
  const insert: Store['insert'] = async (table, columns, rows) => {
    await storing
    await store.insert(table, columns, rows)
  }
  return createClassifyPipeline({
    insert,
    replace: createReplace(store, inOrder(insert)),
    readAll: createReader({
      gate: createGate(),
      languageOf,
      classifyAll: async (texts) => {
        shown.push(...texts)
        return verdict === undefined ? classifier.classifyAll(texts) : texts.map(() => verdict)
      },
      unjudged: nothingSaid(classifier.model, true),
      nothing: originals.unknown,
    }),
    judge: createJudge({ textKey, sketchOf, resolveHint: () => null, stateOf: (place) => place }),
    originals,
    likeRows: createLikeRows(store, originals),
    waiting: createWaitingReposts(store, (table, columns, rows) => store.insert(table, columns, rows)),
    haste: createHaste(null, () => AT),
    hasty: createHastyPosts(store, (table, columns, rows) => store.insert(table, columns, rows)),
    topicName: 'test',
    now: () => clock,
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
  shown = []
  clock = AT
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
  test('the other way round, and a worker that stood still stores the repost last', async () => {
    let goOn = () => {}
    const frozen = start(undefined, new Promise<void>((resolve) => (goOn = resolve)))
    const records = [REPOST, TALK_REPOST].map((one) => ({ kind: 'post' as const, post: one }))
    const stored = frozen.posts({ partition: 0, records, invalid: [], lastOffset: 2, lag: 0 })
    await deliver(REPOST, TALK_REPOST)
    await deliver(ORIGINAL, TALK)
    expect(await counts()).toEqual(WHOLE)
    clock += 30_000
    goOn()
    await stored
    await frozen.stop()
    expect(await counts()).toEqual(WHOLE)
  })
  test('the other way round in two deliveries', async () => {
    await deliver(REPOST, TALK_REPOST)
    expect(await counts()).toEqual({ flagged: 0, texts: 0, seen: 2, election: 0 })
    await deliver(ORIGINAL, TALK)
    expect(await counts()).toEqual(WHOLE)
  })
  test('the other way round, though the store’s clock was set back between them', async () => {
    await deliver(REPOST, TALK_REPOST)
    await store.command(sql`
      INSERT INTO seen SELECT * REPLACE (stored_at + INTERVAL 1 HOUR AS stored_at) FROM seen`)
    const asked = { readAt: Date.now(), last: AT / 60_000, through: AT / 60_000 }
    const readDirty = createDirtyReader(store)
    await readDirty({ ...asked, since: null })
    await deliver(ORIGINAL, TALK)
    expect(await counts()).toEqual(WHOLE)
    // And whoever seals minutes hears of it.
    expect(await readDirty({ ...asked, since: Date.now() })).toMatchObject({ seen: [AT / 60_000] })
    expect(await readDirty({ ...asked, since: Date.now() })).toMatchObject({ seen: [] })
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

const PORTUGUESE = post(
  'test:pt',
  'As urnas foram fraudadas, Trump ganhou e roubaram a eleição dele, todo mundo sabe disso',
)
const PORTUGUESE_REPOST = post('test:pt-repost', '', PORTUGUESE.id)
const SPANISH = post(
  'test:es',
  'Hubo fraude con los ballots en la elección, Trump dice que ganó y no contaron mi voto',
)
const SPANISH_REPOST = post('test:es-repost', '', SPANISH.id)

describe('a repost stands in the language of its original', () => {
  const unjudged = () =>
    store.query(sql`
      SELECT unjudged AS language, toUInt32(uniqExact(post)) AS posts, toUInt32(uniqExactIf(post, election)) AS election
      FROM seen FINAL WHERE unjudged != '' GROUP BY language`)
  const TWO = [{ language: 'pt', posts: 2, election: 2 }]

  test('and is not judged as little as that', async () => {
    await deliver(PORTUGUESE, PORTUGUESE_REPOST, TALK)
    expect(await unjudged()).toEqual(TWO)
    expect(shown).toEqual([TALK.text])
    expect(await counts()).toEqual({ flagged: 0, texts: 0, seen: 3, election: 3 })
  })
  test('whichever comes first, with a restart between them, and everything delivered again', async () => {
    await deliver(PORTUGUESE_REPOST)
    expect(await unjudged()).toEqual([])
    await restart()
    await deliver(PORTUGUESE)
    await restart()
    await deliver(PORTUGUESE_REPOST)
    await deliver(PORTUGUESE, PORTUGUESE_REPOST)
    expect(await unjudged()).toEqual(TWO)
  })
  test('also where it is judged', async () => {
    await pipeline.stop()
    pipeline = start(await classifier.classify(ORIGINAL.text))
    await deliver(SPANISH)
    await restart()
    await deliver(SPANISH_REPOST)
    const languages = await store.query(sql`SELECT id, language, flagged FROM posts FINAL ORDER BY id`)
    expect(languages).toEqual(
      [SPANISH.id, SPANISH_REPOST.id].map((id) => ({ id, language: 'es', flagged: true })),
    )
    expect(await unjudged()).toEqual([])
  })
})
