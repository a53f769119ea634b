import { expect, test } from 'vitest'
import { createDetector } from '../../../../api/spikes/detect/create-detector.ts'
import { addToMix, mixFactor, newMix } from '../../../../api/spikes/detect/mix.ts'
import { night, opened, play, STATES } from './detect-night.ts'

test('the nation expects the mean of its states by exposure', () => {
  const mix = newMix()
  addToMix(mix, 80, Math.log(2), 0.1)
  addToMix(mix, 20, Math.log(0.5), 0.1)
  expect(mixFactor(mix, 100).factor).toBeCloseTo(1.7)
  expect(mixFactor(mix, 100).variance).toBeCloseTo((160 ** 2 * 0.1 + 10 ** 2 * 0.1) / 170 ** 2)
})

test('what no state holds has the nation’s own share', () => {
  const mix = newMix()
  addToMix(mix, 10, Math.log(3), 0)
  expect(mixFactor(mix, 100).factor).toBeCloseTo(1.2)
  expect(mixFactor(newMix(), 100)).toEqual({ factor: 1, variance: 0 })
})

test('where posts name several states, these weigh by their parts', () => {
  const mix = newMix()
  addToMix(mix, 150, Math.log(2), 0)
  addToMix(mix, 50, 0, 0)
  expect(mixFactor(mix, 100).factor).toBeCloseTo(1.75)
})

test('nothing seen is no mix', () => {
  expect(mixFactor(newMix(), 0)).toEqual({ factor: 1, variance: 0 })
})

test('a state that comes to hold nine posts in ten, by news, makes no other state stand out', () => {
  const SURGE = 400
  // California talks of the narratives half as much as the others, and within five minutes eighty times as much of everything.
  const ticks = night({
    seed: 11,
    ticks: 520,
    places: STATES,
    narratives: ['machine_failure', 'votes_not_counted', 'results_manipulated'],
    exposure: 300,
    share: 0.03,
    lift: (_, place) => (place === 'CA' ? 0.5 : 1),
    volume: (tick, place) => (place === 'CA' && tick >= SURGE ? Math.min(80, 1 + 16 * (tick - SURGE)) : 1),
  })
  const told = play(createDetector({ stepSeconds: 60, hierarchical: true }), ticks)
  expect(opened(told)).toEqual([])
  const quiet = told.evidence.slice(SURGE).flat()
  expect(Math.max(...quiet.map(({ score }) => score))).toBeLessThan(6)
})

test('a burst beside such a state is found', () => {
  const SURGE = 400
  const BURST = 440
  const ticks = night({
    seed: 12,
    ticks: 470,
    places: STATES,
    narratives: ['machine_failure', 'votes_not_counted', 'results_manipulated'],
    exposure: 300,
    share: 0.03,
    lift: (tick, place, narrative) =>
      (place === 'CA' ? 0.5 : 1) *
      (place === 'OH' && narrative === 'machine_failure' && tick >= BURST ? 3 : 1),
    volume: (tick, place) => (place === 'CA' && tick >= SURGE ? Math.min(80, 1 + 16 * (tick - SURGE)) : 1),
  })
  const told = opened(play(createDetector({ stepSeconds: 60, hierarchical: true }), ticks))
  expect(told.map(({ key }) => key)).toEqual(['OH|machine_failure'])
  expect(told[0]!.tick - BURST).toBeLessThan(6)
})
