/**
 * The detector's run over the sealed minutes. When a minute's counts change afterwards, the run goes back to a point
 * before it and comes forward again: bursts are a function of the counts, never of the order in which posts came.
 */
import type { Narrative } from '../../classify/contract.ts'
import { isOver } from './changes.ts'
import type { Burst, Detector, SeriesCount } from './detector.ts'
import { createEchoFinder, type EchoFinder, type Heard } from './echo.ts'
import { createExposure, type ExposureState } from './exposure.ts'
import { seriesKey, type MinuteCounts } from './minutes.ts'

const MINUTE_MS = 60_000

/** A correction runs again at most this many minutes, and the sealed ones since, where a checkpoint stands. */
const CHECKPOINT_EVERY = 60
/** Six hours back; an older correction runs again from the first minute kept. */
const CHECKPOINTS_MAX = 6

/** Minutes without any post after which the rest of a silence is passed over: every window and every spike is closed by then. */
const QUIET_MINUTES = 180

/** The run after one of its minutes, as plain JSON. */
export interface Checkpoint {
  /** Last minute with a post until then. */
  heard: number | null
  /** State after this minute. */
  minute: number
  detector: unknown
  exposure: ExposureState
  echoes: ReturnType<EchoFinder['snapshot']>
  known: string[]
  bursts: [string, Burst][]
}

export interface RunOptions {
  createDetector: (snapshot?: unknown) => Detector
  /** Narratives that raise spikes. */
  narratives: readonly Narrative[]
  /** Sealed minutes; those without any post are absent. */
  minutes: ReadonlyMap<number, MinuteCounts>
  /** The part of a minute that the sources could see, 0 to 1 (coverage/gaps.ts); without it every minute was wholly seen. */
  seen?: (minute: number) => number
}

export interface Run {
  /** Last minute taken, or null. */
  readonly last: number | null
  /** Takes the minutes from the one after `last` (or `first`, at the start) to `to`. */
  forward(first: number, to: number): void
  /** Goes back to a point before `minute`; `forward` then takes it, and what follows, again. */
  back(minute: number): void
  /** The newest point to which it can go back; another object whenever it says something else. */
  newest(): Checkpoint | null
  /** Goes on from a point that an earlier run of these options came to. Throws RangeError where that was another detector's. */
  resume(checkpoint: Checkpoint): void
  /** Forgets the bursts that were over before `minute`; `back` never goes behind it again. */
  forget(minute: number): void
  /** Every burst so far that is not forgotten, by id of series and alarm. */
  bursts(): ReadonlyMap<string, Burst>
}

export function createRun({ createDetector, narratives, minutes, seen = () => 1 }: RunOptions): Run {
  const raising = new Set<string>(narratives)
  const initial = (): string[] => narratives.map((narrative) => seriesKey('US', narrative))
  let detector = createDetector()
  let exposure = createExposure()
  let echoes = createEchoFinder()
  let known = new Set(initial())
  let bursts = new Map<string, Burst>()
  let last: number | null = null
  let heard: number | null = null
  let checkpoints: Checkpoint[] = []

  function take(minute: number): void {
    const counts = minutes.get(minute)
    last = minute
    if (counts) heard = minute
    else if (heard === null || minute - heard > QUIET_MINUTES) return
    if (counts) {
      for (const key of [...counts.narratives.keys()].sort()) {
        if (raising.has(key.slice(key.indexOf('|') + 1))) known.add(key)
      }
    }
    const exposureOf = exposure.take(counts)
    const rows: SeriesCount[] = []
    const heardNow: Heard[] = []
    for (const key of known) {
      const {
        posts = 0,
        charted = 0,
        voices = 0,
        reports = 0,
        questions = 0,
        debunks = 0,
      } = counts?.narratives.get(key) ?? {}
      // Whoever answers a claim or reports on it talks of it, and not of something else.
      const talk = posts + reports + questions + debunks
      rows.push({ key, count: voices, exposure: exposureOf(key, talk) })
      const alarming = posts - charted
      if (alarming > 0) heardNow.push({ key, posts: alarming, voices })
    }
    const { evidence, bursts: spikes } = detector.tick(minute * 60, rows, seen(minute))
    const open = new Set(evidence.filter(({ alert }) => alert).map(({ key }) => key))
    for (const burst of [...spikes, ...echoes.take(minute * 60, heardNow, open)])
      bursts.set(`${burst.key}|${burst.detected}`, burst)
    if (minute % CHECKPOINT_EVERY === 0) {
      checkpoints.push({
        minute,
        heard,
        detector: detector.snapshot(),
        exposure: exposure.snapshot(),
        echoes: echoes.snapshot(),
        known: [...known],
        bursts: [...bursts],
      })
      if (checkpoints.length > CHECKPOINTS_MAX) checkpoints.shift()
    }
  }

  function restore(checkpoint: Checkpoint | undefined): void {
    detector = createDetector(checkpoint?.detector)
    exposure = createExposure(checkpoint?.exposure)
    echoes = createEchoFinder(checkpoint?.echoes)
    known = new Set(checkpoint?.known ?? initial())
    bursts = new Map(checkpoint?.bursts)
    last = checkpoint?.minute ?? null
    heard = checkpoint?.heard ?? null
  }

  return {
    get last() {
      return last
    },
    forward(first, to) {
      for (let minute = last === null ? first : last + 1; minute <= to; minute++) take(minute)
    },
    back(minute) {
      if (last === null || minute > last) return
      checkpoints = checkpoints.filter((checkpoint) => checkpoint.minute < minute)
      restore(checkpoints.at(-1))
    },
    newest: () => checkpoints.at(-1) ?? null,
    resume(checkpoint) {
      restore(checkpoint)
      checkpoints = [checkpoint]
    },
    forget(minute) {
      const past = ([, burst]: [string, Burst]): boolean => isOver(burst, minute * MINUTE_MS)
      for (const entry of bursts) if (past(entry)) bursts.delete(entry[0])
      for (const checkpoint of checkpoints)
        checkpoint.bursts = checkpoint.bursts.filter((entry) => !past(entry))
    },
    bursts: () => bursts,
  }
}
