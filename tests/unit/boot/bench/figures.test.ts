import { expect, test } from 'vitest'
import { figuresOf } from '../../../../api/boot/bench/load/figures.ts'
import { isSustained, report } from '../../../../api/boot/bench/load/report.ts'
import type { Ran } from '../../../../api/boot/bench/load/run.ts'
import type { Stored } from '../../../../api/boot/bench/load/stored.ts'
import type { Spike, Status } from '../../../../api/contract.ts'

const START = 1_000_000_000_000
const RATE = 1_000
const SECONDS = 60

/** A minute of `RATE` posts a second, of which `speed` a second are stored, each after a second. */
function run(speed: number): { ran: Ran; stored: Stored } {
  const seconds = Array.from({ length: SECONDS + 1 }, (_, i) => i)
  const samples = seconds.map((second) => ({
    at: START + second * 1_000,
    uses: new Map([
      ['classify 1', { cpuMicros: second * speed * 20, memoryMib: 300 + second / 10 }],
      ['(sender)', { cpuMicros: second * RATE * 3, memoryMib: 90 }],
    ]),
    sent: second * RATE,
    waiting: 0,
  }))
  const flagged = seconds
    .slice(0, SECONDS)
    .map((second) => [START + second * 1_000, START + second * 1_000 + 700] as const)
  const shown = seconds.map((second) => ({
    at: START + second * 1_000 + 900,
    status: { flagged: Math.min(SECONDS, second + 1) } as Status,
  }))
  const posts = new Map([
    ['early', { at: START - 50, capturedAt: START - 100 }],
    ['in time', { at: START + 10_700, capturedAt: START + 10_000 }],
  ])
  const alarms = new Map([['a', { at: START + 70_000, spike: { detected: START } as Spike }]])
  const counts = { posts: SECONDS * RATE, election: 3_000, rumours: 600, repeats: 500, reposts: 300 }
  return {
    ran: {
      samples,
      page: { shown, alarms, posts },
      sent: counts,
      startedAt: START - 1_000,
      drained: true,
      connections: 1,
    },
    stored: {
      posts: SECONDS * speed,
      election: 3_000,
      bySecond: new Map(seconds.slice(0, SECONDS).map((second) => [START / 1_000 + second, speed])),
      lastAt: START + SECONDS * 1_000,
      flagged,
    },
  }
}

test('a run that keeps up', () => {
  const { ran, stored } = run(RATE)
  const figures = figuresOf(ran, stored, RATE)
  expect(figures).toMatchObject({
    offered: RATE,
    sustained: RATE,
    lag: { first: 1, last: 1 },
    stored: { p50: 700, p95: 700, p99: 700 },
    told: { p50: 700, p95: 700, p99: 700 },
    shown: { p50: 900, p99: 900 },
    alarms: [10],
    cpuMicros: 20,
  })
  expect(figures.lag.perMinute).toBeCloseTo(0)
  expect(isSustained(figures)).toBe(true)
  const [classify, sender] = figures.roles
  expect(classify).toMatchObject({ role: 'classify 1', cpuMicros: 20 })
  expect(classify!.memory.max).toBeCloseTo(306)
  expect(classify!.memory.perMinute).toBeCloseTo(6)
  expect(sender).toMatchObject({ role: '(sender)', cpuMicros: 3 })
})

test('a run that falls behind by a tenth', () => {
  const { ran, stored } = run(0.9 * RATE)
  const figures = figuresOf(ran, stored, RATE)
  expect(figures.sustained).toBe(900)
  expect(figures.lag.perMinute).toBeCloseTo(6)
  expect(isSustained(figures)).toBe(false)
  expect(figures.cpuMicros).toBe(20)
})

test('a run that stores nothing falls behind by a minute each minute', () => {
  const { ran, stored } = run(RATE)
  const figures = figuresOf(ran, { ...stored, bySecond: new Map() }, RATE)
  expect(figures.sustained).toBe(0)
  expect(figures.lag.perMinute).toBeCloseTo(60)
  expect(isSustained(figures)).toBe(false)
})

test('a burst of which a part was never stored says how much was', () => {
  const { ran, stored } = run(RATE)
  const figures = figuresOf(ran, stored, RATE)
  const said = (posts: number) =>
    report({
      figures: { ...figures, posts: { ...figures.posts, stored: posts } },
      rows: [],
      burstSeconds: 7.3,
    })
  expect(said(60_000)).toContain('a burst of 60,000 posts: all stored 7.3 s after the first was sent\n')
  expect(said(59_000)).toContain('a burst of 60,000 posts: only 59,000 stored 7.3 s after')
})
