import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  coverageListSchema,
  mapSchema,
  placeListSchema,
  seriesListSchema,
  spikeDetailSchema,
  spikeListSchema,
  statusSchema,
} from '../../../../api/contract.ts'
import { MINUTE, NIGHT, STATUS } from '../support.ts'
import { openNight, type Night } from './night.ts'

let night: Night
beforeAll(async () => {
  night = await openNight()
})
afterAll(() => night.close())

test('the status, the coverage and the places are as the contract says', async () => {
  expect(statusSchema.parse(await night.get('/api/status'))).toEqual(STATUS)
  const coverage = async (query = '') =>
    coverageListSchema.parse(await night.get(`/api/coverage${query}`)).coverage
  const [bluesky, file] = [
    { source: 'bluesky', from: NIGHT + MINUTE, to: NIGHT + 2 * MINUTE, kind: 'partial', share: 0.3 },
    { source: 'file:night', from: NIGHT, to: NIGHT + MINUTE, kind: 'complete', share: 1 },
  ]
  const notJudged = (language: string, posts: number, from: number, to: number) => {
    return { kind: 'not_judged', language, posts, from: NIGHT + from * MINUTE, to: NIGHT + to * MINUTE }
  }
  expect(await coverage()).toEqual([
    { ...bluesky, share: expect.closeTo(0.3) as number },
    file,
    notJudged('pt', 12, 0, 3),
    notJudged('de', 4, 1, 2),
    notJudged('ja', 4, 2, 3),
  ])
  expect(await coverage(`?to=${NIGHT + MINUTE}`)).toEqual([file, notJudged('pt', 5, 0, 1)])
  expect(await coverage(`?from=${NIGHT + 2 * MINUTE}`)).toEqual([
    notJudged('pt', 7, 2, 3),
    notJudged('ja', 4, 2, 3),
  ])
  expect(placeListSchema.parse(await night.get('/api/places')).places[0]).toEqual({
    id: 'US',
    name: 'United States',
    ocdId: 'ocd-division/country:us',
  })
  const counties = placeListSchema.parse(await night.get('/api/places?state=AZ')).places
  expect(counties.find(({ id }) => id === '04013')).toEqual({
    id: '04013',
    name: 'Maricopa County, AZ',
    ocdId: 'ocd-division/country:us/state:az/county:maricopa',
  })
  await night.refused('/api/places?state=ZZ', 400, 'invalid_request')
})

describe('spikes', () => {
  test('are listed newest first, and filtered', async () => {
    const list = async (query: string) =>
      spikeListSchema.parse(await night.get(`/api/spikes${query}`)).spikes.map(({ id }) => id)
    expect(await list('')).toEqual(['spike1', 'older'])
    expect(await list('?open=true')).toEqual(['spike1'])
    expect(await list('?place=GA')).toEqual([])
    expect(await list(`?to=${NIGHT + 5 * MINUTE}`)).toEqual(['older'])
    expect(await list('?from=2026-11-04T01:06:00Z')).toEqual(['spike1'])
    await night.refused('/api/spikes?place=04999', 400, 'invalid_request')
    await night.refused('/api/spikes?from=yesterday', 400, 'invalid_request')
  })

  test('show their claims with counts, first and top posts, places and stances', async () => {
    const spike = spikeDetailSchema.parse(await night.get('/api/spikes/spike1'))
    expect(spike.topClaims.map(({ text, posts, authors }) => [text, posts, authors])).toEqual([
      ['the scanner at our school ate three ballots', 3, 3],
      ['Every machine in Mesa is down 100%', 1, 1],
      ['my cousin saw a scanner switched off', 1, 1], // a repost of what was said before the spike
      ['still no scanner', 1, 1],
    ])
    expect(spike.firstPosts.map(({ id }) => id)).toEqual(['p1', 'p2', 'p3', 'p4', 'p5'])
    expect(spike.topPosts.map(({ id }) => id)).toEqual(['p4', 'p1'])
    expect(spike.places).toEqual([{ place: '04013', name: 'Maricopa County, AZ', posts: 1 }])
    expect(spike.stances).toEqual({ asserts: 6, reports: 1, questions: 0, debunks: 1, unrelated: 0 })
    expect(spike.reposts).toBe(2)
    expect(spike.risingWith).toEqual([])
    await night.refused('/api/spikes/none', 404, 'unknown_spike')
  })
})

describe('series', () => {
  const read = async (query: string) => seriesListSchema.parse(await night.get(`/api/series?${query}`)).series

  test('hold a point for every sealed minute, zero where nothing was', async () => {
    const [series] = await read('narrative=machine_failure&place=AZ')
    expect(series).toMatchObject({ narrative: 'machine_failure', place: 'AZ', stepMinutes: 1 })
    expect(series!.points).toHaveLength(60)
    expect(series!.points[11]).toEqual({
      t: NIGHT + 11 * MINUTE,
      posts: 2,
      authors: 2,
      debunks: 3,
      reports: 0,
      questions: 0,
      exposure: 20,
    })
    expect(series!.points[0]).toMatchObject({ t: NIGHT, posts: 0, exposure: 0 })
  })

  test('come for several narratives at once', async () => {
    const both = await read('narrative=machine_failure&narrative=votes_not_counted')
    expect(both.map(({ narrative, place }) => [narrative, place])).toEqual([
      ['machine_failure', 'US'],
      ['votes_not_counted', 'US'],
    ])
    expect(await read('narrative=machine_failure,votes_not_counted')).toEqual(both)
  })

  test('add up over longer steps, but count an author once', async () => {
    const [series] = await read('narrative=machine_failure&place=AZ&step=15')
    expect(series!.points.map(({ posts, authors, exposure }) => [posts, authors, exposure])).toEqual([
      [5, 4, 50],
      [0, 0, 0],
      [0, 0, 0],
      [1, 1, 10],
    ])
  })

  test('end where the night is sealed, and are refused beyond 5,000 points', async () => {
    const [series] = await read(
      `narrative=machine_failure&from=${NIGHT + 50 * MINUTE}&to=${NIGHT + 500 * MINUTE}`,
    )
    expect(series!.points).toHaveLength(10)
    const far = NIGHT - 6_000 * MINUTE
    const detail = await night.refused(
      `/api/series?narrative=machine_failure&from=${far}&step=1`,
      400,
      'too_many_points',
    )
    expect(detail).toContain('step=2')
    const [coarse] = await read(`narrative=machine_failure&from=${far}`)
    expect(coarse!.stepMinutes).toBe(2)
    expect(coarse!.points.length).toBeLessThanOrEqual(5_000)
    await night.refused('/api/series', 400, 'invalid_request')
    await night.refused('/api/series?narrative=gossip', 400, 'invalid_request')
    await night.refused(
      `/api/series?narrative=machine_failure&from=${NIGHT}&to=${NIGHT}`,
      400,
      'invalid_range',
    )
  })
})

test('the map counts each post once by state, of one narrative or of all flagged', async () => {
  const of = async (query: string) => {
    const { places } = mapSchema.parse(await night.get(`/api/map${query}`))
    return Object.fromEntries(
      places.filter(({ posts }) => posts > 0).map(({ place, posts, exposure }) => [place, [posts, exposure]]),
    )
  }
  expect(await of('')).toEqual({ AZ: [6, 60], GA: [1, 0] })
  expect(await of('?narrative=machine_failure')).toEqual({ AZ: [6, 60] })
  expect(await of(`?to=${NIGHT + 12 * MINUTE}`)).toEqual({ AZ: [3, 30] })
  const { places } = mapSchema.parse(await night.get('/api/map'))
  expect(places).toHaveLength(56)
  expect(places.find(({ place }) => place === 'AZ')).toMatchObject({ name: 'Arizona', sharePerMille: 100 })
})
