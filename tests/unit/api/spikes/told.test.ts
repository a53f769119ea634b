/** What is told of the detector's bursts, and how long it is remembered. */
import { expect, test } from 'vitest'
import type { Spike } from '../../../../api/contract.ts'
import type { Burst } from '../../../../api/spikes/detector.ts'
import { createTold, type WatchDesk } from '../../../../api/spikes/told.ts'
import type { Store } from '../../../../classify/store/store.ts'
import { spikeId } from '../../../../api/spikes/describe.ts'
import { insertPosts, NIGHT, openTestDesk, openTestStore, tempDir, testSpike } from '../support.ts'

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

/** A burst of AZ that begins so many minutes into the night, and whose alarm comes a minute later. */
const at = (from: number, to: number | null, over: Partial<Burst> = {}): Burst =>
  burst({
    onset: T0 / 1000 + from * 60,
    detected: T0 / 1000 + (from + 1) * 60,
    peak: T0 / 1000 + (from + 1) * 60,
    end: to === null ? null : T0 / 1000 + to * 60,
    phase: to === null ? 'open' : 'closed',
    ...over,
  })
const successors = (saved: readonly Spike[]) =>
  saved
    .filter(({ phase }) => phase === 'withdrawn')
    .map(({ id, successor, revision }) => [id, successor, revision])

test('what was judged again is told as another spike, and the withdrawn one says which', async () => {
  const hasty = at(0, null)
  const careful = at(3, null)
  const saved = await tellAbout([], async (told) => {
    await told.tell(standing([hasty]))
    await told.tell(standing([careful]))
    await told.tell(standing([careful]))
  })
  expect(saved.map(({ id, phase }) => [id, phase])).toEqual([
    [spikeId(hasty), 'open'],
    [spikeId(careful), 'open'],
    [spikeId(hasty), 'withdrawn'],
  ])
  expect(successors(saved)).toEqual([[spikeId(hasty), spikeId(careful), 2]])
})

test('a successor may come later, be withdrawn itself, and the withdrawn spike may stand again', async () => {
  const [first, second, third] = [at(0, null), at(2, null), at(4, null)]
  const saved = await tellAbout([], async (told) => {
    for (const stands of [[first], [], [second], [third], [], [first]]) await told.tell(standing(stands))
  })
  expect(successors(saved)).toEqual([
    [spikeId(first), null, 2],
    [spikeId(first), spikeId(second), 3],
    [spikeId(second), spikeId(third), 2],
    [spikeId(first), spikeId(third), 4],
    [spikeId(third), null, 2],
    [spikeId(first), null, 5],
    [spikeId(second), null, 3],
    [spikeId(second), spikeId(first), 4],
    [spikeId(third), spikeId(first), 3],
  ])
  expect(saved.find(({ revision }) => revision === 6)).toMatchObject({
    id: spikeId(first),
    phase: 'open',
    successor: null,
  })
})

test('one that was still open when it was withdrawn ends with what was counted by then', async () => {
  const saved = await tellAbout([], async (told) => {
    await told.tell(standing([at(0, null)]))
    await told.tell(standing([at(30, null)]))
  })
  expect(saved.at(-1)).toMatchObject({
    phase: 'withdrawn',
    end: T0 + 30 * MINUTE,
    successor: spikeId(at(30, null)),
  })
})

test('a successor is remembered as long as the spike whose place it took', async () => {
  const spikes = [
    testSpike({
      id: 'gone',
      onset: T0,
      detected: T0,
      peak: T0,
      end: T0,
      phase: 'withdrawn',
      successor: 'long',
    }),
    testSpike({ id: 'long', onset: T0, detected: T0, peak: T0, end: T0 + 20 * MINUTE, phase: 'closed' }),
    testSpike({
      id: 'late',
      onset: T0,
      detected: T0,
      peak: T0,
      end: T0 + 20 * MINUTE,
      phase: 'withdrawn',
      successor: 'short',
    }),
    testSpike({ id: 'short', onset: T0 - MINUTE, detected: T0, peak: T0, end: T0 + MINUTE, phase: 'closed' }),
  ]
  const saved = await tellAbout(spikes, async (told) => {
    told.forget(T0 + 5 * MINUTE)
    await told.tell(standing([]))
  })
  // What is forgotten stays; what was told of it does too.
  expect(saved.map(({ id, phase, successor }) => [id, phase, successor])).toEqual([
    ['long', 'withdrawn', null],
    ['gone', 'withdrawn', null],
  ])
})

test('after a start each withdrawn spike has the successor that it had, and gets one that it lacked', async () => {
  const dir = await tempDir()
  const store = await openTestStore(dir.path)
  const desk = await openTestDesk(dir.path)
  const [hasty, careful] = [at(0, null), at(3, null)]
  const start = async () => {
    const told = createTold({ store, desk, placeName: (place) => place })
    await told.load()
    return told
  }
  const spike = async (one: Burst) => desk.spikes.get(spikeId(one))
  try {
    const first = await start()
    await first.tell(standing([hasty]))
    await first.tell(standing([careful]))
    const before = await spike(hasty)
    expect(before).toMatchObject({ phase: 'withdrawn', successor: spikeId(careful) })
    await (await start()).tell({ ...standing([careful]), everything: true })
    expect([await spike(hasty), (await spike(careful))?.revision]).toEqual([before, 1])
    expect(await desk.spikes.replacedBy(spikeId(careful))).toEqual([spikeId(hasty)])
    // Told by a version that knew of no successors.
    await desk.saveWatch({ spikes: [{ ...before!, successor: null }], events: [], sealedThrough: T0 })
    expect(await desk.spikes.replacedBy(spikeId(careful))).toEqual([])
    await (await start()).tell({ ...standing([careful]), everything: true })
    expect(await spike(hasty)).toEqual({ ...before, revision: 3 })
  } finally {
    await desk.close()
    await store.close()
    await dir.remove()
  }
})
