/** What every series expects in a tick: from its own past, from its nation's, and from what is shared right now. */
import { isCounted, placeFactor, RECENT_KEEP, waveFactor, type Bursting } from './factors.ts'
import { logRate, logVariance } from './level.ts'
import { mixOf, USUAL_KEEP } from './mix.ts'
import type { Engine, Now } from './now.ts'

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

/**
 * What each series expects before anything of this tick is shared: the nation from its own past and the mix of its states,
 * a state from the nation's share and a factor of its own, a county from its state's and a factor of its own.
 */
function expectAlone({ now: all, x, view, states }: Engine): void {
  for (const now of all) {
    const { s } = now
    now.log = logRate(s.level, x, view)
    now.variance = logVariance(s.level, x, view)
    const nation = s.parent < 0 ? now : all[s.parent]!
    // Each tick counts alike, however much is posted in it: half an hour of news is no usual part.
    if (nation.exposure > 0) now.usual = s.usual = USUAL_KEEP * s.usual + now.exposure / nation.exposure
  }
  for (const now of all) {
    const { s } = now
    const mix = s.parent < 0 ? mixOf(now, states.get(now) ?? []) : null
    now.offset = now.exposure * (mix?.shift ?? Math.exp(all[s.parent]!.log))
    if (s.state >= 0) now.offset *= Math.exp(all[s.state]!.log)
    const rate = Math.exp(now.log)
    now.plain = now.offset * rate
    now.whole = mix === null ? now.plain : now.exposure * mix.parts * rate
    now.relative = Math.min(RELATIVE_CEILING, now.variance + (mix?.variance ?? 0))
    now.steady = now.shared = 1
    if (now.exposure > 0) {
      s.recentY = RECENT_KEEP * s.recentY + now.count
      s.recentM = RECENT_KEEP * s.recentM + now.plain
      s.recentWhole = RECENT_KEEP * s.recentWhole + now.whole
    }
  }
}

/** What is shared in this tick, and with it each series' offset: the larger places' waves, then each place's own. */
function share(engine: Engine): void {
  const { now: all } = engine
  const bursting = burstingPlaces(engine)
  for (const now of all) if (now.s.parent >= 0 && now.s.state < 0) takeWave(engine, now, now.s.parent, bursting)
  for (const now of all) if (now.s.state >= 0) takeWave(engine, now, now.s.state, bursting)
  sharePlaces(engine)
}

/** Takes the wave of the larger place at position `at` into a series inside it. */
function takeWave(engine: Engine, now: Now, at: number, bursting: Map<number, Bursting>): void {
  const larger = engine.now[at]!
  const { steady, highest, left } = waveFactor(larger, now, bursting.get(at), larger.steady)
  now.steady = larger.steady * steady
  now.shared = larger.shared * highest
  now.offset *= now.steady
  const young = at === now.s.parent ? YOUNG / engine.state.n : 0
  now.relative = Math.min(RELATIVE_CEILING, now.relative + left + young)
}

function sharePlaces({ now: all, places }: Engine): void {
  places.clear()
  for (const now of all) {
    const { s } = now
    now.raised = s.recentM * now.steady
    if (s.burst !== null) continue
    let sums = places.get(s.place)
    if (sums === undefined) places.set(s.place, (sums = { y: 0, m: 0, m2: 0 }))
    sums.y += s.recentY
    sums.m += now.raised
    sums.m2 += now.raised * now.raised
  }
  for (const now of all) {
    const { s } = now
    const sums = places.get(s.place)
    if (sums === undefined) continue
    const factor = s.burst === null ? placeFactor(sums, s.recentY, now.raised) : placeFactor(sums, 0, 0)
    now.shared *= factor
    now.offset *= factor
  }
}

/** By the larger place: those inside it that are in a burst of their own, each in the one that it leans on. */
function burstingPlaces(engine: Engine): Map<number, Bursting> {
  const sums = new Map<number, Bursting>()
  for (const { s, count, plain } of engine.now) {
    if (s.parent < 0 || !isCounted(s)) continue
    const at = s.state >= 0 ? s.state : s.parent
    const sum = sums.get(at) ?? { y: 0, m: 0, nowY: 0, nowM: 0 }
    sum.y += s.recentY
    sum.m += s.recentM
    sum.nowY += count
    sum.nowM += plain
    sums.set(at, sum)
  }
  return sums
}
