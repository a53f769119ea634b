/** The watcher on a real engine: minutes are sealed once, corrected when posts come late, and the same after a restart. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createReadiness } from '../../../../api/boot/readiness.ts'
import type { LiveEvent, Spike } from '../../../../api/contract.ts'
import { createDetector } from '../../../../api/spikes/detect/create-detector.ts'
import { DRAINED_AFTER_MS, type ReadLag } from '../../../../api/spikes/drained.ts'
import { countMinutes, loadMinutes, saveMinutes } from '../../../../api/spikes/minutes.ts'
import { readNotJudged } from '../../../../api/spikes/not-judged.ts'
import type { WatchDesk } from '../../../../api/spikes/told.ts'
import { startWatcher, type Watcher } from '../../../../api/spikes/watcher.ts'
import { FLAGGED_NARRATIVES } from '../../../../classify/contract.ts'
import { openChdbStore } from '../../../../classify/store/chdb.ts'
import { param, sql } from '../../../../classify/store/sql.ts'
import type { Store } from '../../../../classify/store/store.ts'
import { hash64 } from '../../../../ingest/base/hash.ts'

const FIRST = 29_700_000
const WAIT = { timeout: 20_000, interval: 50 }

let folder: string
let store: Store
let watcher: Watcher | null = null
/** How much this machine's clock is off. */
let clockOffMs = 0
let saved: { spikes: Map<string, Spike>; events: LiveEvent[]; sealedThrough: number | null }

/** What the topic says of records that wait. */
let readLag: ReadLag

/** Whether the desk takes nothing. */
let away = false

/** Keeps what the desk would. */
const desk: WatchDesk = {
  loadWatch: async () => ({ spikes: [...saved.spikes.values()], sealedThrough: saved.sealedThrough }),
  async saveWatch({ spikes, events, sealedThrough }) {
    if (away) throw new Error('the desk is away')
    for (const spike of spikes) saved.spikes.set(spike.id, spike)
    saved.events.push(...events)
    saved.sealedThrough = sealedThrough
  },
}

function watch(live = false, through: Store = store): Watcher {
  watcher = startWatcher({
    store: through,
    desk,
    live,
    partitionCount: 1,
    narratives: [...FLAGGED_NARRATIVES],
    createDetector: (snapshot) => createDetector({ stepSeconds: 60, hierarchical: true }, snapshot),
    readLag: () => readLag(),
    placeName: (place) => place,
    now: () => Date.now() + clockOffMs,
    onError: (error) => expect(String(error)).toMatch(/the (desk|store) is away/),
  })
  return watcher
}

/** Stores `n` posts of a minute; the first `flagged` of them say that machines are broken. */
async function storePosts(
  minute: number,
  n: number,
  flagged: number,
  tag = '',
  language = 'en',
  narratives = ['machine_failure'],
): Promise<void> {
  const ids = Array.from({ length: n }, (_, i) => `test:${minute}${tag}/${i}`)
  const at = minute * 60_000
  const carrying = ids.slice(0, flagged)
  await store.insert(
    'posts',
    [
      'minute',
      'post',
      'id',
      'source',
      'author',
      'created_at',
      'captured_at',
      'text',
      'text_key',
      'payload_sha256',
      'flagged',
      'score',
      'narratives',
      'stance',
      'counted_places',
      'model',
      'language',
    ],
    carrying.map((id) => [
      minute,
      hash64(id),
      id,
      'test',
      `author of ${id}`,
      at,
      at,
      `the scanner is broken, says ${id}`,
      hash64(`text ${id}`),
      '',
      true,
      0.9,
      narratives,
      'asserts',
      ['US'],
      'test',
      language,
    ]),
  )
  await store.insert(
    'seen',
    ['minute', 'post', 'source', 'election', 'counted_places'],
    ids.map((id) => [minute, hash64(id), 'test', true, ['US']]),
  )
}

async function reach(minute: number): Promise<void> {
  await store.insert('progress', ['partition', 'watermark', 'lag'], [[0, (minute + 1) * 60_000 + 30_000, 0]])
}

const sealedTo = (minute: number) =>
  vi.waitFor(() => expect(saved.sealedThrough).toBe((minute + 1) * 60_000), WAIT)

beforeEach(async () => {
  clockOffMs = 0
  readLag = async () => 0
  away = false
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-watch-'))
  store = await openChdbStore({ path: folder, database: 'watch' })
  saved = { spikes: new Map(), events: [], sealedThrough: null }
})
afterEach(async () => {
  await watcher?.stop()
  watcher = null
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

async function storeNight(minutes: number, burstFrom: number): Promise<void> {
  for (let i = 0; i < minutes; i++)
    await storePosts(FIRST + i, 30, i >= burstFrom && i < burstFrom + 15 ? 12 : i % 7 === 0 ? 1 : 0)
}

test('seals what the watermark has passed, and no more', async () => {
  watch()
  await storePosts(FIRST, 5, 1)
  await storePosts(FIRST + 1, 4, 0)
  await reach(FIRST)
  await sealedTo(FIRST)
  expect(await sealedRows()).toEqual([{ minute: FIRST, place: 'US', seen: 5, election: 5 }])
})

test('a late post is counted, its minute sealed again, and whoever watches is told', async () => {
  const first = watch()
  await storePosts(FIRST, 5, 1)
  await reach(FIRST)
  await sealedTo(FIRST)
  await vi.waitFor(() => expect(first.view().totals).toEqual({ posts: 5, election: 5, flagged: 1 }), WAIT)
  await storePosts(FIRST, 3, 2, 'late')
  await vi.waitFor(async () => expect((await sealedRows())[0]).toMatchObject({ seen: 8, election: 8 }), WAIT)
  await vi.waitFor(() => expect(saved.events.at(-1)).toMatchObject({ type: 'sealed', corrected: true }), WAIT)
  const totals = { posts: 8, election: 8, flagged: 3 }
  expect(first.view().totals).toEqual(totals)
  await watcher!.stop()
  const again = watch()
  await vi.waitFor(() => expect(again.view().totals).toEqual(totals), WAIT)
})

test('a narrative that nobody tells any more, once a minute is judged again, is gone from it', async () => {
  watch()
  const narratives = async () => [...(await loadMinutes(store, FIRST, FIRST)).get(FIRST)!.narratives.keys()]
  await storePosts(FIRST, 5, 2)
  await reach(FIRST)
  await sealedTo(FIRST)
  expect(await narratives()).toEqual(['US|machine_failure'])
  await storePosts(FIRST, 5, 2, '', 'en', ['ballot_fraud'])
  await vi.waitFor(async () => expect(await narratives()).toEqual(['US|ballot_fraud']), WAIT)
  await storePosts(FIRST, 5, 2, '', 'en', [])
  await vi.waitFor(async () => expect(await narratives()).toEqual([]), WAIT)
})

test('what turns out to be about no election, once it is judged again, is no exposure any more', async () => {
  clockOffMs = FIRST * 60_000 - Date.now()
  watch()
  await storePosts(FIRST, 5, 0)
  await reach(FIRST)
  await sealedTo(FIRST)
  const again = Array.from({ length: 2 }, (_, i) => hash64(`test:${FIRST}/${i}`))
  await store.insert(
    'seen',
    ['minute', 'post', 'source', 'election', 'counted_places'],
    again.map((post) => [FIRST, post, 'test', false, ['US']]),
  )
  await vi.waitFor(async () => expect((await sealedRows())[0]).toMatchObject({ seen: 5, election: 3 }), WAIT)
})

test('the same posts stored again change nothing', async () => {
  watch()
  await storePosts(FIRST, 5, 1)
  await reach(FIRST)
  await sealedTo(FIRST)
  const told = saved.events.length
  await storePosts(FIRST, 5, 1)
  await storePosts(FIRST + 1, 1, 0)
  await reach(FIRST + 1)
  await sealedTo(FIRST + 1)
  expect((await sealedRows())[0]).toMatchObject({ seen: 5 })
  expect(saved.events.slice(told).filter((event) => event.type === 'sealed' && event.corrected)).toEqual([])
})

test('what was not judged is counted by language and minute, and stays when the set it came from has expired', async () => {
  watch()
  await storePosts(FIRST, 5, 1)
  const storeUnjudged = (ids: string[], language: string) =>
    store.insert(
      'seen',
      ['minute', 'post', 'source', 'election', 'unjudged', 'counted_places'],
      ids.map((id) => [FIRST, hash64(id), 'test', true, language, ['US']]),
    )
  await storeUnjudged(['a', 'b', 'a'], 'pt')
  await storeUnjudged(['c'], 'ja')
  await reach(FIRST)
  await sealedTo(FIRST)
  const entry = { kind: 'not_judged', from: FIRST * 60_000, to: (FIRST + 1) * 60_000 }
  const before = [
    { ...entry, language: 'pt', posts: 2 },
    { ...entry, language: 'ja', posts: 1 },
  ]
  expect(await readNotJudged(store)).toEqual(before)
  // Posts stored again, and a late one, after the set has expired.
  await store.command(sql`TRUNCATE TABLE seen`)
  await storeUnjudged(['a'], 'pt')
  await storePosts(FIRST, 9, 0, 'late')
  await vi.waitFor(async () => expect((await sealedRows())[0]).toMatchObject({ seen: 10 }), WAIT)
  expect(await readNotJudged(store)).toEqual(before)
})

test('a burst in a language that is charted only is in the charts, and in no spike', async () => {
  await storeNight(120, 80)
  for (let i = 40; i < 55; i++) await storePosts(FIRST + i, 30, 12, 'es', 'es')
  for (let i = 80; i < 95; i++) await storePosts(FIRST + i, 5, 5, 'es', 'es')
  await reach(FIRST + 119)
  await watch().settle()
  const charted = await store.query(sql`
    SELECT toUInt32(sum(n.posts)) AS posts, toUInt32(sum(n.charted)) AS charted
    FROM narrative_minutes AS n FINAL WHERE place = 'US' AND narrative = 'machine_failure'`)
  expect(charted).toEqual([{ posts: 15 * 12 + 16 + 15 * (12 + 5), charted: 15 * (12 + 5) }])
  const [spike, ...others] = saved.spikes.values()
  expect(others).toEqual([])
  // It may begin a few calm minutes early; the 75 Spanish posts of its minutes are not in it.
  expect(spike!.onset).toBeGreaterThan((FIRST + 55) * 60_000)
  expect(spike!.posts).toBeGreaterThanOrEqual(15 * 12)
  expect(spike!.posts).toBeLessThan(15 * 12 + 10)
})

test('a spike is the same whether the watcher ran through or was stopped and started', async () => {
  await storeNight(120, 80)
  await reach(FIRST + 85)
  let running = watch()
  await sealedTo(FIRST + 85)
  await running.stop()
  const open = [...saved.spikes.values()]
  expect(open).toMatchObject([{ narrative: 'machine_failure', place: 'US', end: null }])
  await reach(FIRST + 119)
  running = watch()
  await sealedTo(FIRST + 119)
  await running.stop()
  const restarted = [...saved.spikes.values()]
  expect(restarted).toMatchObject([{ id: open[0]!.id, phase: 'closed' }])

  saved = { spikes: new Map(), events: [], sealedThrough: null }
  running = watch()
  await running.settle()
  const settled = [...saved.spikes.values()]
  expect(settled.map((spike) => ({ ...spike, revision: 0 }))).toEqual(
    restarted.map((spike) => ({ ...spike, revision: 0 })),
  )
  expect(settled[0]!.posts).toBeGreaterThanOrEqual(12 * 14)
})

test('a correction that was sealed and could not be told is told when the desk is back', async () => {
  await storeNight(120, 80)
  await reach(FIRST + 119)
  const running = watch()
  await sealedTo(FIRST + 119)
  const [before] = [...saved.spikes.values()]
  expect(before).toMatchObject({ phase: 'closed' })
  away = true
  await storePosts(FIRST + 70, 60, 6, 'late')
  await vi.waitFor(async () => expect((await sealedRows())[70]).toMatchObject({ seen: 90 }), WAIT)
  await vi.waitFor(() => expect(running.view().failingSince).not.toBeNull(), WAIT)
  away = false
  await vi.waitFor(() => expect(running.view().failingSince).toBeNull(), WAIT)
  // A stop waits for the tick that is under way, in which all that stands is told.
  await running.stop()
  const told = [...saved.spikes.values()].map((spike) => ({ ...spike, revision: 0 }))
  expect(told).not.toEqual([{ ...before, revision: 0 }])
  saved = { spikes: new Map(), events: [], sealedThrough: null }
  const settling = watch()
  await settling.settle()
  const stand = told.filter(({ phase }) => phase !== 'withdrawn')
  expect([...saved.spikes.values()].map((spike) => ({ ...spike, revision: 0 }))).toEqual(stand)
})

test('a correction that was sealed by a desk which was killed before it told of it is told by the next', async () => {
  const killed = watch()
  await storePosts(FIRST, 5, 1)
  await reach(FIRST)
  await sealedTo(FIRST)
  away = true
  await storePosts(FIRST, 3, 2, 'late')
  await vi.waitFor(async () => expect((await sealedRows())[0]).toMatchObject({ seen: 8 }), WAIT)
  await killed.stop()
  away = false
  saved.events = []
  watch()
  const from = FIRST * 60_000
  await vi.waitFor(
    () => expect(saved.events[0]).toMatchObject({ type: 'sealed', from, corrected: true }),
    WAIT,
  )
})

test('what a killed desk sealed and told nobody of is what the sets hold by then, also where that is less', async () => {
  away = true
  const killed = watch()
  await storePosts(FIRST, 5, 2)
  await reach(FIRST)
  await vi.waitFor(async () => expect(await sealedRows()).toMatchObject([{ seen: 5 }]), WAIT)
  await killed.stop()
  // Judged again before the next desk is there, it carries nothing.
  await storePosts(FIRST, 5, 2, '', 'en', [])
  away = false
  watch()
  await sealedTo(FIRST)
  expect((await loadMinutes(store, FIRST, FIRST)).get(FIRST)!.narratives.size).toBe(0)
})

test('minutes that a killed desk sealed and told nobody of are told, with the spike that is in them', async () => {
  await storeNight(120, 80)
  await reach(FIRST + 119)
  away = true
  const killed = watch()
  await vi.waitFor(async () => expect(await sealedRows()).toHaveLength(120), WAIT)
  await killed.stop()
  away = false
  watch()
  await sealedTo(FIRST + 119)
  expect([...saved.spikes.values()]).toMatchObject([{ narrative: 'machine_failure', phase: 'closed' }])
})

test('the first minute with a post stays the first, however long is watched, also after a restart', async () => {
  await storePosts(FIRST, 3, 0)
  await reach(FIRST)
  const running = watch()
  await sealedTo(FIRST)
  for (const days of [4, 5]) {
    const later = FIRST + days * 24 * 60
    await storePosts(later, 3, 0)
    await reach(later)
    await sealedTo(later)
  }
  expect(running.view().from).toBe(FIRST * 60_000)
  await running.stop()
  const again = watch()
  await vi.waitFor(() => expect(again.view().from).toBe(FIRST * 60_000), WAIT)
})

test('what was told of a night that is long over stays as it was told, also after settling', async () => {
  await storeNight(120, 80)
  await reach(FIRST + 85)
  const running = watch()
  await sealedTo(FIRST + 85)
  await reach(FIRST + 119)
  await sealedTo(FIRST + 119)
  const told = [...saved.spikes.values()]
  expect(told).toMatchObject([{ phase: 'closed', revision: 2 }])
  // Four days on, posts come minute after minute, and the first night leaves the memory.
  const later = FIRST + 4 * 24 * 60
  await storePosts(later, 3, 0)
  await reach(later)
  await sealedTo(later)
  expect([...saved.spikes.values()]).toEqual(told)
  await running.settle()
  expect([...saved.spikes.values()]).toEqual(told)
})

test('what is sealed again holds, though this machine’s clock was set back, or is ahead when it starts anew', async () => {
  const hour = 3_600_000
  clockOffMs = hour
  await storePosts(FIRST, 5, 1)
  await reach(FIRST)
  watch()
  await sealedTo(FIRST)
  clockOffMs = -hour
  await storePosts(FIRST, 3, 0, 'late')
  await vi.waitFor(async () => expect(await sealedRows()).toMatchObject([{ minute: FIRST, seen: 8 }]), WAIT)
  await watcher!.stop()
  await storePosts(FIRST, 2, 0, 'later')
  clockOffMs = hour
  watch()
  await vi.waitFor(async () => expect(await sealedRows()).toMatchObject([{ minute: FIRST, seen: 10 }]), WAIT)
})

test('what came late while no desk looked is counted, though the store goes away while it is sealed again', async () => {
  const hour = 3_600_000
  const now = Date.now()
  // Too far apart to be sealed in one go.
  const minutes = [FIRST, FIRST + 1_000]
  const storeAt = (tag: string, storedAt: number) =>
    store.insert(
      'seen',
      ['minute', 'post', 'source', 'election', 'counted_places', 'stored_at'],
      minutes.map((minute) => [minute, hash64(`${tag} ${minute}`), 'test', true, ['US'], storedAt]),
    )
  await storeAt('first', now - 3 * hour)
  const counted = [...(await countMinutes(store, FIRST, FIRST + 1_000))]
  const sealed = counted.map(([minute, counts]) => ({ minute, counts, before: null }))
  await saveMinutes(store, sealed, now - 2 * hour)
  saved.sealedThrough = (FIRST + 1_001) * 60_000
  // An hour after the desk that sealed these minutes was gone.
  await storeAt('late', now - hour)
  let inserts = 0
  watch(false, {
    ...store,
    async insert(table, columns, rows) {
      if (table === 'exposure_minutes' && ++inserts === 2) throw new Error('the store is away')
      await store.insert(table, columns, rows)
    },
  })
  await vi.waitFor(async () => expect(await sealedRows()).toMatchObject([{ seen: 2 }, { seen: 2 }]), WAIT)
})

test('a desk that cannot keep what is sealed is not ready, from its start or later', async () => {
  const ready = (watcher: Watcher) =>
    createReadiness({
      store,
      desk: { ping: async () => true },
      watcher,
      mode: 'live',
      lag: async () => 0,
      readyBehindMs: 1_000,
      now: Date.now,
    })
  const is = (readiness: ReturnType<typeof ready>, status: string) =>
    vi.waitFor(async () => expect((await readiness()).status).toBe(status), WAIT)
  await storePosts(Math.floor(Date.now() / 60_000) - 3, 5, 1)
  away = true
  const first = ready(watch(true))
  await is(first, 'behind')
  away = false
  await is(first, 'ok')
  away = true
  await storePosts(Math.floor(Date.now() / 60_000) - 3, 5, 1, 'late')
  await is(first, 'behind')
})

test('an old night beside the live one holds nothing up', async () => {
  const now = Math.floor(Date.now() / 60_000)
  await storePosts(26_700_000, 3, 1)
  await storePosts(now - 4, 5, 1)
  watch(true)
  await vi.waitFor(() => expect(saved.sealedThrough).toBeGreaterThan((now - 3) * 60_000), WAIT)
  expect(await sealedRows()).toMatchObject([
    { minute: 26_700_000, seen: 3 },
    { minute: now - 4, seen: 5 },
  ])
  await storePosts(26_700_000, 2, 0, 'late')
  await vi.waitFor(async () => expect((await sealedRows())[0]).toMatchObject({ seen: 5 }), WAIT)
})

async function sealedRows(): Promise<unknown[]> {
  return store.query(sql`
    SELECT minute, place, seen, election FROM exposure_minutes FINAL
    WHERE place = ${param.string('US')} ORDER BY minute`)
}

test('live, a word of records waiting that nobody takes back holds sealing up only while the topic says so, or nothing', async () => {
  const monotonic = performance.now.bind(performance)
  let on = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => monotonic() + on)
  onTestFinished(() => clock.mockRestore())
  const minute = Math.floor(Date.now() / 60_000) - 60
  await storePosts(minute, 5, 0)
  await storePosts(minute + 30, 5, 0)
  // The last word of a worker that was killed, or that woke when another had done its work.
  await store.insert('progress', ['partition', 'watermark', 'lag'], [[0, minute * 60_000, 40]])
  let asked = 0
  let lag: number | null = 40
  readLag = async () => {
    asked++
    return lag
  }
  watch(true)
  const heldThrough = async (answer: number | null): Promise<void> => {
    lag = answer
    for (let time = 0; time < 3; time++) {
      const before = asked
      on += DRAINED_AFTER_MS
      await vi.waitFor(() => expect(asked).toBeGreaterThan(before), WAIT)
    }
    expect(watcher!.view().sealedThrough).toBeNull()
  }
  await heldThrough(40)
  await heldThrough(null)
  lag = 0
  on += DRAINED_AFTER_MS
  const before = asked
  await vi.waitFor(() => expect(asked).toBeGreaterThan(before), WAIT)
  expect(watcher!.view().sealedThrough).toBeNull()
  on += DRAINED_AFTER_MS
  await vi.waitFor(() => expect(saved.sealedThrough).toBeGreaterThan((minute + 50) * 60_000), WAIT)
})
