/** The spike detector. docs/detector.md says how it works; `../detector.ts` is its contract. */
import { stateOf } from '../../../ingest/base/jurisdictions.ts'
import type { Burst, Detector, DetectorOptions, Evidence, SeriesCount } from '../detector.ts'
import { priorShare } from '../prior/prior.ts'
import { evidenceOf, runTick } from './engine.ts'
import { WHOLE } from './gap.ts'
import { outlook } from './level.ts'
import { newLone, stepLone } from './lone.ts'
import type { Engine, Now } from './now.ts'
import { profileFor, type Profile } from './profile.ts'
import { newSeries, splitKey, type SeriesState } from './series.ts'
import { loadState, poolOf, type DetectorState } from './state.ts'

/** A gap longer than this many ticks is the same as this many: every window and every lag is empty by then. */
const GAP_TICKS = 120

/** Less than this is no exposure: nothing was seen. */
const EXPOSURE_FLOOR = 1e-6

/** Variance of the log of a county's factor on its state's share: a county differs less from its state than that from the nation. */
const COUNTY_VARIANCE = 0.15

const DAY_SECONDS = 86_400

/**
 * Makes a detector, with nothing seen or, given a snapshot of one with the same options, going on where that was.
 * Throws RangeError for options that are not usable and for a snapshot that is not its own.
 */
export function createDetector(options: DetectorOptions, snapshot?: unknown): Detector {
  const profile = profileFor(options)
  const state = loadState(options, snapshot)
  const lone = !profile.hierarchical && profile.stepSeconds < DAY_SECONDS
  const counts = lone ? null : countModel(profile, state)
  let keys: readonly string[] = []
  return {
    tick(t, rows, seen = 1) {
      if (!(seen >= 0 && seen <= 1)) throw new RangeError(`${seen} is no part of tick ${t}`)
      // The same series in the same order, as from one minute to the next: none of them comes twice, or is new.
      const usual = keys.length === rows.length && rows.every((row, i) => row.key === keys[i])
      check(state, t, rows, usual)
      if (!usual) keys = rows.map(({ key }) => key)
      const gap = state.t === null ? 1 : Math.max(1, Math.round((t - state.t) / profile.stepSeconds))
      state.t = t
      if (counts !== null) return counts(t, gap, rows, usual, seen >= WHOLE)
      return { evidence: rows.map((row) => loneRow(state, profile, row)), bursts: [] }
    },
    snapshot: () => JSON.parse(JSON.stringify(state)) as unknown,
  }
}

function check(state: DetectorState, t: number, rows: readonly SeriesCount[], usual: boolean): void {
  if (!Number.isFinite(t)) throw new RangeError(`tick ${t} is not a time`)
  if (state.t !== null && t <= state.t) throw new RangeError(`tick ${t} does not come after ${state.t}`)
  for (const { key, count, exposure } of rows) {
    if (!(count >= 0 && Number.isFinite(count)))
      throw new RangeError(`count ${count} of ${key} is not a count`)
    if (!(exposure >= 0 && Number.isFinite(exposure)))
      throw new RangeError(`exposure ${exposure} of ${key} is not one`)
  }
  if (usual) return
  const keys = new Set<string>()
  for (const { key } of rows) {
    if (keys.has(key)) throw new RangeError(`${key} comes twice in tick ${t}`)
    keys.add(key)
  }
}

function loneRow(state: DetectorState, profile: Profile, row: SeriesCount): Evidence {
  const s = (state.lone[`:${row.key}`] ??= newLone())
  return stepLone(s, row.key, row.count, profile.stepSeconds)
}

type Tick = (
  t: number,
  gap: number,
  rows: readonly SeriesCount[],
  usual: boolean,
  whole: boolean,
) => { evidence: Evidence[]; bursts: Burst[] }

/** The count model over the series of `state`, with an index by key. */
function countModel(profile: Profile, state: DetectorState): Tick {
  const index = new Map<string, Now>()
  const d = profile.startVariance.length
  const engine: Engine = {
    profile,
    state,
    now: [],
    x: new Float64Array(d),
    lagX: new Float64Array(d),
    view: outlook(profile, profile.guard + 1),
    places: new Map(),
    states: new Map(),
  }
  for (const s of state.series) admit(engine, index, s)
  let order: readonly Now[] = []
  return function tick(t, gap, rows, usual, whole) {
    for (let missing = Math.min(gap - 1, GAP_TICKS); missing > 0; missing--) {
      for (const now of engine.now) now.count = now.exposure = 0
      runTick(engine, t - missing * profile.stepSeconds, whole)
    }
    state.n += Math.max(0, gap - 1 - GAP_TICKS)
    if (!usual) {
      addSeries(engine, index, rows)
      order = rows.map((row) => index.get(row.key)!)
    }
    fill(engine, order, rows)
    const bursts = runTick(engine, t, whole)
    return { evidence: order.map(evidenceOf), bursts }
  }
}

function admit(engine: Engine, index: Map<string, Now>, s: SeriesState): Now {
  const { profile, state } = engine
  const name = !profile.hierarchical ? s.key : s.tier === 'nation' ? s.key : s.narrative
  const now: Now = {
    s,
    pool: poolOf(state, name, profile.windows.length),
    count: 0,
    exposure: 0,
    plain: 0,
    raised: 0,
    log: 0,
    variance: 0,
    whole: 0,
    usual: s.usual,
    offset: 0,
    wave: 1,
    shared: 1,
    relative: 0,
    score: 0,
    alert: false,
  }
  engine.now.push(now)
  index.set(s.key, now)
  if (s.tier === 'state' && s.parent >= 0) {
    const nation = engine.now[s.parent]!
    const states = engine.states.get(nation)
    if (states === undefined) engine.states.set(nation, [now])
    else states.push(now)
  }
  return now
}

/** Series not seen before, in the order of their keys and after their parents, so that the order of rows is nothing. */
function addSeries(engine: Engine, index: Map<string, Now>, rows: readonly SeriesCount[]): void {
  const { profile, state } = engine
  const fresh = rows.filter((row) => !index.has(row.key)).map((row) => row.key)
  if (fresh.length === 0) return
  function add(key: string, parent: number, logRate: number, variance: number): void {
    const s = newSeries(profile, key, parent, logRate, variance, parent >= 0 && state.n > 0)
    state.series.push(s)
    admit(engine, index, s)
  }
  for (const key of fresh.sort()) {
    const { narrative } = splitKey(key)
    if (!profile.hierarchical) {
      add(key, -1, 0, profile.startVariance[0]!)
      state.budget.series[splitKey(key).tier] += 1
      continue
    }
    const parentKey = `US|${narrative}`
    if (!index.has(parentKey)) {
      const share = priorShare(narrative)
      add(parentKey, -1, share.log, share.variance)
    }
    if (index.has(key)) continue
    add(key, engine.now.indexOf(index.get(parentKey)!), 0, profile.startVariance[0]!)
  }
  if (!profile.hierarchical) return
  leanOnStates(engine, index)
  for (const row of rows) {
    const { s } = index.get(row.key)!
    if (s.passed) continue
    s.passed = true
    state.budget.series[s.tier] += 1
  }
}

/**
 * Lets each county lean on its state, once that is known: its waves are taken off it, and a county of which nothing is
 * known yet begins with its state's factor. Later it has its own: else a rumour about a county, which is its state's too,
 * would raise what the county is expected to show.
 */
function leanOnStates(engine: Engine, index: ReadonlyMap<string, Now>): void {
  const positions = new Map(engine.now.map(({ s }, i) => [s, i]))
  for (const { s } of engine.now) {
    if (s.tier !== 'county' || s.state >= 0) continue
    const state = index.get(`${stateOf(s.place)}|${s.narrative}`)
    if (state === undefined) continue
    s.state = positions.get(state.s)!
    if (s.ticks > 0) continue
    s.level.b[0] = state.s.level.b[0]!
    s.level.v[0] = Math.min(s.level.v[0]!, state.s.level.v[0]! + COUNTY_VARIANCE)
  }
}

/** Sets this tick's counts; a national series that nobody passes is the sum of its places. */
function fill(engine: Engine, order: readonly Now[], rows: readonly SeriesCount[]): void {
  for (const now of engine.now) now.count = now.exposure = 0
  for (const [i, row] of rows.entries()) {
    const now = order[i]!
    now.count = row.count
    now.exposure = row.exposure < EXPOSURE_FLOOR ? 0 : row.exposure
  }
  if (!engine.profile.hierarchical) return
  for (const now of engine.now) {
    if (now.s.parent < 0) continue
    const parent = engine.now[now.s.parent]!
    if (parent.s.passed) continue
    parent.count += now.count
    parent.exposure += now.exposure
  }
}
