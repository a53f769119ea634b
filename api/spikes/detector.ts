/**
 * The detector's contract: counts and exposure in, evidence and spikes out. It is a pure function of the ticks it was
 * given, in order: the same ticks give the same spikes, whatever the clock on the wall says.
 */

/** One series in one tick. `key` is `PLACE|NARRATIVE` (`US|N` is the nation's roll-up of narrative N). */
export interface SeriesCount {
  key: string
  count: number
  /** Monitored posts at that place in the tick; 1 where none is known. */
  exposure: number
}

export interface Evidence {
  key: string
  /** -log10 of a tail probability: higher is more evidence. */
  score: number
  /** True while this series' spike is open. */
  alert: boolean
}

/** A spike as the detector alone knows it; `t` values are tick starts in epoch seconds. */
export interface Burst {
  key: string
  onset: number
  detected: number
  peak: number
  /** Last tick of the burst; null while it is open. */
  end: number | null
  count: number
  expected: number
  size: number
  sizeLow: number
  sizeHigh: number
  score: number
  phase: 'open' | 'growing' | 'peaked' | 'closed'
  /** Much posted by few voices (echo.ts): no alarm. `expected` are then the voices, `size` the repetitions. */
  echo?: true
}

/** How a detector is made. Everything that it decides follows from these and from the ticks. */
export interface DetectorOptions {
  /** Length of a tick in seconds: 60 for an election night, 604,800 for weekly reports. */
  stepSeconds: number
  /** Ticks of a season, the longest first; used where a tick is a day or longer. */
  season?: readonly number[]
  /** Keys are `PLACE|NARRATIVE`, with `US|N` the nation's: places and narratives lend each other strength. */
  hierarchical: boolean
  /** False alarms that people accept in a night of 12 hours, over everything that is watched. */
  falseAlarmsPerNight?: number
  /** Share of false ones among the alarms of the last day that may be reached when much is found. */
  falseDiscoveryRate?: number
}

export interface Detector {
  /**
   * Takes one tick (start in epoch seconds, each later than the one before) with every series known so far, also those
   * with count 0. A series that is absent counts 0 with exposure 0. Throws RangeError when `t` does not grow, when a key
   * comes twice, and for a count or an exposure that is negative or not a number; nothing is then remembered of the tick.
   * `seen` is the part of the tick that the sources could see, 0 to 1: what they missed is neither calm nor news when it
   * comes back. Gives evidence in the order of `rows`, and every burst that opened, changed or closed in this tick.
   */
  tick(t: number, rows: readonly SeriesCount[], seen?: number): { evidence: Evidence[]; bursts: Burst[] }
  /** Everything it remembers, as JSON; `createDetector(options, snapshot)` goes on from there. */
  snapshot(): unknown
}
