import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDetector } from '../../../../api/spikes/detect/create-detector.ts'
import type { DetectorOptions, SeriesCount } from '../../../../api/spikes/detector.ts'
import { night, play, START, STATES, type Told } from './detect-night.ts'

const MINUTES: DetectorOptions = { stepSeconds: 60, hierarchical: true }
const KINDS: DetectorOptions[] = [
  MINUTES,
  { stepSeconds: 60, hierarchical: false },
  { stepSeconds: 300, season: [288], hierarchical: false },
  { stepSeconds: 604_800, season: [52], hierarchical: false },
]

const KEYS = ['US|a', 'AZ|a', 'AZ|b', '04013|a', 'plain', '__proto__', 'constructor|toString']
const count = fc.oneof(fc.nat(5), fc.nat(1000), fc.constant(10_000_000), fc.constant(0))
const exposure = fc.oneof(
  fc.constant(0),
  fc.constant(1),
  fc.nat(100_000),
  fc.double({ min: 0, max: 1e9, noNaN: true }),
)
const row = fc.record({ key: fc.constantFrom(...KEYS), count, exposure })
const rows = fc.uniqueArray(row, { selector: (r) => r.key, maxLength: KEYS.length })
/** Ticks with the steps to them: gaps of any length. */
const ticks = fc.array(fc.tuple(rows, fc.constantFrom(1, 1, 1, 1, 2, 7, 500, 100_000)), { maxLength: 60 })

/** Ticks with bursts in them, so that what is compared is not only calm. */
const busy = night({
  seed: 8,
  ticks: 150,
  places: STATES.slice(0, 4),
  narratives: ['a', 'b'],
  exposure: 80,
  share: 0.01,
  lift: (t, p, n) =>
    p === 'AZ' && n === 'a' && t >= 50 && t < 70 ? 15 : p === 'CA' && t >= 90 && t < 100 ? 9 : 1,
})

function numbersOf(told: Told): number[] {
  const evidence = told.evidence.flat().map((e) => e.score)
  const bursts = told.bursts
    .flat()
    .flatMap((b) => [
      b.onset,
      b.detected,
      b.peak,
      b.count,
      b.expected,
      b.size,
      b.sizeLow,
      b.sizeHigh,
      b.score,
    ])
  return [...evidence, ...bursts]
}

describe('any counts whatever', () => {
  it.each(KINDS)('give finite numbers that hang together: %o', (options) => {
    fc.assert(
      fc.property(ticks, (steps) => {
        const detector = createDetector(options)
        let t = START
        for (const [tick, step] of steps) {
          t += step * options.stepSeconds
          const { evidence, bursts } = detector.tick(t, tick)
          expect(evidence.map((e) => e.key)).toEqual(tick.map((r) => r.key))
          expect(numbersOf({ evidence: [evidence], bursts: [bursts] }).every(Number.isFinite)).toBe(true)
          expect(evidence.every((e) => e.score >= 0)).toBe(true)
          for (const b of bursts) {
            expect(b.onset <= b.detected && b.detected <= t && b.onset <= b.peak && b.peak <= t).toBe(true)
            expect(b.sizeLow <= b.size && b.size <= b.sizeHigh && b.expected >= 0 && b.count >= 0).toBe(true)
            expect(b.end === null).toBe(b.phase !== 'closed')
            expect(b.end === null || (b.end >= b.onset && b.end <= t)).toBe(true)
          }
        }
      }),
      { numRuns: 150 },
    )
  })
})

describe('a restart', () => {
  const whole = play(createDetector(MINUTES), busy)

  it('there are bursts to compare', () => {
    expect(whole.bursts.flat().filter((b) => b.phase === 'closed').length).toBeGreaterThanOrEqual(2)
  })

  it('at any tick gives the same evidence and the same bursts, and no second alarm', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: busy.length - 1 }), (cut) => {
        const before = createDetector(MINUTES)
        const first = play(before, busy.slice(0, cut))
        const written = JSON.stringify(before.snapshot())
        const second = play(createDetector(MINUTES, JSON.parse(written)), busy.slice(cut), cut)
        expect([...first.evidence, ...second.evidence]).toEqual(whole.evidence)
        expect([...first.bursts, ...second.bursts]).toEqual(whole.bursts)
      }),
      { numRuns: 40 },
    )
  })

  it('of a weekly and of a lone detector too', () => {
    for (const options of KINDS.slice(1)) {
      const series = busy.map((tick) => tick.filter((r) => r.key === 'AZ|a'))
      const long = Array.from({ length: 900 }, (_, i) => series[i % series.length]!)
      const step = options.stepSeconds
      const run = (d: ReturnType<typeof createDetector>, from: number, to: number): unknown[] =>
        long.slice(from, to).map((tick, i) => d.tick((from + i + 1) * step, tick))
      const whole = run(createDetector(options), 0, 900)
      const before = createDetector(options)
      const first = run(before, 0, 777)
      const after = createDetector(options, JSON.parse(JSON.stringify(before.snapshot())))
      expect([...first, ...run(after, 777, 900)]).toEqual(whole)
    }
  })

  it('leaves the snapshot alone, and a snapshot leaves the detector alone', () => {
    const detector = createDetector(MINUTES)
    play(detector, busy.slice(0, 60))
    const snapshot = detector.snapshot()
    const written = JSON.stringify(snapshot)
    play(createDetector(MINUTES, snapshot), busy.slice(60, 90), 60)
    play(detector, busy.slice(60, 90), 60)
    expect(JSON.stringify(snapshot)).toBe(written)
  })

  it('refuses a snapshot that is not its own', () => {
    const snapshot = createDetector(MINUTES).snapshot()
    expect(() => createDetector({ ...MINUTES, stepSeconds: 300 }, snapshot)).toThrow(RangeError)
    for (const broken of [null, 7, 'x', [], {}, { version: 99 }]) {
      expect(() => createDetector(MINUTES, broken)).toThrow(RangeError)
    }
  })
})

describe('the order of rows', () => {
  it('changes nothing but the order of the evidence', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(1_000_000)), (salt) => {
        const shuffled = busy.map((tick) => shuffle(tick, salt.next().value))
        const a = play(createDetector(MINUTES), busy)
        const b = play(createDetector(MINUTES), shuffled)
        expect(b.bursts).toEqual(a.bursts)
        const byKey = (told: Told): unknown =>
          told.evidence.map((e) => e.toSorted((x, y) => (x.key < y.key ? -1 : 1)))
        expect(byKey(b)).toEqual(byKey(a))
      }),
      { numRuns: 10 },
    )
  })
})

function shuffle(tick: readonly SeriesCount[], salt: number): SeriesCount[] {
  const hash = (key: string): number =>
    Array.from(key).reduce((h, c) => (Math.imul(h, 31) + c.charCodeAt(0)) | 0, salt)
  return tick.toSorted((x, y) => hash(x.key) - hash(y.key))
}

describe('what is not a tick', () => {
  const good = [{ key: 'US|a', count: 1, exposure: 10 }]
  it('is refused with a RangeError, and nothing of it is remembered', () => {
    const detector = createDetector(MINUTES)
    detector.tick(START, good)
    const before = JSON.stringify(detector.snapshot())
    const bad: [number, SeriesCount[]][] = [
      [START, good],
      [START - 60, good],
      [Number.NaN, good],
      [Number.POSITIVE_INFINITY, good],
      [START + 60, [{ key: 'US|a', count: -1, exposure: 1 }]],
      [START + 60, [{ key: 'US|a', count: Number.NaN, exposure: 1 }]],
      [START + 60, [{ key: 'US|a', count: 1, exposure: -1 }]],
      [START + 60, [{ key: 'US|a', count: 1, exposure: Number.POSITIVE_INFINITY }]],
      [START + 60, [...good, ...good]],
    ]
    for (const [t, tick] of bad) expect(() => detector.tick(t, tick)).toThrow(RangeError)
    expect(JSON.stringify(detector.snapshot())).toBe(before)
  })

  it('options that are not usable are refused too', () => {
    const bad: Partial<DetectorOptions>[] = [
      { stepSeconds: 0 },
      { stepSeconds: Number.NaN },
      { falseAlarmsPerNight: 0 },
      { falseDiscoveryRate: 1 },
      { season: [0] },
    ]
    for (const part of bad) expect(() => createDetector({ ...MINUTES, ...part })).toThrow(RangeError)
  })
})
