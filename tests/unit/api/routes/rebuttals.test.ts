import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  problemSchema,
  rebuttalListSchema,
  rebuttalSchema,
  spikeDetailSchema,
  type Rebuttal,
} from '../../../../api/contract.ts'
import type { Desk } from '../../../../api/desk/desk.ts'
import type { Store } from '../../../../classify/store/store.ts'
import {
  DRAFT,
  MINUTE,
  NIGHT,
  openTestDesk,
  openTestStore,
  post,
  STATUS,
  tempDir,
  testApp,
  testSpike,
  failOnErrors,
} from '../support.ts'

let dir: Awaited<ReturnType<typeof tempDir>>
let store: Store
let desk: Desk
let app: ReturnType<typeof testApp>

beforeAll(async () => {
  dir = await tempDir()
  store = await openTestStore(dir.path)
  desk = await openTestDesk(dir.path)
  app = testApp({ store, desk })
  await desk.saveWatch({ spikes: [testSpike()], events: [], sealedThrough: NIGHT })
})
afterAll(async () => {
  failOnErrors(app)
  await desk.close()
  await store.close()
  await dir.remove()
})

async function done(path: string, body: unknown, status = 200): Promise<Rebuttal> {
  const response = await post(app, path, body)
  const answer: unknown = await response.json()
  expect({ status: response.status, answer }).toMatchObject({ status })
  return rebuttalSchema.parse(answer)
}
async function refused(path: string, body: unknown, status: number, code: string) {
  const response = await post(app, path, body)
  const problem = problemSchema.parse(await response.json())
  expect([path, response.status, problem.status, problem.code]).toEqual([path, status, status, code])
  return problem
}

test('an answer to a spike takes what it is about from the spike, and goes through two hands', async () => {
  const { narrative: _n, place: _p, ...draft } = DRAFT
  const drafted = await done('/api/rebuttals', { ...draft, spikeId: 'spike1' }, 201)
  expect(drafted).toMatchObject({
    state: 'drafted',
    narrative: 'machine_failure',
    place: 'AZ',
    office: 'Example County Elections',
    draftedBy: 'Ann Lee',
    draftedAt: NIGHT + 90 * MINUTE,
    approvedBy: null,
    publishedAt: null,
  })
  const path = `/api/rebuttals/${drafted.id}`
  await refused(`${path}/publish`, { publishedBy: 'Ann Lee' }, 409, 'wrong_state')
  await refused(`${path}/approve`, { approvedBy: ' ann  LEE' }, 409, 'same_person')
  expect(await done(`${path}/approve`, { approvedBy: 'Bob Ray' })).toMatchObject({
    state: 'approved',
    approvedBy: 'Bob Ray',
  })
  const published = await done(`${path}/publish`, { publishedBy: 'Ann Lee' })
  expect(published).toMatchObject({
    state: 'published',
    publishedAt: NIGHT + 90 * MINUTE,
    publishedClock: NIGHT + 90 * MINUTE,
  })
  const correction = {
    correctedBy: 'Ann Lee',
    approvedBy: 'Cy Dow',
    note: 'the number',
    text: 'Three scanners.',
  }
  expect(await done(`${path}/correct`, correction)).toMatchObject({
    state: 'corrected',
    text: 'Three scanners.',
    note: 'the number',
  })
  await refused(`${path}/correct`, { ...correction, approvedBy: 'Ann Lee' }, 409, 'same_person')
  expect(await done(`${path}/withdraw`, { withdrawnBy: 'Bob Ray', reason: 'moved' })).toMatchObject({
    state: 'withdrawn',
  })
  const events = await desk.live.read((await desk.live.range()).floor, 100)
  expect(events.map(({ event }) => (event.type === 'rebuttal' ? event.rebuttal.state : event.type))).toEqual([
    'drafted',
    'approved',
    'published',
    'corrected',
    'withdrawn',
  ])
  expect(await desk.verifyLedger()).toMatchObject({ ok: true, entries: 5 })
})

test('an answer to a spike that was withdrawn is the answer to the one that took its place', async () => {
  const at = (minutes: number) => ({ onset: NIGHT + minutes * MINUTE, detected: NIGHT + minutes * MINUTE })
  const gone = testSpike({ id: 'gone', ...at(20), phase: 'withdrawn', successor: 'stands' })
  const spikes = [gone, testSpike({ id: 'stands', ...at(22) }), testSpike({ id: 'beside', ...at(22) })]
  await desk.saveWatch({ spikes, events: [], sealedThrough: NIGHT })
  const one = await done('/api/rebuttals', { ...DRAFT, spikeId: 'gone' }, 201)
  const path = `/api/rebuttals/${one.id}`
  await done(`${path}/approve`, { approvedBy: 'Bob Ray' })
  await done(`${path}/publish`, { publishedBy: 'Ann Lee' })
  const answers = async (spike: string) => {
    const listed = await app.request(`/api/rebuttals?spike=${spike}`)
    const { rebuttals } = rebuttalListSchema.parse(await listed.json())
    const detail = spikeDetailSchema.parse(await (await app.request(`/api/spikes/${spike}`)).json())
    const ofDetail = detail.rebuttals.map(({ rebuttal, effect }) => [rebuttal.id, effect?.at])
    return [rebuttals.map(({ id }) => id), ofDetail]
  }
  const answered = [[one.id], [[one.id, NIGHT + 90 * MINUTE]]]
  expect(await answers('stands')).toEqual(answered)
  // What was written there is found there still.
  expect(await answers('gone')).toEqual(answered)
  expect(await answers('beside')).toEqual([[], []])
  await desk.saveWatch({ spikes: [{ ...gone, successor: null }], events: [], sealedThrough: NIGHT })
  expect(await answers('stands')).toEqual([[], []])
  await done(`${path}/withdraw`, { withdrawnBy: 'Ann', reason: 'not needed' })
})

test('a text keeps its lines, however its sender ends them', async () => {
  const { id, text } = await done('/api/rebuttals', { ...DRAFT, text: 'One.\r\n\tTwo.\n' }, 201)
  expect(text).toBe('One.\n\tTwo.')
  await done(`/api/rebuttals/${id}/withdraw`, { withdrawnBy: 'Ann', reason: 'not needed' })
})

test('rebuttals are listed newest first, by spike and state', async () => {
  const one = await done('/api/rebuttals', DRAFT, 201)
  const list = async (query: string) => {
    const response = await app.request(`/api/rebuttals${query}`)
    return rebuttalListSchema.parse(await response.json()).rebuttals.map(({ state }) => state)
  }
  expect(await list('')).toEqual(['drafted', 'withdrawn', 'withdrawn', 'withdrawn'])
  expect(await list('?spike=spike1')).toEqual(['withdrawn'])
  expect(await list('?state=drafted')).toEqual(['drafted'])
  await done(`/api/rebuttals/${one.id}/withdraw`, { withdrawnBy: 'Ann', reason: 'not needed' })
})

test.each([
  ['no claim', { claim: '  ' }, 'invalid_request'],
  ['a claim without end', { claim: 'x'.repeat(501) }, 'invalid_request'],
  ['a claim of two lines', { claim: 'one\ntwo' }, 'invalid_request'],
  ['a text without end', { text: 'x'.repeat(5_001) }, 'invalid_request'],
  ['a control character', { text: 'a\u0000b' }, 'invalid_request'],
  ['half a character', { draftedBy: 'Ann \uD800' }, 'invalid_request'],
  ['no link', { link: 'our page' }, 'invalid_request'],
  ['a link without TLS', { link: 'http://elections.example.gov' }, 'bad_link'],
  ['a script for a link', { link: 'javascript:alert(1)' }, 'bad_link'],
  ['no such rating', { rating: 'Lie' }, 'invalid_request'],
  ['no such place', { place: 'Arizona' }, 'invalid_request'],
  ['a place that no state has', { place: 'ZZ' }, 'invalid_request'],
  ['no spike and no place', { place: undefined }, 'invalid_request'],
])('a draft with %s is refused', async (_what, change, code) => {
  const problem = await refused('/api/rebuttals', { ...DRAFT, ...change }, 400, code)
  expect(problem.detail.length).toBeGreaterThan(10)
})

test('a refused field is named', async () => {
  const problem = await refused(
    '/api/rebuttals',
    { ...DRAFT, claim: 7, rating: 'Lie' },
    400,
    'invalid_request',
  )
  expect(problem.errors!.map(({ field }) => field).sort()).toEqual(['claim', 'rating'])
})

test('a draft on a spike that is none, and a step of a rebuttal that is none, are 404', async () => {
  const spike = await refused('/api/rebuttals', { ...DRAFT, spikeId: 'nope' }, 404, 'unknown_spike')
  const step = await refused('/api/rebuttals/nope/approve', { approvedBy: 'Bob' }, 404, 'not_found')
  expect([spike.detail, step.detail]).toEqual(['there is no spike nope', 'there is no rebuttal nope'])
})

test('an answer is published while the store is away; of a night that is played its own clock is asked', async () => {
  const status = () => new Promise<never>(() => {})
  const away = testApp({ store, desk, status })
  const publish = async (app: typeof away, clock: number | null): Promise<void> => {
    const { id } = await done('/api/rebuttals', DRAFT, 201)
    const path = `/api/rebuttals/${id}`
    await done(`${path}/approve`, { approvedBy: 'Bob Ray' })
    const response = await post(app, `${path}/publish`, { publishedBy: 'Ann Lee' })
    expect(rebuttalSchema.parse(await response.json())).toMatchObject({ publishedClock: clock })
    await done(`${path}/withdraw`, { withdrawnBy: 'Ann Lee', reason: 'a test' })
  }
  await publish(away, NIGHT + 90 * MINUTE)
  await publish(testApp({ store, desk, mode: 'replay' }), STATUS.clock)
})
