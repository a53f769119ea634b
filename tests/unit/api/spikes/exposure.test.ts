import { describe, expect, test } from 'vitest'
import { createExposure } from '../../../../api/spikes/exposure.ts'
import { emptyMinute, type MinuteCounts } from '../../../../api/spikes/minutes.ts'

function minute(exposure: Record<string, number>): MinuteCounts {
  const counts = emptyMinute()
  for (const [place, election] of Object.entries(exposure))
    counts.exposure.set(place, { seen: election, election })
  return counts
}
const CLAIM = '55025|votes_not_counted'

describe('exposure', () => {
  test("of the nation is the minute's election posts", () => {
    expect(createExposure().take(minute({ US: 40 }))('US|machine_failure', 3)).toBe(40)
  })

  test('is nothing where nothing was seen', () => {
    const model = createExposure()
    model.take(minute({ US: 40, '55025': 2 }))
    const exposureOf = model.take(undefined)
    expect(exposureOf('US|machine_failure', 0)).toBe(0)
    expect(exposureOf(CLAIM, 0)).toBe(0)
  })

  test('of a county does not grow with a rumour about it', () => {
    const model = createExposure()
    for (let i = 0; i < 120; i++)
      model.take(minute({ US: 50, ...(i % 4 === 0 ? { '55025': 1 } : {}) }))(CLAIM, 0)
    const calm = model.take(minute({ US: 50 }))(CLAIM, 0)
    let rumour = 0
    for (let i = 0; i < 30; i++) rumour = model.take(minute({ US: 54, '55025': 4 }))(CLAIM, 4)
    expect(calm).toBeGreaterThan(0)
    expect(rumour / calm).toBeLessThan(1.5)
  })

  test('of a county grows with other talk of it', () => {
    const model = createExposure()
    for (let i = 0; i < 120; i++)
      model.take(minute({ US: 50, ...(i % 4 === 0 ? { '55025': 1 } : {}) }))(CLAIM, 0)
    const calm = model.take(minute({ US: 50 }))(CLAIM, 0)
    let news = 0
    for (let i = 0; i < 30; i++) news = model.take(minute({ US: 60, '55025': 10 }))(CLAIM, 1)
    expect(news / calm).toBeGreaterThan(10)
  })

  test("of a place falls with the nation's in the minute in which a source fails", () => {
    const model = createExposure()
    for (let i = 0; i < 120; i++) model.take(minute({ US: 100, AZ: 5 }))('AZ|machine_failure', 0)
    const whole = model.take(minute({ US: 100, AZ: 5 }))('AZ|machine_failure', 0)
    const thin = model.take(minute({ US: 10, AZ: 1 }))('AZ|machine_failure', 0)
    expect(thin / whole).toBeCloseTo(0.1, 1)
  })

  test('of a place is after hours without any post what it was before', () => {
    const model = createExposure()
    for (let i = 0; i < 120; i++) model.take(minute({ US: 100, AZ: 5 }))('AZ|machine_failure', 0)
    const before = model.take(minute({ US: 100, AZ: 5 }))('AZ|machine_failure', 0)
    for (let i = 0; i < 300; i++) model.take(undefined)('AZ|machine_failure', 0)
    expect(model.take(minute({ US: 100, AZ: 5 }))('AZ|machine_failure', 0)).toBeCloseTo(before, 1)
  })

  test('goes on from a snapshot as if it had never stopped', () => {
    const whole = createExposure()
    let resumed = createExposure()
    for (let i = 0; i < 50; i++) {
      const counts = minute({ US: 30 + (i % 5), AZ: i % 3 })
      const expected = whole.take(counts)('AZ|machine_failure', i % 2)
      expect(resumed.take(counts)('AZ|machine_failure', i % 2)).toBe(expected)
      resumed = createExposure(structuredClone(resumed.snapshot()))
    }
  })
})
