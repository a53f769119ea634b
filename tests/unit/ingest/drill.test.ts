import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { postSchema, type Post } from '../../../ingest/contract.ts'
import { createNormalizer } from '../../../ingest/normalize.ts'
import { createDrillSource } from '../../../ingest/sources/drill/source.ts'
import { SCENARIOS } from '../../../ingest/sources/drill/scenarios.ts'
import { drillTruth } from '../../../ingest/sources/drill/truth.ts'
import { SourceError, type SourceBatch } from '../../../ingest/sources/source.ts'

const MINUTE = 60_000
const START = Date.UTC(2026, 10, 4, 0, 0)
const SEED = 7

function source(
  scenario: string | null = 'night',
  speed: number | 'max' = 'max',
  seed = SEED,
  startAt = START,
) {
  const normalize = createNormalizer({ authorKey: 'a key for the tests, long enough' })
  return createDrillSource({ scenario, seed, speed, startAt, normalize })
}

async function play(from: ReturnType<typeof source>, position: unknown = null): Promise<SourceBatch[]> {
  const batches: SourceBatch[] = []
  for await (const batch of from.read(position, new AbortController().signal)) batches.push(batch)
  return batches
}

async function postsOf(from: ReturnType<typeof source>, position: unknown = null): Promise<Post[]> {
  return (await play(from, position)).flatMap((batch) => batch.posts)
}

function countsByMinute(times: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const time of times)
    counts.set(Math.floor(time / MINUTE), (counts.get(Math.floor(time / MINUTE)) ?? 0) + 1)
  return counts
}

describe.each(SCENARIOS.map((scenario) => scenario.name))('the drill %s', (name) => {
  test('plays at least 6,000 valid posts of at least 3,000 texts, in order of time, over four hours', async () => {
    const batches = await play(source(name))
    const posts = batches.flatMap((batch) => batch.posts)
    expect(batches.flatMap((batch) => batch.deadLetters)).toEqual([])
    expect(posts.length).toBeGreaterThanOrEqual(6_000)
    expect(new Set(posts.map((post) => post.text)).size).toBeGreaterThanOrEqual(3_000)
    expect(posts.map((post) => post.createdAt)).toEqual(
      posts.map((post) => post.createdAt).sort((a, b) => a - b),
    )
    expect(posts[0]!.createdAt).toBeGreaterThanOrEqual(START)
    expect(posts.at(-1)!.createdAt).toBeLessThan(START + 240 * MINUTE)
    for (const post of posts) postSchema.parse(post)
    expect(posts.filter((post) => post.text === '' && post.repostOf === null)).toEqual([])
    expect(posts.filter((post) => /[{}|]|undefined/.test(post.text)).map((post) => post.text)).toEqual([])
  })

  test('is the same for the same seed, and another for another', async () => {
    const [once, again, other] = await Promise.all([
      postsOf(source(name)),
      postsOf(source(name)),
      postsOf(source(name, 'max', 8)),
    ])
    expect(again).toEqual(once)
    expect(other.map((post) => post.text)).not.toEqual(once.map((post) => post.text))
  })

  test('tells the truth of every post that it plays', async () => {
    const posts = await postsOf(source(name))
    const truth = drillTruth(name, SEED, START)
    expect(truth.posts.map((post) => [post.id, post.createdAt])).toEqual(
      posts.map((post) => [post.id, post.createdAt]),
    )
    const byId = new Map(truth.posts.map((post) => [post.id, post]))
    for (const post of posts.filter((each) => each.repostOf !== null)) {
      const original = byId.get(post.repostOf!)!
      const repost = byId.get(post.id)!
      expect(original.createdAt).toBeLessThanOrEqual(repost.createdAt)
      expect(repost).toMatchObject({
        narrative: original.narrative,
        stance: original.stance,
        place: original.place,
      })
    }
  })

  test('names in the text the place that the truth gives', async () => {
    const posts = await postsOf(source(name))
    const truth = drillTruth(name, SEED, START).posts
    const counties = posts.filter((post, n) => truth[n]!.place === '55025' && post.repostOf === null)
    expect(counties.length).toBeGreaterThan(20)
    for (const post of counties) expect(post.text).toMatch(/dane county/i)
    const nowhere = posts.filter((_, n) => truth[n]!.place === null)
    expect(
      nowhere.filter((post) => / county\b/i.test(post.text) && /dane|washoe|wake county/i.test(post.text)),
    ).toEqual([])
  })
})

describe('the night', () => {
  const truth = drillTruth('night', SEED, START)

  test('plants three spikes of the strength that they are meant to have', () => {
    const strength = (name: string, from: number, to: number) => {
      const times = truth.posts
        .filter((post) => post.burst === name && post.flagged)
        .map((post) => post.createdAt)
      return times.filter((time) => time >= START + from * MINUTE && time < START + to * MINUTE).length
    }
    expect(truth.spikes.map((spike) => [spike.name, spike.narrative, spike.place])).toEqual([
      ['jammed printers', 'machine_failure', '32031'],
      ['felt-tip pens', 'votes_not_counted', '55025'],
      ['flipped votes', 'results_manipulated', 'US'],
    ])
    expect(strength('jammed printers', 52, 72)).toBeGreaterThanOrEqual(40)
    expect(strength('felt-tip pens', 40, 90)).toBeLessThanOrEqual(10)
    expect(strength('felt-tip pens', 104, 124)).toBeGreaterThanOrEqual(40)
    expect(strength('flipped votes', 128, 140)).toBeLessThanOrEqual(5)
    expect(strength('flipped votes', 140, 170)).toBeGreaterThanOrEqual(100)
  })

  test('says of each burst when it begins, peaks and ends, and where it can be seen', () => {
    for (const burst of [...truth.spikes, ...truth.others]) {
      expect(burst.onset).toBeLessThanOrEqual(burst.peak)
      expect(burst.peak).toBeLessThanOrEqual(burst.end)
      expect(burst.posts).toBe(truth.posts.filter((post) => post.burst === burst.name).length)
    }
    expect(truth.spikes.find((spike) => spike.place === '55025')!.within).toEqual(['WI', 'US'])
  })

  test('holds a loud account, debunk waves, Spanish, emoji, hashtags and mostly other talk', async () => {
    const posts = await postsOf(source())
    const loud = posts.filter((_, n) => truth.posts[n]!.burst === 'one loud account')
    expect([loud.length, new Set(loud.map((post) => post.author)).size]).toEqual([200, 1])
    const answered = truth.posts.filter(
      (post) => post.burst?.endsWith('answered') || post.burst === 'answered in advance',
    )
    expect(answered.length).toBeGreaterThan(200)
    expect(answered.filter((post) => post.flagged)).toEqual([])
    expect(posts.filter((post) => post.langs[0] === 'es').length).toBeGreaterThan(100)
    expect(posts.filter((post) => /\p{Extended_Pictographic}/u.test(post.text)).length).toBeGreaterThan(500)
    expect(posts.filter((post) => /#\w+/.test(post.text)).length).toBeGreaterThan(500)
    expect(truth.posts.filter((post) => !post.election).length / posts.length).toBeGreaterThan(0.4)
  })

  test('is described in docs/drill.md as it is', () => {
    const docs = readFileSync(new URL('../../../docs/drill.md', import.meta.url), 'utf8').replace(/ +/g, ' ')
    const told = drillTruth('night', 1, 0)
    for (const burst of [...told.spikes, ...told.others]) {
      const row = docs
        .split('\n')
        .find((line) => line.startsWith(`| ${burst.name}`) && line.includes(burst.narrative))
      const minutes = [burst.onset, burst.peak, burst.end].map((time) => time / MINUTE)
      expect(row).toContain(` | ${[...minutes, burst.posts, burst.flagged, burst.accounts].join(' | ')} |`)
    }
  })

  test('has no minute that is empty and none that is a flood', () => {
    const counts = [...countsByMinute(truth.posts.map((post) => post.createdAt)).values()]
    expect(counts.length).toBe(240)
    expect(Math.max(...counts)).toBeLessThan(100)
  })
})

test('the quiet night has no spike, and its claims never come thick', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const truth = drillTruth('quiet', seed, START)
    expect(truth.spikes).toEqual([])
    const flagged = countsByMinute(truth.posts.filter((post) => post.flagged).map((post) => post.createdAt))
    expect(Math.max(...flagged.values())).toBeLessThanOrEqual(6)
  }
})

test('a drill that was cut goes on where its position says, with the seed and the start that it began with', async () => {
  const whole = await play(source())
  const position = JSON.parse(JSON.stringify(whole[3]!.position)) as unknown
  const rest = await postsOf(source('night', 'max', 99, START + MINUTE), position)
  expect(rest).toEqual(whole.slice(4).flatMap((batch) => batch.posts))
  expect(whole.at(-1)).toMatchObject({ progress: 1 })
  expect(await postsOf(source(), whole.at(-1)!.position)).toEqual([])
})

test('a paced drill follows its own clock, and ends at once when it is stopped', async () => {
  const speed = 3_600
  const stop = new AbortController()
  const night = source('night', speed)
  const began = performance.now()
  let first: number | null = null
  for await (const batch of night.read(null, stop.signal)) {
    const newest = batch.posts.at(-1)!.createdAt
    first ??= newest
    const elapsed = performance.now() - began
    // The clock may be late on a busy machine; it is never early.
    expect((newest - first) / speed).toBeLessThanOrEqual(elapsed + 1)
    if (newest - START > 30 * MINUTE) stop.abort()
  }
  expect(night.status()).toMatchObject({ source: 'drill:night', state: 'running' })
  expect(performance.now() - began).toBeGreaterThan(300)
})

test('a drill without a name is the night', () => {
  expect(source(null).name).toBe('drill:night')
})

test('a drill that does not exist is refused, with the names of those that do', () => {
  expect(() => source('storm')).toThrow(SourceError)
  expect(() => source('storm')).toThrow('There is no drill "storm". The drills are: night, quiet.')
})
