/**
 * A lone series with a rough, heavy-tailed course (brand mentions by five minutes): no pool lends it a dispersion, so
 * its own tail is fitted as it comes. The deviation from a fading mean, on the square-root scale, is read against a
 * generalised Pareto law over its upper 2 % (Pickands 1975; probability-weighted moments, Hosking and Wallis 1987), and
 * what is higher than anything in the last week counts for more.
 */
import type { Evidence } from '../detector.ts'

const DAY_SECONDS = 86_400
/** Ticks before the tail is first fitted. */
const WARM = 600
/** Share of ticks that make the tail. */
const TAIL = 0.02
/** The mean takes no count beyond this many times itself (and ten). */
const CAP = 6
const CAP_FLOOR = 10
/** Half-life, in ticks, of the highest deviation seen. */
const HIGH_HALF_LIFE = 2000
/** Prior of the shape, in exceedances. */
const SHAPE_PRIOR = 0.2
const SHAPE_PRIOR_WEIGHT = 10
const SHAPE_RANGE = [-0.2, 0.9] as const
/** Exceedances kept for the fit; older ones leave. */
const KEPT = 2000
/** Evidence at which a series' alert opens. */
const OPEN = 3.6
/** A tail probability below this says no more. */
const CEILING = 6

export interface LoneState {
  mean: number | null
  high: number
  ticks: number
  warm: number[]
  over: number[]
  overs: number
  u: number
  shape: number
  scale: number
  record: number
  recordAge: number
}

export function newLone(): LoneState {
  return {
    mean: null,
    high: 0,
    ticks: 0,
    warm: [],
    over: [],
    overs: 0,
    u: 0,
    shape: SHAPE_PRIOR,
    scale: 1,
    record: 0,
    recordAge: 0,
  }
}

/** Takes one tick of one series. */
export function stepLone(s: LoneState, key: string, count: number, stepSeconds: number): Evidence {
  const halfLife = Math.max(1, DAY_SECONDS / stepSeconds)
  const keep = 0.5 ** (1 / halfLife)
  const mean = s.mean ?? count
  const deviation = Math.max(0, (count - mean) / Math.sqrt(mean + 1))
  s.mean = keep * mean + (1 - keep) * Math.min(count, mean * CAP + CAP_FLOOR)
  const novelty = Math.log((deviation + 1) / (s.high + 1))
  s.high = Math.max(deviation, s.high * 0.5 ** (1 / HIGH_HALF_LIFE))
  s.ticks += 1
  const evidence = readTail(s, deviation)
  const score = Math.max(0, evidence + 0.5 * Math.max(-2, novelty) + 1)
  s.recordAge += 1
  if (s.recordAge * stepSeconds > DAY_SECONDS) s.record = 0
  if (score <= s.record) return { key, score: 0, alert: false }
  if (score > 1) {
    s.record = score
    s.recordAge = 0
  }
  return { key, score, alert: score >= OPEN }
}

function readTail(s: LoneState, x: number): number {
  if (s.ticks <= WARM) {
    s.warm.push(x)
    if (s.ticks === WARM) settle(s)
    return 0
  }
  const share = Math.max(s.overs, 1) / s.ticks
  const p =
    x > s.u
      ? share * paretoTail((x - s.u) / s.scale, s.shape)
      : Math.max(share, 1 - (x / Math.max(s.u, 1e-9)) * (1 - share))
  if (x > s.u) {
    s.overs += 1
    s.over.push(x - s.u)
    if (s.over.length > KEPT) s.over.shift()
    fit(s)
  }
  return Math.min(CEILING, -Math.log10(Math.max(1e-30, p)))
}

function paretoTail(x: number, shape: number): number {
  return Math.abs(shape) < 1e-6 ? Math.exp(-x) : Math.max(1e-12, 1 + shape * x) ** (-1 / shape)
}

function settle(s: LoneState): void {
  const sorted = s.warm.sort((a, b) => a - b)
  s.u = sorted[Math.floor((1 - TAIL) * sorted.length)]!
  s.over = sorted.filter((x) => x > s.u).map((x) => x - s.u)
  s.overs = s.over.length
  s.warm = []
  fit(s)
}

function fit(s: LoneState): void {
  const sorted = [...s.over].sort((a, b) => a - b)
  const k = sorted.length
  let a0 = 0
  let a1 = 0
  for (let i = 0; i < k; i++) {
    a0 += sorted[i]! / k
    if (k > 1) a1 += (sorted[i]! * (k - 1 - i)) / (k - 1) / k
  }
  const own = k >= 8 && a0 > 2 * a1 ? 2 - a0 / (a0 - 2 * a1) : SHAPE_PRIOR
  const shape = (own * k + SHAPE_PRIOR * SHAPE_PRIOR_WEIGHT) / (k + SHAPE_PRIOR_WEIGHT)
  s.shape = Math.max(SHAPE_RANGE[0], Math.min(SHAPE_RANGE[1], shape))
  s.scale = Math.max(1e-9, k === 0 ? 1 : a0 * (1 - s.shape))
}
