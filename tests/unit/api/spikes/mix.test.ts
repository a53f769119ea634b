import { describe, expect, test } from 'vitest'
import { createDetector } from '../../../../api/spikes/detect/create-detector.ts'
import { mixOf } from '../../../../api/spikes/detect/mix.ts'
import { night, opened, play, STATES } from './detect-night.ts'

const part = (exposure: number, usual: number, factor: number, variance = 0) => ({
  exposure,
  usual,
  log: Math.log(factor),
  variance,
})

describe('the mix of states', () => {
  test('is the mean of their factors by exposure', () => {
    const states = [part(80, 20, 2, 0.1), part(20, 80, 0.5, 0.1)]
    const { parts, shift, variance } = mixOf({ exposure: 100, usual: 100 }, states)
    expect(parts).toBeCloseTo(1.7)
    expect(shift).toBeCloseTo(1.7 / 0.8)
    expect(variance).toBeCloseTo((160 / 170 - 40 / 80) ** 2 * 0.1 + (10 / 170 - 40 / 80) ** 2 * 0.1)
  })

  test('is no shift while every state holds its usual part', () => {
    const states = [part(30, 300, 2, 0.1), part(20, 200, 0.5, 0.1)]
    const { shift, variance } = mixOf({ exposure: 100, usual: 1_000 }, states)
    expect(shift).toBeCloseTo(1)
    expect(variance).toBeCloseTo(0)
  })

  test('gives what no state holds the nation’s own share', () => {
    expect(mixOf({ exposure: 100, usual: 100 }, [part(10, 10, 3)]).parts).toBeCloseTo(1.2)
    expect(mixOf({ exposure: 100, usual: 100 }, [])).toEqual({ parts: 1, shift: 1, variance: 0 })
  })

  test('weighs states by their parts where posts name several', () => {
    expect(mixOf({ exposure: 100, usual: 100 }, [part(150, 150, 2), part(50, 50, 1)]).parts).toBeCloseTo(1.75)
  })

  test('is none where nothing was seen', () => {
    expect(mixOf({ exposure: 0, usual: 0 }, [part(0, 0, 2)])).toEqual({ parts: 1, shift: 1, variance: 0 })
  })
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
