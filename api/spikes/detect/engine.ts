/** One tick of the count model: what was expected, how surprising what came is, what is learnt from it. */
import type { Burst, Evidence } from '../detector.ts'
import { priorShare } from '../prior/prior.ts'
import { forget, threshold, type Budget } from './budget.ts'
import { followBurst, openBurst, spendEvidence, tellBurst } from './burst.ts'
import { calibrated, isTail, learnCalm } from './calibrate.ts'
import { observe, solve } from './dispersion.ts'
import { expect } from './expect.ts'
import { followGap, levelOf } from './gap.ts'
import { age, design, learn } from './level.ts'
import type { Engine, Now } from './now.ts'
import type { Profile } from './profile.ts'
import { pushWindow, type SeriesState } from './series.ts'
import { isNationPool } from './state.ts'
import { countDeviate, surprise } from './tail.ts'

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

/**
 * Runs one tick over `engine.now`, whose counts are set; `whole` is false where the sources missed a part of it. Gives the
 * bursts that opened, changed or closed.
 */
export function runTick(engine: Engine, t: number, whole: boolean): Burst[] {
  const { profile, state } = engine
  state.n += 1
  followGap(state, whole)
  design(profile, state.n, engine.x)
  expect(engine)
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
  if (s.aside !== null) age(profile, s.aside)
  if (s.parent < 0 && profile.hierarchical && s.seen < profile.silent) {
    // Nothing is known yet and no alarm is allowed: the nation's first ticks are learnt at once, not behind the guard.
    if (now.exposure > 0) learnFirst(now)
    return
  }
  const waits = s.tier !== 'state' && s.burst === null && evidence >= HOLD_AT
  s.held = waits ? s.held + 1 : 0
  const frozen = s.burst === null ? s.held > 0 && s.held <= HOLD_TICKS : s.burst.ticks < profile.freeze
  if (offset > 0 && !frozen) {
    design(profile, s.lagTick[slot]!, lagX)
    const d = now.pool[0]!
    learn(profile, levelOf(state, s, s.lagTick[slot]!), lagX, s.lagY[slot]!, offset, d.c, d.k)
  }
  s.lagY[slot] = now.count
  s.lagOffset[slot] = now.exposure > 0 ? now.offset : 0
  s.lagTick[slot] = state.n
}

/**
 * Learns the nation's share from all of its first ticks together: a gamma law as the prior has it, and counts. Tick by tick
 * the Kalman step, which is linear, would come too slowly from a share that is several times too low.
 */
function learnFirst({ s, count, offset, pool }: Now): void {
  s.seen += 1
  s.startY += count
  s.startExposure += offset
  const { log, variance } = priorShare(s.narrative)
  const shape = 1 / variance
  s.level.b[0] = Math.log((shape + s.startY) / (shape / Math.exp(log) + s.startExposure))
  s.level.v[0] = Math.min(variance, pool[0]!.c / (shape + s.startY))
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
