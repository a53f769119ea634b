/** What is remembered of one series: plain numbers, so that it can be written down and read back exactly. */
import type { Burst } from '../detector.ts'
import { newLevel, type Level } from './level.ts'
import type { Profile } from './profile.ts'

export type Tier = 'nation' | 'state' | 'county'

export interface BurstState extends Burst {
  /** Posts and expectation since the last tick that still belonged to the burst. */
  pendingCount: number
  pendingExpected: number
  /** Relative variance of what was expected, at the opening. */
  relative: number
  cool: number
  unseen: number
  ticks: number
  /** Highest sum of four ticks, and how many ticks ago. */
  crest: number
  crestAge: number
  peakCount: number
}

export interface SeriesState {
  key: string
  place: string
  narrative: string
  tier: Tier
  /** Position of the nation's series of the same narrative; -1 for that one itself and for lone series. */
  parent: number
  /** False for a national series that nobody passes: it is then the sum of its places. */
  passed: boolean
  level: Level
  ticks: number
  /** Ticks of the beginning that were learnt at once. */
  seen: number
  /** The last ticks' counts, offsets and expectations, as rings. */
  y: number[]
  m: number[]
  ys: number[]
  ms: number[]
  lagY: number[]
  lagOffset: number[]
  lagTick: number[]
  /** Count and exposure of the first ticks, from which a lone series takes its first level. */
  startY: number
  startExposure: number
  /** Counts and expectation of the last few minutes, fading: what the shared factors are read from. */
  recentY: number
  recentM: number
  /** The record that a score has to beat, and the ticks since it was set. */
  record: number
  recordAge: number
  burst: BurstState | null
}

/** Splits `PLACE|NARRATIVE`; a key without a bar is a place with one narrative. */
export function splitKey(key: string): { place: string; narrative: string; tier: Tier } {
  const bar = key.indexOf('|')
  const place = bar < 0 ? key : key.slice(0, bar)
  const tier = place === 'US' ? 'nation' : /^\d{5}$/.test(place) ? 'county' : 'state'
  return { place, narrative: bar < 0 ? '*' : key.slice(bar + 1), tier }
}

export function newSeries(
  profile: Profile,
  key: string,
  parent: number,
  logRate: number,
  variance: number,
): SeriesState {
  const longest = profile.windows.at(-1)!
  const zeros = (n: number): number[] => Array.from({ length: n }, () => 0)
  return {
    key,
    ...splitKey(key),
    parent,
    passed: false,
    level: newLevel(profile, logRate, variance),
    ticks: 0,
    seen: 0,
    y: zeros(longest),
    m: zeros(longest),
    ys: zeros(profile.windows.length),
    ms: zeros(profile.windows.length),
    lagY: zeros(profile.guard),
    lagOffset: zeros(profile.guard),
    lagTick: zeros(profile.guard),
    startY: 0,
    startExposure: 0,
    recentY: 0,
    recentM: 0,
    record: 0,
    recordAge: 0,
    burst: null,
  }
}

/** Puts a tick into the windows. */
export function pushWindow(profile: Profile, s: SeriesState, y: number, m: number): void {
  const longest = s.y.length
  const head = s.ticks % longest
  for (let k = 0; k < profile.windows.length; k++) {
    const old = (head - profile.windows[k]! + longest) % longest
    s.ys[k]! += y - s.y[old]!
    s.ms[k]! += m - s.m[old]!
  }
  s.y[head] = y
  s.m[head] = m
  s.ticks += 1
  // Once a round, the sums are made afresh, so that rounding never adds up.
  if (head === longest - 1) for (let k = 0; k < profile.windows.length; k++) sumWindow(profile, s, k)
}

function sumWindow(profile: Profile, s: SeriesState, k: number): void {
  let y = 0
  let m = 0
  for (let back = 0; back < profile.windows[k]!; back++) {
    y += countAt(s, back)
    m += expectedAt(s, back)
  }
  s.ys[k] = y
  s.ms[k] = m
}

/** The count `back` ticks ago (0 is the newest). */
export function countAt(s: SeriesState, back: number): number {
  const longest = s.y.length
  return s.y[(((s.ticks - 1 - back) % longest) + longest) % longest]!
}

export function expectedAt(s: SeriesState, back: number): number {
  const longest = s.m.length
  return s.m[(((s.ticks - 1 - back) % longest) + longest) % longest]!
}
