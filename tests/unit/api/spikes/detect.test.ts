import { describe, expect, it } from 'vitest'
import { createDetector } from '../../../../api/spikes/detect/create-detector.ts'
import type { DetectorOptions } from '../../../../api/spikes/detector.ts'
import { night, opened, play, START, STATES } from './detect-night.ts'

const MINUTES: DetectorOptions = { stepSeconds: 60, hierarchical: true }
const NARRATIVES = ['results_manipulated', 'votes_not_counted', 'machine_failure', 'ballot_fraud']
const calm = { seed: 1, ticks: 240, places: STATES, narratives: NARRATIVES, exposure: 60, share: 0.01 }

describe('a burst in one place', () => {
  const burstAt = 120
  const ticks = night({
    ...calm,
    lift: (t, p, n) => (p === 'AZ' && n === 'votes_not_counted' && t >= burstAt && t < burstAt + 20 ? 12 : 1),
  })
  const told = play(createDetector(MINUTES), ticks)
  const life = told.bursts.flat().filter((b) => b.key === 'AZ|votes_not_counted')

  it('opens within minutes, and only there', () => {
    const state = opened(told).filter(({ key }) => !key.startsWith('US|'))
    expect(state.map(({ key }) => key)).toEqual(['AZ|votes_not_counted'])
    expect(state[0]!.tick - burstAt).toBeLessThanOrEqual(5)
  })

  it('is one object that opens, grows, peaks and closes', () => {
    const phases = life.map((b) => b.phase)
    expect(phases[0]).toBe('open')
    expect(phases.at(-1)).toBe('closed')
    expect(phases.filter((p) => p === 'open' || p === 'closed')).toHaveLength(2)
    expect(phases).toContain('growing')
    expect(phases.indexOf('growing')).toBeLessThan(phases.indexOf('peaked'))
    expect(life.filter((b) => b.phase !== 'closed').every((b) => b.end === null)).toBe(true)
  })

  it('knows its onset, its peak, its end and its size', () => {
    const last = life.at(-1)!
    const minute = (t: number): number => (t - START) / 60
    expect(Math.abs(minute(last.onset) - burstAt)).toBeLessThanOrEqual(2)
    expect(minute(last.peak)).toBeGreaterThanOrEqual(burstAt)
    expect(minute(last.peak)).toBeLessThan(burstAt + 20)
    expect(Math.abs(minute(last.end!) - (burstAt + 19))).toBeLessThanOrEqual(10)
    const truth = 20 * 60 * 0.01 * 11
    expect(last.sizeLow).toBeLessThan(truth)
    expect(last.sizeHigh).toBeGreaterThan(truth)
    expect(last.size).toBeCloseTo(last.count - last.expected, 9)
  })

  it('shows as an alert from its detection to its close', () => {
    const alert = told.evidence.map((row) => row.find((e) => e.key === 'AZ|votes_not_counted')!.alert)
    const detected = (life[0]!.detected - START) / 60
    expect(alert[detected - 1]).toBe(false)
    expect(alert[detected]).toBe(true)
    expect(alert.lastIndexOf(true)).toBe(detected + life.length - 2)
    expect(alert.slice(detected, detected + life.length - 1).every(Boolean)).toBe(true)
  })
})

describe('a cold start', () => {
  it('does not alarm at the first few posts, whatever is not yet known', () => {
    for (const count of [1, 2, 3, 4]) {
      const detector = createDetector(MINUTES)
      const rows = [
        { key: 'AZ|votes_not_counted', count, exposure: 5 },
        { key: 'US|votes_not_counted', count, exposure: 50 },
      ]
      const told = play(detector, [rows, rows, rows, rows])
      expect(opened(told)).toEqual([])
    }
  })

  it('does not alarm where a narrative is simply commoner than was believed', () => {
    const told = play(createDetector(MINUTES), night({ ...calm, ticks: 60, share: 0.05 }))
    expect(opened(told)).toEqual([])
  })

  it('finds a burst that begins ten minutes after the first tick', () => {
    const ticks = night({
      ...calm,
      ticks: 30,
      lift: (t, p, n) => (p === 'AZ' && n === 'votes_not_counted' && t >= 10 ? 15 : 1),
    })
    const found = opened(play(createDetector(MINUTES), ticks)).find(
      ({ key }) => key === 'AZ|votes_not_counted',
    )
    expect(found?.tick).toBeGreaterThanOrEqual(10)
    expect(found?.tick).toBeLessThanOrEqual(16)
  })

  it('finds a national burst where no place is known', () => {
    const lift = (t: number): number => (t >= 10 ? 12 : 1)
    const ticks = night({ ...calm, places: ['XX'], narratives: ['results_manipulated'], ticks: 25, lift })
    const nation = ticks.map((rows) => rows.filter(({ key }) => key.startsWith('US|')))
    const found = opened(play(createDetector(MINUTES), nation))
    expect(found.map(({ key }) => key)).toEqual(['US|results_manipulated'])
    expect(found[0]!.tick).toBeGreaterThanOrEqual(10)
    expect(found[0]!.tick).toBeLessThanOrEqual(20)
  })
})

describe('what is no burst of a place', () => {
  it('a national wave is told as the nation’s, not as one alarm for each state', () => {
    const lift = (t: number, _: string, n: string): number =>
      n === 'ballot_fraud' && t >= 120 && t < 150 ? 6 : 1
    const found = opened(play(createDetector(MINUTES), night({ ...calm, exposure: 200, lift })))
    expect(found.map(({ key }) => key)).toEqual(['US|ballot_fraud'])
  })

  it('news that lifts every narrative of a place', () => {
    const lift = (t: number, p: string): number =>
      p === 'PA' && t >= 120 ? 1 + Math.min(1.5, (t - 120) / 5) : 1
    const found = opened(play(createDetector(MINUTES), night({ ...calm, exposure: 300, lift })))
    expect(found.filter(({ key }) => key.startsWith('PA'))).toEqual([])
  })

  it('a night that gets thirty times as loud, with the same shares', () => {
    const volume = (t: number): number => 1 + 29 / (1 + Math.exp((120 - t) / 15))
    expect(opened(play(createDetector(MINUTES), night({ ...calm, volume })))).toEqual([])
  })

  it('the return of a source that was down', () => {
    const volume = (t: number): number => (t >= 100 && t < 140 ? 0 : 1)
    expect(opened(play(createDetector(MINUTES), night({ ...calm, volume })))).toEqual([])
  })

  it('a gap in the ticks themselves', () => {
    const ticks = night(calm)
    const detector = createDetector(MINUTES)
    expect(opened(play(detector, ticks.slice(0, 120)))).toEqual([])
    expect(opened(play(detector, ticks.slice(120), 600))).toEqual([])
  })
})

describe('false alarms', () => {
  it('stay below the number that is accepted, over calm nights', () => {
    let alarms = 0
    const nights = 6
    for (let seed = 11; seed < 11 + nights; seed++) {
      const ticks = night({ ...calm, seed, ticks: 720, places: STATES, exposure: 30, share: 0.004 })
      alarms += opened(play(createDetector({ ...MINUTES, falseAlarmsPerNight: 2 }), ticks)).length
    }
    // Twelve are accepted; more than that, by chance, would be seen once in 30 if the true rate were 7.
    expect(alarms).toBeLessThanOrEqual(12)
  })

  it('are fewer where fewer are accepted', () => {
    const lift = (t: number, p: string): number => (t % 60 < 4 && p === 'OH' ? 5 : 1)
    const ticks = night({ ...calm, seed: 5, ticks: 480, lift })
    const count = (falseAlarmsPerNight: number): number =>
      opened(play(createDetector({ ...MINUTES, falseAlarmsPerNight, falseDiscoveryRate: 0 }), ticks)).length
    expect(count(0.001)).toBeLessThan(count(50))
  })
})

describe('other kinds of series', () => {
  it('weekly reports: a season is not an outbreak, an outbreak is', () => {
    const detector = createDetector({ stepSeconds: 604_800, season: [52], hierarchical: false })
    const alerts: number[] = []
    const base = night({ seed: 3, ticks: 520, places: ['N'], narratives: ['x'], exposure: 1000, share: 0.02 })
    for (let week = 0; week < 520; week++) {
      const season = 1 + 0.6 * Math.sin((2 * Math.PI * week) / 52)
      const count = Math.round(base[week]![0]!.count * season) + (week === 500 ? 60 : 0)
      const { evidence } = detector.tick(week * 604_800, [{ key: 'lab', count, exposure: 1 }])
      if (week > 156 && evidence[0]!.alert) alerts.push(week)
    }
    expect(alerts).toContain(500)
    expect(alerts.filter((week) => week < 500 || week > 502).length).toBeLessThanOrEqual(364 * 0.02)
  })

  it('a lone rough series: only what is higher than its own tail', () => {
    const detector = createDetector({ stepSeconds: 300, season: [288], hierarchical: false })
    const base = night({
      seed: 4,
      ticks: 2000,
      places: ['N'],
      narratives: ['x'],
      exposure: 1000,
      share: 0.03,
    })
    const alerts: number[] = []
    base.forEach((rows, i) => {
      const count = rows[0]!.count + (i === 1700 ? 400 : 0)
      const { evidence, bursts } = detector.tick(i * 300, [{ key: 'brand', count, exposure: 1 }])
      expect(bursts).toEqual([])
      if (evidence[0]!.alert) alerts.push(i)
    })
    expect(alerts).toContain(1700)
    expect(alerts.length).toBeLessThanOrEqual(3)
  })
})
