/** The charts' numbers: read once, then only the minutes that changed. */
import { effect, signal, type Signal } from '@preact/signals'
import type { SeriesPoint } from '../api/contract.ts'
import type { Narrative } from '../classify/contract.ts'
import { CallError, getSeries } from './client.ts'
import { createPacer } from './pacer.ts'
import { epoch } from './state.ts'

const MINUTE_MS = 60_000
/** A replay seals many minutes a second; charts that move this often still look alive. */
const REFRESH_MS = 1_000
/** After a failure. */
const RETRY_MS = 3_000

/** Up to a week, which is the longest that the server gives. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1_440, 10_080]

/** The least step with which a stretch of time has at most `most` points. */
export function stepFor(from: number, to: number, most: number): number {
  const minutes = (to - from) / MINUTE_MS
  return STEPS.find((step) => minutes / step <= most) ?? STEPS.at(-1)!
}

export interface SeriesView {
  narratives: readonly Narrative[]
  place: string
  from: number
  /** End of the last minute that is shown. */
  to: number
  stepMinutes: number
}

export type SeriesPoints = ReadonlyMap<Narrative, readonly SeriesPoint[]>

/** Earliest change, by event; every open chart takes it over. */
const changedFrom = signal<{ from: number }>({ from: Number.POSITIVE_INFINITY })

/** Minutes from `from` on were sealed, anew or for the first time. */
export function markDirty(from: number): void {
  changedFrom.value = { from }
}

/** What charts draw; `points` is null before the first answer. */
export interface SeriesFeed {
  points: Signal<SeriesPoints | null>
  failure: Signal<string | null>
  stop(): void
}

/** Follows some series: `view` is read for every refresh, so that its end may move with the clock. */
export function followSeries(view: () => SeriesView | null): SeriesFeed {
  const points = signal<SeriesPoints | null>(null)
  const failure = signal<string | null>(null)
  let known: SeriesPoints = new Map()
  let knownKey = ''
  let knownFrom = Number.POSITIVE_INFINITY
  /** How far it was read: what is sealed may be told before the clock says so. */
  let knownTo = Number.NEGATIVE_INFINITY
  let dirty = Number.POSITIVE_INFINITY

  async function refresh(): Promise<void> {
    const now = view()
    if (now === null) return
    const step = now.stepMinutes * MINUTE_MS
    const key = keyOf(now)
    const first = Math.floor(now.from / step) * step
    const whole = key !== knownKey || first < knownFrom
    const changed = Math.min(dirty, knownTo, now.to - 1)
    const from = whole ? first : Math.max(first, Math.floor(changed / step) * step)
    dirty = Number.POSITIVE_INFINITY
    try {
      const answer = await getSeries({ ...now, from })
      known = new Map(
        answer.map(({ narrative, points: fresh }) => {
          const kept = whole ? [] : (known.get(narrative) ?? [])
          return [narrative, [...kept.filter(({ t }) => t >= first && t < from), ...fresh]]
        }),
      )
      knownKey = key
      knownFrom = first
      knownTo = now.to
      failure.value = null
      points.value = known
    } catch (error) {
      dirty = Math.min(dirty, from)
      failure.value = error instanceof CallError ? error.message : 'The chart’s numbers could not be read.'
      pacer.ask(RETRY_MS)
    }
  }

  const pacer = createPacer(refresh)
  const stops = [
    effect(() => {
      const now = view()
      if (now !== null) pacer.ask(keyOf(now) === knownKey ? REFRESH_MS : 0)
    }),
    effect(() => {
      dirty = Math.min(dirty, changedFrom.value.from)
      if (dirty !== Number.POSITIVE_INFINITY) pacer.ask(REFRESH_MS)
    }),
  ]
  return {
    points,
    failure,
    stop(): void {
      pacer.stop()
      for (const stop of stops) stop()
    },
  }
}

/** What must be read whole when it changes. */
function keyOf(view: SeriesView): string {
  return `${view.narratives.join()}|${view.place}|${view.stepMinutes}|${epoch.value}`
}
