import { describe, expect, test } from 'vitest'
import { countiesOf, STATE_CODES } from '../../../../ingest/base/jurisdictions.ts'
import { createExposure } from '../../../../api/spikes/exposure.ts'
import { emptyMinute, type MinuteCounts } from '../../../../api/spikes/minutes.ts'
import { learnPrior } from '../../../../api/spikes/prior/learn.ts'
import { PRIOR, priorPart, priorSchema, priorShare } from '../../../../api/spikes/prior/prior.ts'

const FIRST = 29_700_000

/** `hours` of 100 election posts a minute, with these voices a minute and these posts at places. */
function night(hours: number, voices: (minute: number) => number, places: Record<string, number> = {}) {
  const minutes = new Map<number, MinuteCounts>()
  for (let i = 0; i < hours * 60; i++) {
    const counts = emptyMinute()
    for (const [place, posts] of Object.entries({ US: 100, ...places }))
      counts.exposure.set(place, { seen: posts, election: posts })
    const n = { posts: 0, charted: 0, authors: 0, texts: 0, reports: 0, questions: 0, debunks: 0 }
    counts.narratives.set('US|machine_failure', { ...n, voices: voices(i) })
    minutes.set(FIRST + i, counts)
  }
  return minutes
}

describe('what is learnt from recorded nights', () => {
  test('is the usual share of a narrative: an hour of a spike is not usual', () => {
    const spike = (minute: number): number => (minute >= 120 && minute < 180 ? 80 : 1)
    const { share } = learnPrior([night(6, spike)]).narratives.machine_failure!
    expect(share).toBeCloseTo(0.01, 4)
  })

  test('is surer after more nights that agree, and less sure where they do not', () => {
    const learn = (...voices: number[]) =>
      learnPrior(voices.map((v) => night(4, () => v))).narratives.machine_failure!
    const [one, alike, apart] = [learn(2), learn(2, 2, 2, 2), learn(1, 30, 1, 30)]
    expect(alike.variance).toBeLessThan(one.variance)
    expect(apart.variance).toBeGreaterThan(alike.variance)
    expect(apart.share).toBeCloseTo(Math.sqrt(0.01 * 0.3), 3)
  })

  test('is how much a place is talked of; counties that are seldom named follow their state', () => {
    const prior = learnPrior([night(1, () => 1, { AZ: 4, '04013': 1, OH: 2 })])
    expect(prior.states).toEqual({ AZ: 0.04, OH: 0.02 })
    expect(prior.counties).toEqual({ '04013': 0.01 })
    expect(prior.otherCounties).toBeLessThan(0.01)
    expect(prior.posts).toBe(6_000)
    expect(priorSchema.parse(prior)).toEqual(prior)
  })

  test('needs posts', () => {
    expect(() => learnPrior([new Map()])).toThrow(RangeError)
  })
})

describe('what is believed before anything is seen', () => {
  test('has a share for every narrative, also for one that is not known', () => {
    for (const narrative of [...Object.keys(PRIOR.narratives), 'constructor', 'new']) {
      const { log, variance } = priorShare(narrative)
      expect(log).toBeLessThan(0)
      expect(variance).toBeGreaterThan(0)
    }
  })

  test('has a part for every place; the parts of a state’s counties are together no more than the state’s', () => {
    for (const state of STATE_CODES) {
      const unlisted = countiesOf(state).filter(({ fips }) => !Object.hasOwn(PRIOR.counties, fips))
      const sum = unlisted.reduce((all, { fips }) => all + priorPart(fips), 0)
      expect(sum).toBeLessThanOrEqual(priorPart(state))
      for (const { fips } of unlisted) expect(priorPart(fips)).toBeGreaterThan(0)
    }
  })

  test('measures a large county against more than a small one in the first minute', () => {
    const counts = emptyMinute()
    counts.exposure.set('US', { seen: 40, election: 40 })
    const exposureOf = createExposure().take(counts)
    const losAngeles = exposureOf('06037|machine_failure', 0)
    const alpine = exposureOf('06003|machine_failure', 0)
    expect(losAngeles).toBeGreaterThan(50 * alpine)
    expect(alpine).toBeGreaterThan(0)
  })
})
