/**
 * The baseline: the log of a series' rate per unit of exposure, as a normal law over a few parts (a slow and a fast
 * level; or level, trend and season), moved by each tick with a robust extended Kalman step for counts (Fahrmeir 1992).
 */
import type { Profile } from './profile.ts'

/** Log rates beyond this are beyond any count; it keeps exp() finite. */
const LOG_LIMIT = 25

/** No part is ever less certain than this (variance of a log rate). */
const VARIANCE_CEILING = 4

export interface Level {
  /** Means of the parts. */
  b: number[]
  /** Their covariance, row by row. */
  v: number[]
}

export function newLevel(profile: Profile, logRate: number, variance: number): Level {
  const d = profile.startVariance.length
  const level: Level = { b: Array.from({ length: d }, () => 0), v: Array.from({ length: d * d }, () => 0) }
  level.b[0] = logRate
  for (let i = 0; i < d; i++) level.v[i * d + i] = i === 0 ? variance : profile.startVariance[i]!
  return level
}

/** Fills `x` with what each part is multiplied by at tick `n`, and gives it. */
export function design(profile: Profile, n: number, x: Float64Array): Float64Array {
  const plain = x.length - profile.trend - 2 * profile.harmonics
  let i = 0
  while (i < plain) x[i++] = 1
  if (profile.trend) x[i++] = n / (10 * profile.season)
  const phase = (2 * Math.PI * n) / profile.season
  for (let j = 1; j <= profile.harmonics; j++) {
    x[i++] = Math.cos(j * phase)
    x[i++] = Math.sin(j * phase)
  }
  return x
}

/** What becomes of each part by the time it is used: the ticks from the newest one learnt to now. */
export interface Outlook {
  fade: number[]
  added: number[]
}

/** The outlook over `ahead` ticks. */
export function outlook(profile: Profile, ahead: number): Outlook {
  const fade = profile.memory.map((memory) => memory ** ahead)
  const added = profile.wander.map((wander, i) => {
    const memory = profile.memory[i]!
    return memory === 1 ? wander * ahead : (wander * (1 - fade[i]! ** 2)) / (1 - memory * memory)
  })
  return { fade, added }
}

/** Log rate expected at the end of the outlook. */
export function logRate(level: Level, x: Float64Array, { fade }: Outlook): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += level.b[i]! * x[i]! * fade[i]!
  return Math.max(-LOG_LIMIT, Math.min(LOG_LIMIT, sum))
}

/** Variance of that log rate, the wandering on the way included. */
export function logVariance(level: Level, x: Float64Array, { fade, added }: Outlook): number {
  const d = x.length
  const { v } = level
  let sum = 0
  for (let i = 0; i < d; i++) {
    const xi = x[i]! * fade[i]!
    sum += xi * xi * v[i * d + i]! + x[i]! * x[i]! * added[i]!
    for (let j = i + 1; j < d; j++) sum += 2 * xi * x[j]! * fade[j]! * v[i * d + j]!
  }
  return sum
}

const gain = new Float64Array(8)

/** Takes a tick's count into the level. `offset` is the exposure times what is shared with others; `c`, `k` the dispersion. */
export function learn(
  profile: Profile,
  level: Level,
  x: Float64Array,
  y: number,
  offset: number,
  c: number,
  k: number,
): void {
  const d = x.length
  const { b, v } = level
  let log = 0
  let signal = 0
  for (let i = 0; i < d; i++) {
    let g = 0
    for (let j = 0; j < d; j++) g += v[i * d + j]! * x[j]!
    gain[i] = g
    signal += x[i]! * g
    log += x[i]! * b[i]!
  }
  const m = Math.max(Math.exp(Math.max(-LOG_LIMIT, Math.min(LOG_LIMIT, log))) * offset, 1e-9)
  const total = c * m + k * m * m + m * m * signal
  const limit = profile.clip * Math.sqrt(total) + 1
  const residual = Math.max(-limit, Math.min(limit, y - m))
  for (let i = 0; i < d; i++) b[i]! += (gain[i]! * m * residual) / total
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) v[i * d + j]! -= (gain[i]! * gain[j]! * m * m) / total
  }
}

/** One tick passes: parts forget and wander. */
export function age(profile: Profile, level: Level): void {
  const { b, v } = level
  const d = b.length
  for (let i = 0; i < d; i++) {
    const memory = profile.memory[i]!
    if (memory !== 1) {
      b[i]! *= memory
      for (let j = 0; j < d; j++) {
        v[i * d + j]! *= memory
        v[j * d + i]! *= memory
      }
    }
    v[i * d + i] = Math.min(v[i * d + i]! + profile.wander[i]!, VARIANCE_CEILING)
  }
}
