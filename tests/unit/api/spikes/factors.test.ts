import { expect, test } from 'vitest'
import { leftOut, NONE, waveFactor } from '../../../../api/spikes/detect/factors.ts'

/** `y` posts of late where `m` were expected, evenly over the last ticks. */
const sums = (y: number, m: number) => ({ y, m, nowY: y / 4, nowM: m / 4 })
const ohio = sums(1, 1)

test('a few states in bursts of their own are not the nation', () => {
  const nation = sums(190, 100)
  const loud = sums(100, 10)
  expect(waveFactor(nation, ohio, NONE, 0.1).steady).toBeGreaterThan(1.5)
  expect(waveFactor(nation, ohio, leftOut(nation, loud), 0.1).steady).toBeCloseTo(1, 1)
})

test('when most of the nation bursts, that is the nation, and whoever is left is not expected to be silent', () => {
  const nation = sums(100, 100)
  const loud = leftOut(nation, sums(99, 60))
  expect(loud).toBe(NONE)
  expect(waveFactor(nation, ohio, loud, 0.1).steady).toBeGreaterThan(0.5)
})
