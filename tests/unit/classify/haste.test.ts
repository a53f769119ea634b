/** Under overload posts are judged in haste, marked, and judged again: in the end every count is the unhurried one. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { countMinutes } from '../../../api/spikes/minutes.ts'
import { createDirtyReader } from '../../../api/spikes/dirty.ts'
import { sketchOf } from '../../../classify/claims/sketch.ts'
import { HASTY, isHasty, type Verdict } from '../../../classify/contract.ts'
import { createGate } from '../../../classify/gate.ts'
import { inOrder } from '../../../classify/group-insert.ts'
import { createHaste } from '../../../classify/haste.ts'
import { countHasty, createHastyPosts } from '../../../classify/hasty-posts.ts'
import { createJudge } from '../../../classify/judge.ts'
import { createClassifier, nothingSaid } from '../../../classify/model/classifier.ts'
import { textKey } from '../../../classify/model/normalize.ts'
import { createOriginals } from '../../../classify/originals.ts'
import { createClassifyPipeline } from '../../../classify/pipeline.ts'
import { createReader } from '../../../classify/reading.ts'
import { createReplace } from '../../../classify/replace.ts'
import { lookAgain, startSecondLook } from '../../../classify/second-look.ts'
import { openChdbStore } from '../../../classify/store/chdb.ts'
import { ident, sql } from '../../../classify/store/sql.ts'
import type { Store } from '../../../classify/store/store.ts'
import type { Post } from '../../../ingest/contract.ts'

const AT = Date.UTC(2026, 10, 4, 3)
const MINUTE = AT / 60_000

describe('haste', () => {
  const at = (age: number, lag: number, afterMs: number | null = 15_000): boolean =>
    createHaste(afterMs, () => AT).needs({ lag }, AT - age)
  test('is for what happened a while ago and has more behind it', () => {
    expect(at(20_000, 5)).toBe(true)
    expect(at(10_000, 5)).toBe(false)
    expect(at(20_000, 0)).toBe(false)
  })
  test('is not for recordings, nor where it is switched off', () => {
    expect(at(2 * 86_400_000, 5)).toBe(false)
    expect(at(20_000, 5, null)).toBe(false)
    expect(createHaste(15_000, () => AT).needs({ lag: 5 }, null)).toBe(false)
  })
  test('leaves no time for a second look until five seconds later', () => {
    let ms = 0
    const haste = createHaste(
      15_000,
      () => AT,
      () => ms,
    )
    expect(haste.isBehind()).toBe(false)
    haste.needs({ lag: 5 }, AT - 20_000)
    expect(haste.isBehind()).toBe(true)
    ms += 5_000
    expect(haste.isBehind()).toBe(false)
  })
})

test('the classifier marks what the fast model said in the place of the encoder, and does not keep it', async () => {
  const classifier = await createClassifier()
  const text = 'They threw out thousands of ballots in our county and nobody will count them'
  const hasty = await classifier.classify(text, true)
  expect(isHasty(hasty)).toBe(true)
  expect(hasty.model).not.toBe(classifier.model)
  expect(await classifier.classify(text)).toMatchObject({ model: classifier.model, flagged: true })
  // Known by now: there is nothing left to hasten.
  expect(await classifier.classify(text, true)).toMatchObject({ model: classifier.model })
  const sure = await classifier.classify('I voted today in the election, short line, friendly people', true)
  expect(sure.model).toBe(classifier.model)
})

let folder: string
let store: Store
let hurried: boolean
/** A table into which nothing can be stored now. */
let refused: string | null

const NOTHING = nothingSaid('whole', true)
const CLAIM: Verdict = {
  ...NOTHING,
  flagged: true,
  score: 0.9,
  narratives: ['machine_failure'],
  stance: 'asserts',
}
/** What is said of each text with care; in haste the opposite of both, and the third is sure at once. */
const TEXTS = { claim: 'a claim of the election', talk: 'talk of the election', sure: 'sure of the election' }
const SAID: Record<string, Verdict> = { [TEXTS.claim]: CLAIM, [TEXTS.talk]: NOTHING, [TEXTS.sure]: CLAIM }

function say(text: string, hasty: boolean): Verdict {
  if (!hasty || text === TEXTS.sure) return SAID[text]!
  return { ...(text === TEXTS.claim ? NOTHING : CLAIM), model: `${HASTY}test` }
}

/** A worker with an empty memory. */
function start() {
  const insert: Store['insert'] = async (table, columns, rows) => {
    if (table === refused) throw new Error(`${table} is full`)
    await store.insert(table, columns, rows)
  }
  const hasty = createHastyPosts(store, insert)
  const parts = {
    insert,
    replace: createReplace(store, inOrder(insert)),
    hasty,
    readAll: createReader({
      gate: createGate(),
      languageOf: () => 'en',
      classifyAll: async (texts, inHaste) => texts.map((text) => say(text, inHaste)),
      unjudged: NOTHING,
      nothing: { verdict: NOTHING, language: 'en' },
    }),
    judge: createJudge({ textKey, sketchOf, resolveHint: () => null, stateOf: (place) => place }),
    originals: createOriginals(store, (election) => nothingSaid('whole', election)),
  }
  const pipeline = createClassifyPipeline({
    ...parts,
    waiting: { keep: async () => {}, waitingFor: async () => [] },
    likeRows: async () => ({ likes: [], takenBack: [] }),
    haste: { needs: () => hurried, isBehind: () => hurried },
    topicName: 'test',
    now: () => AT,
  })
  const options = { ...parts, isBehind: () => hurried, onError: fail }
  return {
    options,
    deliver: (posts: Post[]) =>
      pipeline.posts({
        partition: 0,
        records: posts.map((one) => ({ kind: 'post', post: one })),
        invalid: [],
        lastOffset: 1,
        lag: 10,
      }),
    look: async (limit = 100) => lookAgain(await hasty.take(limit), options),
    stop: () => pipeline.stop(),
  }
}

function fail(error: unknown): never {
  throw error
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
const POSTS = [
  post('a', TEXTS.claim),
  post('b', TEXTS.talk),
  post('c', TEXTS.sure),
  post('d', '', 'a'),
  post('e', '', 'b'),
  post('f', '', 'c'),
  post('g', TEXTS.claim),
]
const isOriginal = ({ repostOf }: Post): boolean => repostOf === null
const counts = async (): Promise<unknown> => (await countMinutes(store, MINUTE, MINUTE)).get(MINUTE)

beforeEach(async () => {
  hurried = false
  refused = null
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-haste-'))
  store = await openChdbStore({ path: folder, database: 'haste' })
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

describe('posts judged in haste', () => {
  async function unhurried(): Promise<unknown> {
    const worker = start()
    await worker.deliver(POSTS)
    const whole = await counts()
    await worker.stop()
    await store.command({ kind: 'sql', text: 'TRUNCATE TABLE posts', params: {} })
    await store.command({ kind: 'sql', text: 'TRUNCATE TABLE seen', params: {} })
    return whole
  }

  test('count as the second look sees them, reposts too, whichever worker looks', async () => {
    const whole = await unhurried()
    hurried = true
    const worker = start()
    await worker.deliver(POSTS)
    await worker.stop()
    expect(await countHasty(store)).toBe(5)
    expect(await counts()).not.toEqual(whole)
    hurried = false
    const other = start()
    expect(await other.look()).toBe(5)
    expect(await counts()).toEqual(whole)
    expect(await countHasty(store)).toBe(0)
    expect(await other.look()).toBe(0)
    const asked = { since: Date.now(), readAt: Date.now(), last: MINUTE, through: MINUTE }
    expect(await createDirtyReader(store)(asked)).toEqual({ seen: [MINUTE], told: [MINUTE] })
    await other.stop()
  })

  test('are judged again once, though the store’s clock was set back by an hour meanwhile', async () => {
    const whole = await unhurried()
    hurried = true
    const worker = start()
    await worker.deliver(POSTS)
    hurried = false
    for (const table of ['posts', 'seen', 'hasty_posts'])
      await store.command(sql`
        INSERT INTO ${ident(table)} SELECT * REPLACE (stored_at + INTERVAL 1 HOUR AS stored_at) FROM ${ident(table)}`)
    expect(await worker.look()).toBe(5)
    expect(await countHasty(store)).toBe(0)
    expect(await counts()).toEqual(whole)
    const asked = { since: Date.now(), readAt: Date.now(), last: MINUTE, through: MINUTE }
    expect(await createDirtyReader(store)(asked)).toEqual({ seen: [MINUTE], told: [MINUTE] })
    await worker.stop()
  })

  test('are looked at again as often as they are delivered in haste', async () => {
    const whole = await unhurried()
    const worker = start()
    for (let time = 0; time < 3; time++) {
      hurried = true
      await worker.deliver(POSTS)
      hurried = false
      while ((await countHasty(store)) > 0) expect(await worker.look(3)).toBeGreaterThan(0)
      expect(await counts()).toEqual(whole)
    }
    await worker.stop()
  })

  test('are not the last word on reposts that come later, to a worker without memory or with an old one', async () => {
    const whole = await unhurried()
    const [originals, reposts] = [POSTS.filter(isOriginal), POSTS.filter((one) => !isOriginal(one))]
    hurried = true
    const old = start()
    await old.deliver(originals)
    hurried = false
    const fresh = start()
    await fresh.deliver(reposts)
    expect(await countHasty(store)).toBe(5)
    expect(await fresh.look()).toBe(5)
    expect(await counts()).toEqual(whole)
    // What the old one remembers was said in haste; the store knows better by now.
    await old.deliver(reposts)
    expect(await countHasty(store)).toBe(0)
    expect(await counts()).toEqual(whole)
    await fresh.stop()
    await old.stop()
  })

  test('are looked at again a few at a time, however many reposts stand before their original', async () => {
    const reposts = Array.from({ length: 60 }, (_, i) => post(`repost ${i}`, '', 'a'))
    const worker = start()
    hurried = true
    await worker.deliver([post('a', TEXTS.claim), ...reposts])
    hurried = false
    expect(await countHasty(store)).toBe(61)
    while ((await countHasty(store)) > 0) expect(await worker.look(2)).toBeGreaterThan(0)
    const { narratives } = (await countMinutes(store, MINUTE, MINUTE)).get(MINUTE)!
    expect(narratives.get('US|machine_failure')).toMatchObject({ posts: 61 })
    await worker.stop()
  })

  test.each(['the same', 'another'])(
    'that were stored and not kept are kept the second time, reposts too: %s worker',
    async (which) => {
      const whole = await unhurried()
      hurried = true
      refused = 'hasty_posts'
      const worker = start()
      await expect(worker.deliver(POSTS)).rejects.toThrow('hasty_posts is full')
      refused = null
      const next = which === 'another' ? start() : worker
      await next.deliver(POSTS)
      expect(await countHasty(store)).toBe(5)
      hurried = false
      expect(await next.look()).toBe(5)
      expect(await counts()).toEqual(whole)
      await next.stop()
      await worker.stop()
    },
  )

  test.each(['seen', 'hasty_posts'])(
    'that were stored but for %s, and delivered again when there is time, count as they are seen then',
    async (table) => {
      const whole = await unhurried()
      hurried = true
      refused = table
      const worker = start()
      await expect(worker.deliver(POSTS)).rejects.toThrow(`${table} is full`)
      refused = null
      hurried = false
      await worker.deliver(POSTS)
      while ((await countHasty(store)) > 0) expect(await worker.look()).toBeGreaterThan(0)
      expect(await counts()).toEqual(whole)
      await worker.stop()
    },
  )

  test('wait while more comes in haste, and are settled by themselves afterwards', async () => {
    const whole = await unhurried()
    hurried = true
    const worker = start()
    await worker.deliver(POSTS)
    const secondLook = startSecondLook(worker.options)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await countHasty(store)).toBe(5)
    hurried = false
    await expect.poll(() => countHasty(store), { timeout: 20_000 }).toBe(0)
    expect(await counts()).toEqual(whole)
    await secondLook.stop()
    await worker.stop()
  })
})
