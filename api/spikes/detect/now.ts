/** The working memory of a tick: what is known of each series besides what is remembered of it. */
import type { Dispersion } from './dispersion.ts'
import type { PlaceSums } from './factors.ts'
import type { Outlook } from './level.ts'
import type { Profile } from './profile.ts'
import type { SeriesState } from './series.ts'
import type { DetectorState } from './state.ts'

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
  /** What the places inside expect together: for the nation, `plain` from its states. */
  whole: number
  usual: number
  offset: number
  /** What it shares with the nation right now, over a few ticks; and what is taken off its evidence. */
  wave: number
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
  /** By the nation's series: the states that it is made of. */
  states: Map<Now, Now[]>
}
