/** What every series expects in a tick: from its own past, from its nation's, and from what is shared right now. */
import { nationFactor, placeFactor, RECENT_KEEP, type Bursting } from './factors.ts'
import { logRate, logVariance } from './level.ts'
import { addToMix, mixFactor, newMix, type Mix } from './mix.ts'
import type { Engine } from './now.ts'

/** An expectation is never taken to be less sure than this (relative variance): beyond it the count model says nothing. */
const RELATIVE_CEILING = 4

/**
 * Added to a place's relative variance, over the ticks since the first: while the nation's share is still being learnt,
 * all places err together, and none of them knows it.
 */
const YOUNG = 0.5

/** Sets the expectations of `engine.now`, whose counts are set. */
export function expect(engine: Engine): void {
  expectAlone(engine)
  if (engine.profile.hierarchical) share(engine)
}

/** What each series expects from its own past, its parent's, and the nation's of what its states do; parents come first. */
function expectAlone(engine: Engine): void {
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
