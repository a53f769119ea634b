/** What every series expects in a tick: from its own past, from its nation's, and from what is shared right now. */
import { leftOut, NONE, placeFactor, RECENT_KEEP, waveFactor, type Sums } from './factors.ts'
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
 * a state or a county from the nation's share and a factor of its own.
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
    const rate = Math.exp(now.log)
    now.plain = now.offset * rate
    now.whole = mix === null ? now.plain : now.exposure * mix.parts * rate
    now.relative = Math.min(RELATIVE_CEILING, now.variance + (mix?.variance ?? 0))
    now.wave = now.shared = 1
    if (now.exposure > 0) {
      s.recentY = RECENT_KEEP * s.recentY + now.count
      s.recentM = RECENT_KEEP * s.recentM + now.plain
      s.recentWhole = RECENT_KEEP * s.recentWhole + now.whole
    }
  }
}

/** What is shared in this tick, and with it each series' offset: the nation's wave, the state's, and each place's own. */
function share(engine: Engine): void {
  const { now: all } = engine
  const states = sumUp(all, ({ s }) =>
    s.parent >= 0 && s.tier === 'state' && s.burst !== null ? s.parent : -1,
  )
  const counties = sumUp(all, ({ s }) => s.state)
  const loudCounties = sumUp(all, ({ s }) => (s.burst === null ? -1 : s.state))
  for (const now of all) {
    const { s } = now
    if (s.parent < 0) continue
    const nation = all[s.parent]!
    const { count: nowY, whole: nowM } = nation
    takeNation(
      engine,
      now,
      nation,
      { y: nation.s.recentY, m: nation.s.recentWhole, nowY, nowM },
      states.get(s.parent),
    )
  }
  for (const now of all)
    if (now.s.state >= 0)
      takeState(now, all[now.s.state]!, counties.get(now.s.state)!, loudCounties.get(now.s.state))
  sharePlaces(engine)
}

const sumsOf = ({ s, count, plain }: Now): Sums => ({ y: s.recentY, m: s.recentM, nowY: count, nowM: plain })

/** Sums over series, by what `at` gives for them; those with -1 are in none. */
function sumUp(all: readonly Now[], at: (now: Now) => number): Map<number, Sums> {
  const sums = new Map<number, Sums>()
  for (const now of all) {
    const key = at(now)
    if (key < 0) continue
    let sum = sums.get(key)
    if (sum === undefined) sums.set(key, (sum = { ...NONE }))
    sum.y += now.s.recentY
    sum.m += now.s.recentM
    sum.nowY += now.count
    sum.nowM += now.plain
  }
  return sums
}

/** Takes the nation's wave into one of its places. */
function takeNation(engine: Engine, now: Now, nation: Now, all: Sums, bursting: Sums | undefined): void {
  const loud = leftOut(all, bursting)
  const isLoud = loud !== NONE && now.s.tier === 'state' && now.s.burst !== null
  const { steady, highest, left } = waveFactor(all, isLoud ? NONE : sumsOf(now), loud, nation.relative)
  now.wave = steady
  now.shared = highest
  now.offset *= steady
  now.relative = Math.min(RELATIVE_CEILING, now.relative + left + YOUNG / engine.state.n)
}

/**
 * Takes the wave of its state's other counties into a county. Posts that name the state alone are left out: when a rumour
 * about one county spreads, most of them are that rumour. The wave is expected of the county where it is judged, and its
 * baseline learns it as its own: what both had taken off would be missing when the wave is over. Counties that are quieter
 * than usual are no reason to expect less of one that is not.
 */
function takeState(now: Now, state: Now, all: Sums, bursting: Sums | undefined): void {
  const loud = leftOut(all, bursting)
  const isLoud = loud !== NONE && now.s.burst !== null
  const { highest } = waveFactor(all, isLoud ? NONE : sumsOf(now), loud, state.relative, state.wave)
  now.shared *= Math.max(1, highest)
}

function sharePlaces({ now: all, places }: Engine): void {
  places.clear()
  for (const now of all) {
    const { s } = now
    now.raised = s.recentM * now.wave
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
