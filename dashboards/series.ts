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

/** The step that keeps a chart near 200 points: more are finer than its pixels and than the eye. */
export function stepFor(from: number, to: number): number {
  const minutes = (to - from) / MINUTE_MS
  return [1, 2, 5, 10, 15, 30, 60].find((step) => minutes / step <= 240) ?? 60
}

export interface SeriesView {
  narrative: Narrative
  place: string
  from: number
  /** End of the last minute that is shown. */
  to: number
  stepMinutes: number
}

/** Every step from `from` to `to` has a point: a step of which the server has nothing counted nothing. */
export function fillGaps(known: ReadonlyMap<number, SeriesPoint>, view: SeriesView): SeriesPoint[] {
  const step = view.stepMinutes * MINUTE_MS
  const points: SeriesPoint[] = []
  for (let t = Math.floor(view.from / step) * step; t < view.to; t += step)
    points.push(known.get(t) ?? { t, posts: 0, authors: 0, debunks: 0, reports: 0, questions: 0, exposure: 0 })
  return points
}

/** Earliest change, by event; every open chart takes it over. */
const changedFrom = signal<{ from: number }>({ from: Number.POSITIVE_INFINITY })

/** Minutes from `from` on were sealed, anew or for the first time. */
export function markDirty(from: number): void {
  changedFrom.value = { from }
}

/** What a chart draws; `points` is null before the first answer. */
export interface SeriesFeed {
  points: Signal<SeriesPoint[] | null>
  failure: Signal<string | null>
  stop(): void
}

/** Follows one series: `view` is read for every refresh, so that its end may move with the clock. */
export function followSeries(view: () => SeriesView | null): SeriesFeed {
  const points = signal<SeriesPoint[] | null>(null)
  const failure = signal<string | null>(null)
  const known = new Map<number, SeriesPoint>()
  let knownKey = ''
  let knownFrom = Number.POSITIVE_INFINITY
  let dirty = Number.POSITIVE_INFINITY

  async function refresh(): Promise<void> {
    const now = view()
    if (now === null) return
    const step = now.stepMinutes * MINUTE_MS
    const key = keyOf(now)
    const first = Math.floor(now.from / step) * step
    const whole = key !== knownKey || first < knownFrom
    const from = whole ? first : Math.max(first, Math.floor(Math.min(dirty, now.to) / step) * step)
    dirty = Number.POSITIVE_INFINITY
    try {
      const answer = await getSeries({ ...now, from })
      if (whole) known.clear()
      if (whole) knownFrom = first
      knownKey = key
      for (const point of answer.points) known.set(point.t, point)
      failure.value = null
      points.value = fillGaps(known, now)
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
  return `${view.narrative}|${view.place}|${view.stepMinutes}|${epoch.value}`
}
