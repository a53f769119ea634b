import { createClient } from '@libsql/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LiveEvent } from '../../../../api/contract.ts'
import { openDesk } from '../../../../api/desk/desk.ts'
import { LIVE_EVENTS_MAX } from '../../../../api/desk/live.ts'
import { MINUTE, NIGHT, openTestDesk, tempDir, testSpike } from '../support.ts'

let dir: Awaited<ReturnType<typeof tempDir>>
beforeAll(async () => {
  dir = await tempDir()
})
afterAll(() => dir.remove())

const sealed = (at: number): LiveEvent => ({
  type: 'sealed',
  from: at * MINUTE,
  to: (at + 1) * MINUTE,
  corrected: false,
})

test('what the watcher saves is there when the desk is opened again', async () => {
  const desk = await openTestDesk(dir.path)
  expect(await desk.loadWatch()).toEqual({ spikes: [], sealedThrough: null })
  const spike = testSpike()
  await desk.saveWatch({
    spikes: [spike],
    events: [sealed(1), { type: 'spike', spike }],
    sealedThrough: NIGHT,
  })
  const closed = testSpike({ phase: 'closed', end: NIGHT + 30 * MINUTE, revision: 2 })
  await desk.saveWatch({
    spikes: [closed],
    events: [{ type: 'spike', spike: closed }],
    sealedThrough: NIGHT + MINUTE,
  })
  await desk.close()
  const again = await openDesk({ url: desk.url })
  expect(await again.loadWatch()).toEqual({ spikes: [closed], sealedThrough: NIGHT + MINUTE })
  const { floor, head } = await again.live.range()
  expect(head - floor).toBe(3)
  expect((await again.live.read(floor, 10)).map(({ event }) => event.type)).toEqual([
    'sealed',
    'spike',
    'spike',
  ])
  await again.close()
})

test('numbers of events begin where no earlier desk can have been', async () => {
  const desk = await openTestDesk(dir.path)
  expect(await desk.live.range()).toEqual({ floor: NIGHT, head: NIGHT })
  await desk.close()
})

test('spikes are found by narrative, place, openness and time', async () => {
  const desk = await openTestDesk(dir.path)
  const spikes = [
    testSpike({ id: 'a', onset: NIGHT, end: NIGHT + 5 * MINUTE, phase: 'closed' }),
    testSpike({ id: 'b', onset: NIGHT + 10 * MINUTE, place: 'US' }),
    testSpike({ id: 'c', onset: NIGHT + 20 * MINUTE, narrative: 'votes_not_counted', phase: 'withdrawn' }),
  ]
  await desk.saveWatch({ spikes, events: [], sealedThrough: NIGHT })
  const ids = async (filter: Parameters<typeof desk.spikes.list>[0]): Promise<string> =>
    (await desk.spikes.list(filter, 10)).map(({ id }) => id).join('')
  expect(await ids({})).toBe('cba')
  expect(await ids({ open: true })).toBe('b')
  expect(await ids({ open: false })).toBe('ca')
  expect(await ids({ narrative: 'machine_failure' })).toBe('ba')
  expect(await ids({ place: 'US' })).toBe('b')
  expect(await ids({ from: NIGHT + 6 * MINUTE })).toBe('cb')
  // Its last minute begins at 5.
  expect(await ids({ from: NIGHT + 5.5 * MINUTE })).toBe('cba')
  expect(await ids({ to: NIGHT + 20 * MINUTE })).toBe('ba')
  expect((await desk.spikes.list({}, 1)).map(({ id }) => id)).toEqual(['c'])
  await desk.close()
})

test('only the newest events are kept, and the floor says so', async () => {
  const desk = await openTestDesk(dir.path)
  const start = (await desk.live.range()).head
  const raw = createClient({ url: desk.url })
  await raw.execute({
    sql: `INSERT INTO live_events (type, json) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      SELECT 'sealed', '{"type":"sealed","from":0,"to":1,"corrected":false}' FROM n`,
    args: [LIVE_EVENTS_MAX],
  })
  raw.close()
  await desk.saveWatch({ spikes: [], events: [sealed(1), sealed(2)], sealedThrough: 0 })
  expect(await desk.live.range()).toEqual({ floor: start + 2, head: start + LIVE_EVENTS_MAX + 2 })
  await desk.close()
})

test('a follower is woken by this process at once, and by another within a second', async () => {
  const here = await openTestDesk(dir.path)
  const there = await openDesk({ url: here.url })
  let woken = 0
  const stop = here.live.subscribe(() => woken++)
  await here.saveWatch({ spikes: [], events: [sealed(1)], sealedThrough: 0 })
  expect(woken).toBe(1)
  await expect.poll(() => woken).toBe(2) // the first look
  await there.saveWatch({ spikes: [], events: [sealed(2)], sealedThrough: 0 })
  await expect.poll(() => woken, { timeout: 1_500 }).toBe(3)
  stop()
  await here.close()
  await there.close()
})
