import { expect, test } from 'vitest'
import { waveFactor } from '../../../../api/spikes/detect/factors.ts'
import { profileFor } from '../../../../api/spikes/detect/profile.ts'
import { newSeries } from '../../../../api/spikes/detect/series.ts'

const profile = profileFor({ stepSeconds: 60, hierarchical: true })

/** A series that saw `y` posts of late, and expected `m`. */
function seen(key: string, y: number, m: number) {
  const s = newSeries(profile, key, key.startsWith('US') ? -1 : 0, 0, 0.1, false)
  return { s: { ...s, recentY: y, recentM: m, recentWhole: m }, count: y / 4, plain: m / 4, whole: m / 4, relative: 0.1 }
}
const bursting = (y: number, m: number) => ({ y, m, nowY: y / 4, nowM: m / 4 })
const ohio = seen('OH|machine_failure', 1, 1)

test('a few states in bursts of their own are not the nation', () => {
  const nation = seen('US|machine_failure', 190, 100)
  expect(waveFactor(nation, ohio).steady).toBeGreaterThan(1.5)
  expect(waveFactor(nation, ohio, bursting(100, 10)).steady).toBeCloseTo(1, 1)
})

test('when most of the nation bursts, that is the nation, and whoever is left is not expected to be silent', () => {
  const nation = seen('US|machine_failure', 100, 100)
  expect(waveFactor(nation, ohio, bursting(99, 60)).steady).toBeGreaterThan(0.5)
})
