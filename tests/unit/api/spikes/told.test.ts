/** What is told of the detector's bursts, and how long it is remembered. */
import { expect, test } from 'vitest'
import type { Spike } from '../../../../api/contract.ts'
import type { Burst } from '../../../../api/spikes/detector.ts'
import { createTold, type WatchDesk } from '../../../../api/spikes/told.ts'
import type { Store } from '../../../../classify/store/store.ts'
import { insertPosts, NIGHT, openTestStore, tempDir, testSpike } from '../support.ts'

const T0 = 29_700_000 * 60_000
const MINUTE = 60_000

const burst = (over: Partial<Burst>): Burst => ({
  key: 'AZ|results_manipulated',
  onset: T0 / 1000,
  detected: T0 / 1000,
  peak: T0 / 1000,
  end: null,
  count: 7,
  expected: 1,
  size: 6,
  sizeLow: 3,
  sizeHigh: 7,
  score: 4,
  phase: 'open',
  ...over,
})

/** A desk that holds `spikes`, and what is told to it. */
async function tellAbout(
  spikes: Spike[],
  work: (told: ReturnType<typeof createTold>, store: Store) => Promise<void>,
) {
  const dir = await tempDir()
  const store = await openTestStore(dir.path)
  const saved: Spike[] = []
  const desk: WatchDesk = {
    loadWatch: async () => ({ spikes, sealedThrough: T0 }),
    saveWatch: async (change) => void saved.push(...change.spikes),
  }
  try {
    const told = createTold({ store, desk, placeName: (place) => place })
    await told.load()
    await work(told, store)
  } finally {
    await store.close()
    await dir.remove()
  }
  return saved
}

const standing = (bursts: Burst[]) => ({
  bursts,
  first: T0 / MINUTE,
  last: T0 / MINUTE + 30,
  sealed: [],
  everything: false,
})

test('a burst whose size may be zero is no spike; once its interval leaves out zero, it is', async () => {
  const saved = await tellAbout([], async (told) => {
    await told.tell(
      standing([burst({ sizeLow: -0.42 }), burst({ key: 'NV|results_manipulated', sizeLow: 0 })]),
    )
    await told.tell(standing([burst({ sizeLow: 0.3 })]))
  })
  expect(saved).toMatchObject([{ place: 'AZ', phase: 'open', sizeLow: 0.3, revision: 1 }])
})

test('a spike that shrinks until its size may be zero is withdrawn', async () => {
  const saved = await tellAbout([], async (told) => {
    await told.tell(standing([burst({})]))
    await told.tell(standing([burst({ sizeLow: -1, phase: 'closed', end: T0 / 1000 + 60 })]))
  })
  expect(saved.map(({ phase, revision }) => [phase, revision])).toEqual([
    ['open', 1],
    ['withdrawn', 2],
  ])
})

test('what is learnt while a spike cools is told, though its end lies before it', async () => {
  const onset = NIGHT / 1000
  const closed = burst({ onset, detected: onset, peak: onset, end: onset + 60, phase: 'closed' })
  const first = NIGHT / MINUTE
  const late = { type: 'sealed', from: NIGHT + 5 * MINUTE, to: NIGHT + 6 * MINUTE, corrected: true } as const
  const night = { first, last: first + 30, everything: false }
  const saved = await tellAbout([], async (told) => {
    await told.tell({ ...night, bursts: [closed], sealed: [] })
    await told.tell({ ...night, bursts: [{ ...closed, sizeLow: 3.09 }], sealed: [late] })
    await told.tell({ ...night, bursts: [{ ...closed, sizeLow: 3.09 }], sealed: [late] })
  })
  expect(saved.map(({ sizeLow, revision }) => [sizeLow, revision])).toEqual([
    [3, 1],
    [3.09, 2],
  ])
})

test("a rumour that the state told first and then its county is the county's alone", async () => {
  const state = burst({ size: 20, sizeLow: 15 })
  const county = burst({ key: '04013|results_manipulated', size: 18, sizeLow: 14 })
  const saved = await tellAbout([], async (told) => {
    await told.tell(standing([state]))
    await told.tell(standing([state, county]))
    await told.tell(standing([county, state]))
  })
  expect(saved.map(({ place, phase, reason }) => [place, phase, reason])).toEqual([
    ['AZ', 'open', null],
    ['04013', 'open', null],
    ['AZ', 'withdrawn', 'told as that of 04013'],
  ])
})

test('what many accounts copy is no alarm until five texts say it', async () => {
  const onset = NIGHT / 1_000
  const copied = burst({ key: 'US|machine_failure', onset, detected: onset, peak: onset })
  const last = NIGHT / MINUTE + 5
  const saved = await tellAbout([], async (told, store) => {
    const copies = Array.from({ length: 30 }, (_, i) => ({ id: `p${i}`, at: i / 10, text: `words ${i % 4}` }))
    await insertPosts(store, copies)
    await told.tell({ ...standing([copied]), first: NIGHT / MINUTE, last })
    await insertPosts(store, [{ id: 'own', at: 3, text: 'words of its own' }])
    await told.tell({ ...standing([copied]), first: NIGHT / MINUTE, last })
  })
  expect(saved.map(({ posts, authors, texts, echo }) => [posts, authors, texts, echo])).toEqual([
    [30, 30, 4, true],
    [31, 31, 5, false],
  ])
})

test('what was over before a time is forgotten, and only that', async () => {
  const at = (minutes: number) => T0 + minutes * MINUTE
  const spike = (id: string, over: Partial<Spike>): Spike =>
    testSpike({ id, onset: at(0), detected: at(1), peak: at(1), end: at(2), phase: 'closed', ...over })
  const spikes = [
    spike('over', {}),
    spike('over until just after', { end: at(20) }),
    spike('still open', { phase: 'growing', end: null }),
    spike('later', { onset: at(30), detected: at(31), peak: at(31), end: at(32) }),
  ]
  const saved = await tellAbout(spikes, async (told) => {
    told.forget(at(20))
    // Nothing stands any more: what is remembered is withdrawn.
    await told.tell(standing([]))
  })
  expect(saved.map(({ id }) => id)).toEqual(['over until just after', 'still open', 'later'])
})
