/** All that the detector remembers, as plain JSON, and how it is read back. */
import type { DetectorOptions } from '../detector.ts'
import { newBudget, type Budget } from './budget.ts'
import { newCalibration, type Calibration } from './calibrate.ts'
import { newDispersion, type Dispersion } from './dispersion.ts'
import type { LoneState } from './lone.ts'
import type { SeriesState } from './series.ts'

/** Grows with every change of what is remembered: another version's memory would be misread. */
const VERSION = 2

export interface DetectorState {
  version: number
  /** The options it was made with, as JSON: a memory belongs to them. */
  made: string
  /** Start of the newest tick, null before the first. */
  t: number | null
  /** Ticks since the first one. */
  n: number
  /** The tick with which the gap in what is seen began, null while there is none. */
  gap: number | null
  series: SeriesState[]
  pools: Record<string, Dispersion[]>
  tails: { nation: Calibration; place: Calibration }
  budget: Budget
  lone: Record<string, LoneState>
}

function made(options: DetectorOptions): string {
  const { stepSeconds, season, hierarchical, falseAlarmsPerNight, falseDiscoveryRate } = options
  return JSON.stringify([
    stepSeconds,
    season ?? null,
    hierarchical,
    falseAlarmsPerNight ?? null,
    falseDiscoveryRate ?? null,
  ])
}

/** The version stands for the shape: what this detector wrote down itself is not checked field by field. */
function isState(x: unknown): x is DetectorState {
  return typeof x === 'object' && x !== null && 'version' in x && x.version === VERSION && 'made' in x
}

/** A state with nothing seen, or the one written down. Throws RangeError where that is not this detector's. */
export function loadState(options: DetectorOptions, snapshot: unknown): DetectorState {
  if (snapshot === undefined) {
    const tails = { nation: newCalibration(), place: newCalibration() }
    return {
      version: VERSION,
      made: made(options),
      t: null,
      n: 0,
      gap: null,
      series: [],
      pools: {},
      tails,
      budget: newBudget(),
      lone: {},
    }
  }
  const copy: unknown = JSON.parse(JSON.stringify(snapshot))
  if (!isState(copy)) throw new RangeError(`snapshot is not one of version ${VERSION}`)
  if (copy.made !== made(options)) throw new RangeError('snapshot was made with other options')
  return copy
}

/** The nation's series have a pool each; places share one for each narrative. */
export function isNationPool(name: string): boolean {
  return name.startsWith(':US|')
}

/** Dispersions of a pool, one for each window. */
export function poolOf(state: DetectorState, name: string, windows: number): Dispersion[] {
  return (state.pools[`:${name}`] ??= Array.from({ length: windows }, newDispersion))
}
