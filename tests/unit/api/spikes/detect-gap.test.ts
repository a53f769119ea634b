/** Two networks, of which the larger one, where a narrative is five times as common, is cut off for two hours. */
import { describe, expect, test } from 'vitest'
import { createDetector } from '../../../../api/spikes/detect/create-detector.ts'
import type { Detector, SeriesCount } from '../../../../api/spikes/detector.ts'
import { night, opened, play, START, STATES } from './detect-night.ts'

const OPTIONS = { stepSeconds: 60, hierarchical: true }
const NARRATIVES = ['machine_failure', 'votes_not_counted', 'results_manipulated']
const DOWN = 300
const BACK = 420
const TICKS = 540

type Lift = (tick: number, place: string, narrative: string) => number
const inGap = (tick: number): boolean => tick >= DOWN && tick < BACK
/** What opened in the gap or within half an hour of its end. */
const around = <T extends { tick: number }>(bursts: T[]): T[] =>
  bursts.filter(({ tick }) => tick >= DOWN && tick < BACK + 30)

/** Counts of both networks together; `lift` raises the rate on both. */
function networks(seed: number, lift: Lift = () => 1): SeriesCount[][] {
  const shared = { ticks: TICKS, places: STATES, narratives: NARRATIVES, lift }
  const small = night({ ...shared, seed, exposure: 30, share: 0.02 })
  const large = night({
    ...shared,
    seed: seed + 1_000,
    exposure: 120,
    share: 0.02,
    lift: (tick, place, narrative) =>
      (narrative === 'votes_not_counted' ? 5 : 1) * lift(tick, place, narrative),
    volume: (tick) => (inGap(tick) ? 0 : 1),
  })
  return small.map((rows, tick) =>
    rows.map(({ key, count, exposure }, i) => ({
      key,
      count: count + large[tick]![i]!.count,
      exposure: exposure + large[tick]![i]!.exposure,
    })),
  )
}

/** A detector that is told what was seen. */
function told(seen: (tick: number) => number): Detector {
  const detector = createDetector(OPTIONS)
  return { ...detector, tick: (t, rows) => detector.tick(t, rows, seen((t - START) / 60)) }
}
const knowing = (): Detector => told((tick) => (inGap(tick) ? 0 : 1))

describe('a network that is cut off for two hours', () => {
  test('raises no alarm, neither when it goes nor when it returns, where the gap is known', () => {
    for (const seed of [1, 2, 3, 4]) expect(around(opened(play(knowing(), networks(seed))))).toEqual([])
  })

  test('would raise alarms on its return otherwise', () => {
    const alarms = around(opened(play(createDetector(OPTIONS), networks(1))))
    expect(alarms).toContainEqual({ key: 'US|votes_not_counted', tick: BACK })
  })

  test('leaves what was learnt before as it was', () => {
    const ticks = networks(5)
    const before = knowing()
    play(before, ticks.slice(0, DOWN))
    const after = knowing()
    play(after, ticks.slice(0, BACK + 1))
    const moved = rates(after).map((rate, i) => Math.abs(rate - rates(before)[i]!))
    // The last minutes before the gap are still learnt; the narrative that the larger network has more of would fall to a quarter.
    expect(Math.max(...moved)).toBeLessThan(0.2)
    expect(pools(after)).toEqual(pools(before).map((c) => expect.closeTo(c, 1)))
  })

  test('hides no burst in what still comes', () => {
    const burst: Lift = (tick, place, narrative) =>
      place === 'OH' && narrative === NARRATIVES[0] && tick >= 380 && tick < 400 ? 12 : 1
    const found = around(opened(play(knowing(), networks(5, burst))))
    expect(found[0]).toMatchObject({ key: 'OH|machine_failure' })
    expect(found[0]!.tick).toBeLessThan(390)
  })

  test('hides no burst after its return', () => {
    const burst: Lift = (tick, place, narrative) =>
      place === 'OH' && narrative === NARRATIVES[0] && tick >= BACK + 5 && tick < BACK + 25 ? 4 : 1
    const found = around(opened(play(knowing(), networks(7, burst))))
    expect(found.map(({ key }) => key)).toEqual(['OH|machine_failure'])
    expect(found[0]!.tick).toBeLessThan(BACK + 10)
  })

  test('that comes and goes every few minutes hides no burst either', () => {
    const burst: Lift = (tick, place, narrative) =>
      place === 'OH' && narrative === NARRATIVES[0] && tick >= 460 && tick < 480 ? 4 : 1
    const flapping = told((tick) => (tick % 7 < 2 ? 0.5 : 1))
    const found = opened(play(flapping, networks(8, burst))).filter(({ tick }) => tick >= BACK + 30)
    expect(found.map(({ key }) => key)).toEqual(['OH|machine_failure'])
    expect(found[0]!.tick).toBeLessThan(475)
  })

  test('is written down with the rest: a restart in the gap changes nothing', () => {
    const ticks = networks(9)
    const whole = play(knowing(), ticks)
    const first = createDetector(OPTIONS)
    for (let tick = 0; tick < 350; tick++) first.tick(START + tick * 60, ticks[tick]!, inGap(tick) ? 0 : 1)
    const second = createDetector(OPTIONS, first.snapshot())
    for (let tick = 350; tick < TICKS; tick++) {
      const { evidence } = second.tick(START + tick * 60, ticks[tick]!, inGap(tick) ? 0 : 1)
      expect(evidence).toEqual(whole.evidence[tick])
    }
  })
})

test('a part of a tick is between 0 and 1', () => {
  for (const seen of [-0.1, 1.1, Number.NaN])
    expect(() => createDetector(OPTIONS).tick(START, [], seen)).toThrow(RangeError)
})

interface Remembered {
  series: { level: { b: number[] } }[]
  pools: Record<string, { c: number }[]>
}
const rates = (detector: Detector): number[] =>
  (detector.snapshot() as Remembered).series.map(({ level }) => level.b[0]!)
const pools = (detector: Detector): number[] =>
  Object.values((detector.snapshot() as Remembered).pools).map(([first]) => first!.c)
