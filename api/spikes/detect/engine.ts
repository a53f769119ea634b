/** One tick of the count model: what was expected, how surprising what came is, what is learnt from it. */
import type { Burst, Evidence } from '../detector.ts'
import { forget, threshold, type Budget } from './budget.ts'
import { followBurst, openBurst, spendEvidence, tellBurst } from './burst.ts'
import { calibrated, isTail, learnCalm } from './calibrate.ts'
import { observe, solve, type Dispersion } from './dispersion.ts'
import { nationFactor, placeFactor, RECENT_KEEP, type Bursting, type PlaceSums } from './factors.ts'
import { age, design, learn, logRate, logVariance, type Outlook } from './level.ts'
import { addToMix, mixFactor, newMix, type Mix } from './mix.ts'
import type { Profile } from './profile.ts'
import { pushWindow, type SeriesState } from './series.ts'
import { isNationPool, type DetectorState } from './state.ts'
import { countDeviate, surprise } from './tail.ts'

/** An expectation is never taken to be less sure than this (relative variance): beyond it the count model says nothing. */
const RELATIVE_CEILING = 4

/**
 * Added to a place's relative variance, over the ticks since the first: while the nation's share is still being learnt,
 * all places err together, and none of them knows it.
 */
const YOUNG = 0.5

/** Evidence of a window at or below its expectation: none, but more than 0 so that scores can be ordered. */
const CALM = 0.2
/**
 * While the evidence of the nation or of a county is at least this, its baseline waits: it may be a burst that is not yet
 * an alarm. Not for ever. (A state has its nation to lean on and posts enough, and learns better without.)
 */
const HOLD_AT = 3
const HOLD_TICKS = 15
/** Windows up to this many ticks say whether a burst is still going on; longer ones only remember it. */
const NEAR_TICKS = 8
/** A calm series may learn from ticks with less evidence than this; beyond it they are not calm. */
const CALM_LIMIT = 6
/** Of fewer places than these one burst that is not found yet would be the measure of calm: its ticks are one excess. */
const FEW_SERIES = 100
/** Scores above this set a record that later ones must beat. */
const RECORD_FLOOR = 2.5
/** What a score that beats no record is still worth. */
const REST_SHARE = 0.2
const REST_CEILING = 2

/** What one tick holds of a series besides its state; one for each series, reused from tick to tick. */
export interface Now {
  s: SeriesState
  pool: Dispersion[]
  count: number
  exposure: number
  /** Expectation before the shared factors, and with the nation's. */
  plain: number
  raised: number
  /** Log rate of its own level and that level's variance. */
  log: number
  variance: number
  offset: number
  shared: number
  relative: number
  score: number
  alert: boolean
}

export interface Engine {
  profile: Profile
  state: DetectorState
  now: Now[]
  /** Design vectors, for this tick and for the one that is learnt. */
  x: Float64Array
  lagX: Float64Array
  /** From the newest tick learnt to now. */
  view: Outlook
  places: Map<string, PlaceSums>
  /** By the nation's series: the states that it is made of in this tick. */
  mixes: Map<number, Mix>
}

/** Runs one tick over `engine.now`, whose counts are set. Gives the bursts that opened, changed or closed. */
export function runTick(engine: Engine, t: number): Burst[] {
  const { profile, state } = engine
  state.n += 1
  design(profile, state.n, engine.x)
  expect(engine)
  if (profile.hierarchical) share(engine)
  const bursts: Burst[] = []
  const limits = {
    nation: threshold(profile, state.budget, 'nation'),
    state: threshold(profile, state.budget, 'state'),
    county: threshold(profile, state.budget, 'county'),
  }
  for (const now of engine.now) {
    const burst = stepSeries(engine, now, t, limits[now.s.tier])
    if (burst !== null) bursts.push(burst)
  }
  const keep = 0.5 ** (1 / profile.dispersionHalfLife)
  for (const [name, pool] of Object.entries(state.pools)) {
    const weight = isNationPool(name) ? profile.nationPriorWeight : profile.priorWeight
    for (const d of pool) solve(d, keep, weight)
  }
  forget(profile, state.budget, state.n)
  return bursts
}

/** What each series expects from its own past, its parent's, and the nation's of what its states do; parents come first. */
function expect(engine: Engine): void {
  const { x, view, mixes } = engine
  mixes.clear()
  for (const now of engine.now) {
    const { s } = now
    now.log = logRate(s.level, x, view)
    now.variance = logVariance(s.level, x, view)
    now.offset = now.exposure
    if (s.parent >= 0) {
      now.offset *= Math.exp(engine.now[s.parent]!.log)
      if (s.tier === 'state') addToMix(mixOf(mixes, s.parent), now.exposure, now.log, now.variance)
    }
  }
  for (const [i, now] of engine.now.entries()) {
    const { s } = now
    const mix = mixes.get(i)
    if (mix !== undefined) {
      const { factor, variance } = mixFactor(mix, now.exposure)
      now.offset *= factor
      now.variance += variance
    }
    now.plain = now.offset * Math.exp(now.log)
    now.relative = Math.min(RELATIVE_CEILING, now.variance)
    now.shared = 1
    if (now.exposure > 0) {
      s.recentY = RECENT_KEEP * s.recentY + now.count
      s.recentM = RECENT_KEEP * s.recentM + now.plain
    }
  }
}

function mixOf(mixes: Map<number, Mix>, parent: number): Mix {
  let mix = mixes.get(parent)
  if (mix === undefined) mixes.set(parent, (mix = newMix()))
  return mix
}

/** The two shared factors, and with them each series' offset. */
function share(engine: Engine): void {
  const { places } = engine
  places.clear()
  const bursting = burstingPlaces(engine)
  for (const now of engine.now) {
    const { s } = now
    let m = s.recentM
    if (s.parent >= 0) {
      const parent = engine.now[s.parent]!
      const { steady, highest, left } = nationFactor(parent, now, bursting.get(s.parent))
      now.shared = highest
      now.offset *= steady
      now.relative = Math.min(RELATIVE_CEILING, now.relative + left + YOUNG / engine.state.n)
      m *= steady
    }
    now.raised = m
    if (s.burst !== null) continue
    let sums = places.get(s.place)
    if (sums === undefined) places.set(s.place, (sums = { y: 0, m: 0, m2: 0 }))
    sums.y += s.recentY
    sums.m += m
    sums.m2 += m * m
  }
  for (const now of engine.now) {
    const { s } = now
    const sums = places.get(s.place)
    if (sums !== undefined) {
      const factor = s.burst === null ? placeFactor(sums, s.recentY, now.raised) : placeFactor(sums, 0, 0)
      now.shared *= factor
      now.offset *= factor
    }
  }
}

/** By parent, the states in a burst of their own; counties lie inside states and are not taken off twice. */
function burstingPlaces(engine: Engine): Map<number, Bursting> {
  const sums = new Map<number, Bursting>()
  for (const { s, count, plain } of engine.now) {
    if (s.burst === null || s.parent < 0 || s.tier !== 'state') continue
    const sum = sums.get(s.parent) ?? { y: 0, m: 0, nowY: 0, nowM: 0 }
    sum.y += s.recentY
    sum.m += s.recentM
    sum.nowY += count
    sum.nowM += plain
    sums.set(s.parent, sum)
  }
  return sums
}

function stepSeries(engine: Engine, now: Now, t: number, limit: number): Burst | null {
  const { profile } = engine
  const { s } = now
  if (profile.hierarchical || s.ticks >= profile.start) {
    const seen = now.exposure > 0
    const m = seen ? Math.max(now.plain * now.shared, 1e-9) : 0
    pushWindow(profile, s, seen ? now.count : 0, m)
    return judge(engine, now, t, limit, seen)
  }
  // A lone series first takes its level from its first ticks.
  s.startY += now.count
  s.startExposure += now.exposure
  s.ticks += 1
  if (s.ticks >= profile.start && s.startExposure > 0) {
    s.level.b[0] = Math.log((s.startY + 0.3) / s.startExposure)
    s.level.v[0] = Math.min(profile.startVariance[0]!, 1 / (s.startY + 0.5) + 0.05)
  }
  now.score = 0
  now.alert = false
  return null
}

function judge(engine: Engine, now: Now, t: number, limit: number, seen: boolean): Burst | null {
  const { profile, state } = engine
  const { s } = now
  const calmTick = s.burst === null && seen && state.n > profile.silent
  let raw = 0
  // Of windows with too few posts for an alarm: a single post where none was expected is surprising, and no burst.
  let solid = 0
  let near = 0
  let window = 0
  for (let k = 0; k < profile.windows.length; k++) {
    const m = s.ms[k]!
    if (m <= 0) continue
    const y = s.ys[k]!
    const d = now.pool[k]!
    let evidence = CALM
    if (y > m) {
      const z = countDeviate(y, m, d.c * m + (d.k + now.relative) * m * m)
      if (z >= 0.5) evidence = surprise(z)
    }
    if (profile.windows[k]! <= NEAR_TICKS && evidence > near) near = evidence
    if (evidence > raw) raw = evidence
    if (y >= profile.minimumPosts && evidence > solid) {
      solid = evidence
      window = k
    }
  }
  if (calmTick) teach(profile, now)
  const tail = s.tier === 'nation' ? state.tails.nation : state.tails.place
  const evidence = profile.fixedAlpha === null ? calibrated(tail, solid) : raw
  s.tailRun = isTail(tail, solid) ? s.tailRun + 1 : 0
  if (calmTick && s.restless === 0 && raw < CALM_LIMIT)
    learnCalm(tail, solid, s.tier === 'nation' || isFew(state.budget) ? Math.max(1, s.tailRun) : 1)
  const burst = live(engine, now, t, evidence, near, window, limit, seen)
  learnLagged(engine, now, s.tier === 'nation' ? raw : solid)
  now.score = profile.restSeconds > 0 ? freshScore(profile, s, raw, state.n) : raw
  now.alert = s.burst !== null
  return burst
}

function isFew({ series }: Budget): boolean {
  return series.state + series.county < FEW_SERIES
}

/** Learns the scatter from windows that ended a while ago and were not part of a burst. */
function teach(profile: Profile, now: Now): void {
  const { s, pool, relative } = now
  if (s.restless > 0) {
    s.restless -= 1
    return
  }
  for (let k = 0; k < profile.windows.length; k++) {
    const m = s.oldMs[k]!
    if (m > 0) observe(pool[k]!, s.oldYs[k]!, m, relative, profile.winsor, profile.windows[k]!)
  }
}

/** Opens, follows or closes the series' burst. */
function live(
  engine: Engine,
  now: Now,
  t: number,
  evidence: number,
  near: number,
  window: number,
  limit: number,
  seen: boolean,
): Burst | null {
  const { profile, state } = engine
  const { s } = now
  if (s.burst !== null) {
    followBurst(profile, s, s.burst, now.pool, t, near, seen)
    s.burst.score = Math.max(s.burst.score, evidence)
    s.burst.relative = Math.max(s.burst.relative, now.relative)
    const told = tellBurst(profile, s.burst, now.pool)
    if (s.burst.phase === 'closed') {
      s.burst = null
      s.restless = s.y.length
      spendEvidence(profile, s)
    }
    return told
  }
  if (evidence < limit || state.n <= profile.silent || s.ys[window]! < profile.minimumPosts) return null
  s.burst = openBurst(profile, s, t, window, now.relative)
  s.burst.score = evidence
  state.budget.found[s.tier].push(state.n)
  return tellBurst(profile, s.burst, now.pool)
}

/** Passes the tick that is now old enough into the baseline, and puts the newest behind it. */
function learnLagged(engine: Engine, now: Now, evidence: number): void {
  const { profile, lagX, state } = engine
  const { s } = now
  const slot = state.n % profile.guard
  const offset = s.lagOffset[slot]!
  age(profile, s.level)
  if (s.parent < 0 && profile.hierarchical && s.seen < profile.silent) {
    // Nothing is known yet and no alarm is allowed: the nation's first ticks are learnt at once, not behind the guard.
    if (now.exposure > 0) {
      s.seen += 1
      design(profile, state.n, lagX)
      const d = now.pool[0]!
      learn(profile, s.level, lagX, now.count, now.offset, d.c, d.k)
    }
    return
  }
  const waits = s.tier !== 'state' && s.burst === null && evidence >= HOLD_AT
  s.held = waits ? s.held + 1 : 0
  const frozen = s.burst === null ? s.held > 0 && s.held <= HOLD_TICKS : s.burst.ticks < profile.freeze
  if (offset > 0 && !frozen) {
    design(profile, s.lagTick[slot]!, lagX)
    const d = now.pool[0]!
    learn(profile, s.level, lagX, s.lagY[slot]!, offset, d.c, d.k)
  }
  s.lagY[slot] = now.count
  s.lagOffset[slot] = now.exposure > 0 ? now.offset : 0
  s.lagTick[slot] = state.n
}

/** New evidence only: a score counts where it beats every one of the last while, so that one burst is one onset. */
function freshScore(profile: Profile, s: SeriesState, evidence: number, n: number): number {
  s.recordAge += 1
  if (s.recordAge * profile.stepSeconds > profile.restSeconds) s.record = 0
  if (evidence <= s.record) return REST_SHARE * Math.min(evidence, REST_CEILING)
  if (evidence > RECORD_FLOOR) {
    s.record = evidence
    s.recordAge = 0
  }
  // Before anything is known, nothing can alarm; what was there from the start is no news afterwards.
  return n > profile.silent ? evidence : REST_SHARE * Math.min(evidence, REST_CEILING)
}

/** The evidence of this tick, for the series that were asked about. */
export function evidenceOf(now: Now): Evidence {
  return { key: now.s.key, score: now.score, alert: now.alert }
}
