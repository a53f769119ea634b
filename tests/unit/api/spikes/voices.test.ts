/** Voices on a real engine, beside the rule written down a second time. */
import { setTimeout } from 'node:timers/promises'
import { array, assert, asyncProperty, constantFrom, integer, record } from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { countMinutes } from '../../../../api/spikes/minutes.ts'
import { heardFrom } from '../../../../api/spikes/voices.ts'
import type { Stance } from '../../../../classify/contract.ts'
import { sql } from '../../../../classify/store/sql.ts'
import type { Store } from '../../../../classify/store/store.ts'
import { insertPosts, MINUTE, NIGHT, openTestStore, tempDir, type TestPost } from '../support.ts'

const FIRST = NIGHT / MINUTE

let store: Store
let remove: () => Promise<void>
beforeAll(async () => {
  const dir = await tempDir()
  store = await openTestStore(dir.path)
  remove = dir.remove
})
afterAll(async () => {
  await store.close()
  await remove()
})

interface Said {
  at: number
  author: string
  text: string
}

const posts = (said: readonly Said[]): TestPost[] =>
  said.map(({ at, author, text }, i) => ({ id: `p${String(i).padStart(4, '0')}`, at, author, text }))

async function voices(said: readonly Said[], from: number, to: number): Promise<[number, number][]> {
  await store.command(sql`TRUNCATE TABLE posts`)
  await insertPosts(store, posts(said))
  return voicesOf(FIRST + from, FIRST + to)
}

/** Of stored posts; minutes since {@link NIGHT}. */
async function voicesOf(from: number, to: number): Promise<[number, number][]> {
  return [...(await countMinutes(store, from, to))]
    .map(([minute, { narratives }]): [number, number] => [
      minute - FIRST,
      narratives.get('US|machine_failure')!.voices,
    ])
    .sort(([a], [b]) => a - b)
}

const total = (counted: readonly [number, number][]): number =>
  counted.reduce((sum, [, value]) => sum + value, 0)

const many = (n: number, one: (i: number) => Said): Said[] => Array.from({ length: n }, (_, i) => one(i))

test('an account that posts 500 times is one voice', async () => {
  const said = many(500, (i) => ({ at: i / 10, author: 'one', text: `words ${i}` }))
  expect(total(await voices(said, 0, 60))).toBe(1)
})

test('posts without an account are each a voice of their own', async () => {
  expect(
    total(
      await voices(
        many(7, (i) => ({ at: i, author: '', text: `words ${i}` })),
        0,
        10,
      ),
    ),
  ).toBe(7)
})

test('an account that was silent for more than an hour is heard again', async () => {
  const said = [0, 60, 121].map((at) => ({ at, author: 'one', text: `words ${at}` }))
  expect(await voices(said, 0, 200)).toEqual([
    [0, 1],
    [60, 0],
    [121, 1],
  ])
})

const night = array(
  record({
    at: integer({ min: 0, max: 150 }),
    author: constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    text: constantFrom('x', 'y', 'z'),
  }),
  { minLength: 1, maxLength: 60 },
)

test('for any posts: as the rule says, and the same whichever minutes are counted together', async () => {
  await assert(
    asyncProperty(night, integer({ min: 1, max: 150 }), async (said, cut) => {
      const whole = await voices(said, 0, 150)
      expect(whole).toEqual(byHand(said))
      const parts = [...(await voices(said, 0, cut - 1)), ...(await voices(said, cut, 150))]
      expect(parts).toEqual(whole)
    }),
    { numRuns: 25 },
  )
})

test('for any posts: one more changes no minute but those that are counted again for it', async () => {
  await assert(
    asyncProperty(night, async (said) => {
      const before = new Map(await voices(said.slice(1), 0, 150))
      const after = await voices(said, 0, 150)
      const again = new Set(heardFrom([said[0]!.at], 150))
      const untouched = after.filter(([minute]) => !again.has(minute))
      expect(untouched).toEqual(untouched.map(([minute]) => [minute, before.get(minute)]))
    }),
    { numRuns: 25 },
  )
})

const stances = record({
  stance: constantFrom<Stance>('asserts', 'debunks'),
  language: constantFrom('en', 'xx'),
})

const judgedTwice = array(
  record({
    at: integer({ min: 0, max: 150 }),
    author: constantFrom('', 'a', 'b', 'c', 'd', 'e'),
    first: stances,
    last: stances,
  }),
  { minLength: 1, maxLength: 60 },
)

test('for any posts that are judged again: what was said of them last holds, for the minute and for the hour before', async () => {
  await assert(
    asyncProperty(judgedTwice, integer({ min: 0, max: 150 }), async (judged, from) => {
      await store.command(sql`TRUNCATE TABLE posts`)
      const posts = judged.map(({ at, author }, i) => ({ id: `p${i}`, at, author, text: 'words' }))
      for (const which of ['first', 'last'] as const) {
        await insertPosts(
          store,
          posts.map((post, i) => ({ ...post, ...judged[i]![which] })),
        )
        // What is stored last is known by its time, in milliseconds.
        await setTimeout(2)
      }
      const said = judged
        .map(({ at, author, last }, i) => ({
          at,
          author: author === '' ? `p${i}` : author,
          text: '',
          ...last,
        }))
        .filter(({ stance, language }) => stance === 'asserts' && language === 'en')
      const expected = byHand(said).filter(([at, heard]) => at >= from && heard > 0)
      const counted = await voicesOf(FIRST + from, FIRST + 150)
      expect(counted.filter(([, heard]) => heard > 0)).toEqual(expected)
    }),
    { numRuns: 25 },
  )
})

/** Post by post, minute by minute. */
function byHand(said: readonly Said[]): [number, number][] {
  const counted = new Map<number, number>()
  for (const at of [...new Set(said.map((one) => one.at))].sort((a, b) => a - b)) {
    const authors = new Set(said.filter((one) => one.at === at).map((one) => one.author))
    const heard = said.filter((one) => one.at < at && at - one.at <= 60)
    counted.set(at, [...authors].filter((author) => !heard.some((one) => one.author === author)).length)
  }
  return [...counted]
}
