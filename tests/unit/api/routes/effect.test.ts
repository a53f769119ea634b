import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  effectSchema,
  mapSchema,
  problemSchema,
  seriesListSchema,
  spikeDetailSchema,
} from '../../../../api/contract.ts'
import { StoreError, type Store } from '../../../../classify/store/store.ts'
import { MINUTE, NIGHT, STATUS, testApp } from '../support.ts'
import { openNight, type Night } from './night.ts'

let night: Night
beforeAll(async () => {
  night = await openNight()
})
afterAll(() => night.close())

test('the effect of an answer is measured on the night’s clock, over sealed minutes', async () => {
  const draft = {
    spikeId: 'spike1',
    narrative: 'machine_failure',
    place: 'AZ',
    office: 'Example',
    claim: 'Scanners stopped',
    text: 'They did not.',
    link: 'https://elections.example.gov/',
    rating: 'False',
  } as const
  const { id } = await night.desk.rebuttals.draft(draft, { by: 'Ann', at: 1 })
  await night.refused(`/api/rebuttals/${id}/effect`, 409, 'wrong_state')
  await night.refused('/api/rebuttals/none/effect', 404, 'not_found')
  await night.desk.rebuttals.approve(id, { by: 'Bob', at: 2 })
  await night.desk.rebuttals.publish(id, { by: 'Bob', at: 3, clock: NIGHT + 12 * MINUTE + 30_000 })
  const effect = effectSchema.parse(await night.get(`/api/rebuttals/${id}/effect`))
  expect(effect).toMatchObject({ at: NIGHT + 12 * MINUTE + 30_000, windowMinutes: 60 })
  expect(effect.before).toEqual({ posts: 3, perMinute: 0.25, sharePerMille: 100, minutesSeen: 12 })
  expect(effect.after).toEqual({ posts: 3, perMinute: 3 / 48, sharePerMille: 100, minutesSeen: 48 })
  expect(effectSchema.parse(await night.get(`/api/rebuttals/${id}/effect?window=2`)).before).toMatchObject({
    posts: 3,
    minutesSeen: 2,
  })
  const spike = spikeDetailSchema.parse(await night.get('/api/spikes/spike1'))
  expect(spike.rebuttals).toMatchObject([{ rebuttal: { id, state: 'published' }, effect }])
})

test('before the first post everything is empty, and nothing fails', async () => {
  const early = testApp({
    store: night.store,
    desk: night.desk,
    status: async () => ({ ...STATUS, clock: null, from: null, sealedThrough: null, staleMs: null }),
  })
  const series = seriesListSchema.parse(
    await (await early.request('/api/series?narrative=machine_failure')).json(),
  )
  expect(series.series[0]!.points).toEqual([])
  expect(
    mapSchema.parse(await (await early.request('/api/map')).json()).places.every(({ posts }) => posts === 0),
  ).toBe(true)
})

test('a store that does not answer is a 503, a broken one a 500 that tells nothing of the inside', async () => {
  const broken = (error: Error): Store => ({
    ...night.store,
    query: async () => {
      throw error
    },
    stream: () => {
      throw error
    },
    ping: async () => false,
  })
  const away = testApp({
    desk: night.desk,
    store: broken(new StoreError('unavailable', 'connect ECONNREFUSED 10.0.0.7:8123')),
  })
  for (const path of ['/api/posts', '/api/export', '/api/coverage']) {
    const response = await away.request(path)
    expect([response.status, problemSchema.parse(await response.json()).code]).toEqual([
      503,
      'store_unavailable',
    ])
  }
  expect(away.errors).toHaveLength(3)
  const ready = await away.request('/readyz')
  expect([ready.status, await ready.json()]).toEqual([
    503,
    { status: 'unavailable', store: false, desk: true, behindSeconds: 0 },
  ])
  const faulty = testApp({ desk: night.desk, store: broken(new Error('secret table missing')) })
  const response = await faulty.request('/api/posts')
  const problem = problemSchema.parse(await response.json())
  expect([response.status, problem.code]).toEqual([500, 'internal_error'])
  expect(JSON.stringify(problem)).not.toContain('secret')
  expect(faulty.errors).toHaveLength(1)
})

test('health is told without a password', async () => {
  expect(await night.get('/healthz')).toEqual({ status: 'ok' })
  expect(await night.get('/readyz')).toEqual({ status: 'ok', store: true, desk: true, behindSeconds: 0 })
})
