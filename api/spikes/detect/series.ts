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
  /** Position of the state's series of the same narrative, on which a county leans; -1 where none is known. */
  state: number
  /** False for a national series that nobody passes: it is then the sum of its places. */
  passed: boolean
  level: Level
  /** Its level as it was before the gap that is open now. */
  aside: Level | null
  ticks: number
  /** Ticks of the beginning that were learnt at once. */
  seen: number
  /** The last ticks' counts, offsets and expectations, as rings. */
  y: number[]
  m: number[]
  ys: number[]
  ms: number[]
  /** The same sums as they were `teachLag` ticks ago. */
  oldYs: number[]
  oldMs: number[]
  /** Ticks until the scatter is learnt (again): after a burst, and at the start of a series that comes late. */
  restless: number
  /** Ticks for which the baseline has waited, since what came may be a burst. */
  held: number
  /** Ticks in a row whose evidence lay in the calm tail. */
  tailRun: number
  lagY: number[]
  lagOffset: number[]
  lagTick: number[]
  /** Count and exposure of the first ticks, from which a lone series takes its first level. */
  startY: number
  startExposure: number
  /** Counts and expectation of the last few minutes, fading: what the shared factors are read from. */
  recentY: number
  recentM: number
  recentWhole: number
  /** Its part of the nation's exposure, summed over the ticks of the last hours and faded. */
  usual: number
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
  late: boolean,
): SeriesState {
  const ring = profile.windows.at(-1)! + profile.teachLag
  // Once an array has held a fraction, the engine keeps its numbers unboxed.
  const zeros = (n: number): number[] => Array.from({ length: n }, () => 0.5).fill(0)
  return {
    key,
    ...splitKey(key),
    parent,
    state: -1,
    passed: false,
    level: newLevel(profile, logRate, variance),
    aside: null,
    ticks: 0,
    seen: 0,
    y: zeros(ring),
    m: zeros(ring),
    ys: zeros(profile.windows.length),
    ms: zeros(profile.windows.length),
    oldYs: zeros(profile.windows.length),
    oldMs: zeros(profile.windows.length),
    // Heard of later than the rest because it had a post: that says nothing of how posts scatter.
    restless: late ? ring : 0,
    held: 0,
    tailRun: 0,
    lagY: zeros(profile.guard),
    lagOffset: zeros(profile.guard),
    lagTick: zeros(profile.guard),
    startY: 0,
    startExposure: 0,
    recentY: 0,
    recentM: 0,
    recentWhole: 0,
    usual: 0,
    record: 0,
    recordAge: 0,
    burst: null,
  }
}

/** Puts a tick into the windows. */
export function pushWindow(profile: Profile, s: SeriesState, y: number, m: number): void {
  const { windows, teachLag } = profile
  const ring = s.y.length
  const head = s.ticks % ring
  const teach = (head - teachLag + ring) % ring
  const oldY = s.y[head]!
  const oldM = s.m[head]!
  s.y[head] = y
  s.m[head] = m
  for (let k = 0; k < windows.length; k++) {
    const width = windows[k]!
    const out = (head - width + ring) % ring
    const teachOut = (teach - width + ring) % ring
    s.ys[k]! += y - (out === head ? oldY : s.y[out]!)
    s.ms[k]! += m - (out === head ? oldM : s.m[out]!)
    s.oldYs[k]! += s.y[teach]! - (teachOut === head ? oldY : s.y[teachOut]!)
    s.oldMs[k]! += s.m[teach]! - (teachOut === head ? oldM : s.m[teachOut]!)
  }
  s.ticks += 1
  // Once a round, the sums are made afresh, so that rounding never adds up.
  if (head === ring - 1) sumWindows(profile, s)
}

/** Makes the windows' sums afresh from the rings. */
export function sumWindows(profile: Profile, s: SeriesState): void {
  for (let k = 0; k < profile.windows.length; k++) {
    s.ys[k] = s.ms[k] = s.oldYs[k] = s.oldMs[k] = 0
    for (let back = 0; back < profile.windows[k]!; back++) {
      s.ys[k]! += countAt(s, back)
      s.ms[k]! += expectedAt(s, back)
      s.oldYs[k]! += countAt(s, back + profile.teachLag)
      s.oldMs[k]! += expectedAt(s, back + profile.teachLag)
    }
  }
}

/** The count `back` ticks ago (0 is the newest). */
export function countAt(s: SeriesState, back: number): number {
  const ring = s.y.length
  return s.y[(((s.ticks - 1 - back) % ring) + ring) % ring]!
}

export function expectedAt(s: SeriesState, back: number): number {
  const ring = s.m.length
  return s.m[(((s.ticks - 1 - back) % ring) + ring) % ring]!
}
