import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HASTY, isHasty, type Verdict } from '../../../classify/contract.ts'
import { inOrder } from '../../../classify/group-insert.ts'
import { createHastyPosts } from '../../../classify/hasty-posts.ts'
import type { JudgedPost } from '../../../classify/judge.ts'
import { nothingSaid } from '../../../classify/model/classifier.ts'
import { createOriginals, type Originals } from '../../../classify/originals.ts'
import { pack, unpack } from '../../../classify/packed.ts'
import { createReplace } from '../../../classify/replace.ts'
import { POST_COLUMNS, SEEN_COLUMNS, postRow, seenRow } from '../../../classify/rows.ts'
import type { Store } from '../../../classify/store/store.ts'
import { hash64 } from '../../../ingest/base/hash.ts'
import type { Post } from '../../../ingest/contract.ts'
import { barePost } from '../../services/bare-post.ts'
import { NIGHT, openTestStore, tempDir } from '../api/support.ts'

const store = { query: async () => [] } as unknown as Store

function judged(id: string, election: boolean, language: string, narrated: boolean): JudgedPost {
  const verdict = nothingSaid('model', election)
  return {
    post: { id, repostOf: null } as Post,
    key: '1',
    verdict: narrated ? { ...verdict, narratives: ['machine_failure'] } : verdict,
    language,
    textKey: narrated ? '7' : '0',
    sketch: narrated ? 'sketch' : '',
    countedPlaces: ['US'],
  }
}

function repost(id: string, repostOf: string): JudgedPost {
  return { ...judged(id, true, 'en', true), post: { id, repostOf } as Post }
}

function whole(id: string): Post {
  return barePost({ id, source: 'test', createdAt: NIGHT, capturedAt: NIGHT, text: 'the scanner is broken' })
}

test('what is remembered of a post is what was judged last', () => {
  const originals = createOriginals(store, (election) => nothingSaid('model', election))
  originals.remember(judged('a', true, 'en', false))
  originals.remember(judged('a', true, 'en', true))
  expect(originals.recent('a')).toMatchObject({ textKey: '7', verdict: { narratives: ['machine_failure'] } })
  originals.remember(judged('a', true, 'en', false))
  expect(originals.recent('a')).toMatchObject({ textKey: '0', verdict: { election: true, narratives: [] } })
})

test('posts that carry nothing share what is said of them, by language where they were not judged', () => {
  const originals = createOriginals(store, (election) => nothingSaid('model', election))
  originals.remember(judged('talk', false, 'en', false))
  originals.remember(judged('spanish', false, 'es', false))
  originals.remember(judged('election', true, 'en', false))
  originals.remember(judged('german', true, 'de', false))
  expect(originals.recent('talk')).toBe(originals.unknown)
  expect(originals.recent('spanish')).toBe(originals.unknown)
  expect(originals.recent('election')).toMatchObject({ language: 'en', verdict: { election: true } })
  expect(originals.recent('german')).toMatchObject({ language: 'de', verdict: { election: true } })
})

test('those that carry a narrative outlast many thousands that do not, and all are forgotten in the end', () => {
  const originals = createOriginals(store, (election) => nothingSaid('model', election))
  originals.remember(judged('claim', true, 'en', true))
  originals.remember(judged('talk', false, 'en', false))
  for (let i = 0; i < 150_000; i++) originals.remember(judged(`talk ${i}`, false, 'en', false))
  expect(originals.recent('talk')).toBeUndefined()
  expect(originals.recent('claim')).toBeDefined()
  for (let i = 0; i < 50_000; i++) originals.remember(judged(`claim ${i}`, true, 'en', true))
  expect(originals.recent('claim')).toBeUndefined()
})

test('what is reposted again and again stays remembered, and its reposts do not crowd it out', () => {
  const originals = createOriginals(store, (election) => nothingSaid('model', election))
  originals.remember(judged('claim', true, 'en', true))
  originals.remember(judged('quiet', true, 'en', true))
  for (let i = 0; i < 100_000; i++) {
    if (i % 1_000 === 0) originals.remember(repost(`repost ${i}`, 'claim'))
    originals.remember(judged(`other ${i}`, true, 'en', true))
  }
  expect(originals.recent('claim')).toBeDefined()
  expect(originals.recent('quiet')).toBeUndefined()
  for (let i = 0; i < 100_000; i++) originals.remember(repost(`more ${i}`, 'claim'))
  expect(originals.recent('other 99999')).toMatchObject({ textKey: '7' })
  expect(originals.recent('more 99999')).toEqual(originals.recent('claim'))
})

test('what is kept of a verdict is all of it, with scores as the store has them', () => {
  const verdict: Verdict = {
    election: true,
    flagged: true,
    score: 0.912345,
    narratives: ['results_manipulated', 'machine_failure'],
    narrativeScores: {
      votes_not_counted: 0,
      machine_failure: 0.50004,
      results_manipulated: 1,
      ballot_fraud: 0.25,
      voting_obstructed: 0.00001,
    },
    stance: 'questions',
    stanceScores: { asserts: 0.1, reports: 0.2, questions: 0.3, debunks: 0.4, unrelated: 0 },
    words: ['máquina', '“quoted”', '🗳️'],
    places: ['AZ', '04013'],
    model: 'encoder-7',
  }
  const original = { verdict, language: 'es', textKey: '18446744073709551615', sketch: 'Ab_-9' }
  expect(unpack(pack(original))).toEqual({
    ...original,
    verdict: {
      ...verdict,
      score: 0.9123,
      narrativeScores: { ...verdict.narrativeScores, machine_failure: 0.5, voting_obstructed: 0 },
    },
  })
})

describe('an original that is not remembered', () => {
  let dir: Awaited<ReturnType<typeof tempDir>>
  let real: Store
  let asked: number
  let originals: Originals
  beforeEach(async () => {
    dir = await tempDir()
    real = await openTestStore(dir.path)
    asked = 0
    const counting: Pick<Store, 'query'> = {
      query: (text) => {
        asked++
        return real.query(text)
      },
    }
    originals = createOriginals(counting as Store, (election) => nothingSaid('model', election))
  })
  afterEach(async () => {
    await real.close()
    await dir.remove()
  })
  const stored = (id: string, more: Partial<JudgedPost['verdict']>): Promise<void> => {
    const one = judged(id, true, 'en', true)
    return real.insert('posts', POST_COLUMNS, [
      postRow({ ...one, key: hash64(id), post: whole(id), verdict: { ...one.verdict, ...more } }),
    ])
  }

  test('is asked for once, and the last that was said of it holds', async () => {
    await stored('a', { narratives: ['ballot_fraud'] })
    await stored('a', { narratives: ['machine_failure'], score: 0.75 })
    const found = await originals.find(['a', 'b'])
    expect([...found.keys()]).toEqual(['a'])
    expect(found.get('a')).toMatchObject({ verdict: { narratives: ['machine_failure'], score: 0.75 } })
    expect(originals.recent('a')).toEqual(found.get('a'))
    const before = asked
    expect((await originals.find(['a'])).get('a')).toEqual(found.get('a'))
    expect(asked).toBe(before)
  })

  test('is what the second look says of it, or said in haste, where it is settled while it is asked for', async () => {
    const [nothing, claim] = [judged('a', true, 'en', false), judged('a', true, 'en', true)].map((one) => ({
      ...one,
      key: hash64('a'),
      post: whole('a'),
    })) as [JudgedPost, JudgedPost]
    await real.insert('seen', SEEN_COLUMNS, [seenRow(nothing)])
    const insert: Store['insert'] = (...rows) => real.insert(...rows)
    const hasty = createHastyPosts(real, insert)
    await hasty.keep([{ ...nothing, verdict: { ...nothing.verdict, model: `${HASTY}model` } }], 'look')
    /** The worker stands still before a question, and another one looks again meanwhile. */
    let before: () => Promise<void> = async () => {}
    const standing: Pick<Store, 'query'> = {
      async query(text) {
        const rows = await real.query<never>(text)
        const meanwhile = before
        before = async () => {}
        await meanwhile()
        return rows
      },
    }
    const worker = createOriginals(standing as Store, (election) => nothingSaid('model', election))
    before = async () => {
      await createReplace(real, inOrder(insert))([claim], [claim])
      await hasty.settle(await hasty.take(10))
    }
    const { verdict } = (await worker.find(['a'])).get('a')!
    expect(isHasty(verdict) || verdict.narratives.length > 0).toBe(true)
  })

  test.each([true, false])('is about an election (%s) as it was said last', async (election) => {
    for (const said of [!election, election]) {
      const one = { ...judged('a', said, 'en', false), key: hash64('a'), post: whole('a') }
      await real.insert('seen', SEEN_COLUMNS, [seenRow(one)])
    }
    expect((await originals.find(['a'])).get('a')).toMatchObject({ verdict: { election } })
  })

  test('is asked for again while it was judged in haste, also where it carries nothing in the end', async () => {
    await stored('a', { model: 'fast-model' })
    expect((await originals.find(['a'])).get('a')).toMatchObject({ verdict: { model: 'fast-model' } })
    expect(originals.recent('a')).toBeUndefined()
    await stored('a', { narratives: [] })
    await real.insert('seen', SEEN_COLUMNS, [
      seenRow({ ...judged('a', true, 'en', false), key: hash64('a'), post: whole('a') }),
    ])
    expect((await originals.find(['a'])).get('a')).toMatchObject({ verdict: { narratives: [] } })
  })
})
