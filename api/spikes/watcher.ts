/**
 * The watcher: seals minutes, runs the detector over them, and tells the desk what changed. It holds no truth of its
 * own: what it knows is counted from the store's sets, so it may stop anywhere and begin again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '../../classify/store/store.ts'
import type { LiveEvent, Spike } from '../contract.ts'
import { describeSpike, spikeId } from './describe.ts'
import type { Burst } from './detector.ts'
import { sealHorizon } from './horizon.ts'
import {
  countMinutes,
  emptyMinute,
  loadMinutes,
  sameCounts,
  saveMinutes,
  type MinuteCounts,
} from './minutes.ts'
import { dirtyMinutes, firstMinute, lastMinute, readProgress, type StreamProgress } from './progress.ts'
import { createRun, type RunOptions } from './run.ts'

const MINUTE_MS = 60_000
/** Fast enough that sealing adds no delay anybody notices, slow enough to cost nothing. */
const TICK_MS = 500
/** A tick that takes long (a replay at full speed) is followed by a pause this many times as long: sealing takes a fifth. */
const PAUSE_FACTOR = 4
/** Minutes counted by one query: bounds its memory. */
const CHUNK_MINUTES = 720
/** Kept in memory to tell what a late post changes: three days. Older minutes are still sealed again, without a new run. */
const KEPT_MINUTES = 3 * 24 * 60
/** After a silence longer than this the detector starts anew: a day without one post is another night. */
const RESTART_GAP_MINUTES = 24 * 60

/** What the watcher keeps at the desk; one transaction a save. */
export interface WatchDesk {
  loadWatch(): Promise<{ spikes: Spike[]; sealedThrough: number | null }>
  saveWatch(change: { spikes: Spike[]; events: LiveEvent[]; sealedThrough: number | null }): Promise<void>
}

export interface WatcherOptions extends Pick<RunOptions, 'createDetector' | 'narratives'> {
  store: Store
  desk: WatchDesk
  /** The wall clock seals minutes as well as the posts' own times do. */
  live: boolean
  partitionCount: number
  placeName: (place: string) => string
  /** Wall clock, epoch ms. */
  now: () => number
  onError: (error: unknown) => void
}

export interface WatchView {
  /** Every minute that ends at or before this (epoch ms) is sealed. */
  sealedThrough: number | null
  /** Start of the first minute with a post, epoch ms. */
  from: number | null
  progress: StreamProgress | null
  /** False while the last tick failed. */
  healthy: boolean
}

export interface Watcher {
  view(): WatchView
  /** Seals everything stored, counts every minute again, and tells what stands; for a night that is over. */
  settle(): Promise<void>
  stop(): Promise<void>
}

export function startWatcher(options: WatcherOptions): Watcher {
  const { store, desk, now, onError } = options
  const minutes = new Map<number, MinuteCounts>()
  let run = createRun({ ...options, minutes })
  let spikes = new Map<string, Spike>()
  let first: number | null = null
  let last: number | null = null
  let progress: StreamProgress | null = null
  let healthy = false
  let loaded = false
  const stopping = new AbortController()

  async function load(): Promise<void> {
    const saved = await desk.loadWatch()
    spikes = new Map(saved.spikes.map((spike) => [spike.id, spike]))
    minutes.clear()
    run = createRun({ ...options, minutes })
    first = null
    last = saved.sealedThrough === null ? null : saved.sealedThrough / MINUTE_MS - 1
    if (last !== null) {
      for (const [minute, counts] of await loadMinutes(store, last - KEPT_MINUTES, last))
        minutes.set(minute, counts)
      first = minutes.size > 0 ? Math.min(...minutes.keys()) : last + 1
      run.forward(first, last)
    }
    loaded = true
  }

  /** Counts minutes again and keeps what changed. Gives the changed ones. */
  async function seal(from: number, to: number): Promise<number[]> {
    const changed: number[] = []
    for (let start = from; start <= to; start += CHUNK_MINUTES) {
      const end = Math.min(to, start + CHUNK_MINUTES - 1)
      const counted = await countMinutes(store, start, end)
      const sealed = []
      for (let minute = start; minute <= end; minute++) {
        const before = minutes.get(minute) ?? null
        const counts = keepExposure(counted.get(minute) ?? emptyMinute(), before)
        if (sameCounts(counts, before ?? emptyMinute())) continue
        sealed.push({ minute, counts, before })
      }
      await saveMinutes(store, sealed, now())
      for (const { minute, counts } of sealed) {
        minutes.set(minute, counts)
        changed.push(minute)
      }
    }
    return changed
  }

  async function sealNew(to: number): Promise<LiveEvent[]> {
    if (first === null) {
      first = await firstMinute(store, null)
      if (first === null) return []
    }
    let from = last === null ? first : last + 1
    if (to < from) return []
    if (to - from >= RESTART_GAP_MINUTES) {
      const next = await firstMinute(store, from)
      if (next === null || next > to) return []
      if (last !== null && next - from >= RESTART_GAP_MINUTES) {
        minutes.clear()
        run = createRun({ ...options, minutes })
        first = from = next
      }
    }
    await seal(from, to)
    last = to
    run.forward(first, to)
    return [{ type: 'sealed', from: from * MINUTE_MS, to: (to + 1) * MINUTE_MS, corrected: false }]
  }

  async function sealAgain(dirty: readonly number[]): Promise<LiveEvent[]> {
    const changed: number[] = []
    for (const [from, to] of ranges(dirty)) changed.push(...(await seal(from, to)))
    if (changed.length === 0 || last === null) return []
    const from = Math.min(...changed)
    first = Math.min(first!, from)
    run.back(from)
    run.forward(first, last)
    return [
      { type: 'sealed', from: from * MINUTE_MS, to: (Math.max(...changed) + 1) * MINUTE_MS, corrected: true },
    ]
  }

  /** Compares the run's bursts with the spikes already told, and tells the difference. */
  async function tell(sealed: readonly LiveEvent[], everything: boolean): Promise<void> {
    const changed: Spike[] = []
    const standing = new Set<string>()
    const touched = sealed.reduce(
      (from, event) => (event.type === 'sealed' ? Math.min(from, event.from) : from),
      Infinity,
    )
    for (const burst of run.bursts().values()) {
      const id = spikeId(burst)
      standing.add(id)
      const told = spikes.get(id)
      if (told && !everything && told.phase === burst.phase && isOver(burst, touched)) continue
      const spike = await describeSpike(store, burst, last! * 60, options.placeName)
      if (told && sameSpike(told, spike)) continue
      changed.push({ ...spike, revision: (told?.revision ?? 0) + 1 })
    }
    for (const told of spikes.values()) {
      if (standing.has(told.id) || told.phase === 'withdrawn' || told.onset < first! * MINUTE_MS) continue
      changed.push({ ...told, phase: 'withdrawn', revision: told.revision + 1 })
    }
    if (sealed.length === 0 && changed.length === 0) return
    const events: LiveEvent[] = [...sealed, ...changed.map((spike): LiveEvent => ({ type: 'spike', spike }))]
    await desk.saveWatch({ spikes: changed, events, sealedThrough: (last! + 1) * MINUTE_MS })
    for (const spike of changed) spikes.set(spike.id, spike)
  }

  async function tick(): Promise<void> {
    if (!loaded) {
      await load()
      progress = null
    }
    const before = progress
    progress = await readProgress(store, options.partitionCount)
    const horizon = sealHorizon({
      ...progress,
      live: options.live,
      now: now(),
      partitionCount: options.partitionCount,
    })
    const events =
      last === null ? [] : await sealAgain(await dirtyMinutes(store, before?.readAt ?? null, last))
    if (horizon !== null) events.push(...(await sealNew(Math.floor(horizon / MINUTE_MS) - 1)))
    if (last !== null) await tell(events, false)
    prune()
  }

  function prune(): void {
    if (last === null || minutes.size <= KEPT_MINUTES * 1.1) return
    for (const minute of minutes.keys()) if (minute < last - KEPT_MINUTES) minutes.delete(minute)
    first = Math.max(first!, last - KEPT_MINUTES)
  }

  async function settleNow(): Promise<void> {
    if (!loaded) await load()
    progress = await readProgress(store, options.partitionCount)
    const stored = await firstMinute(store, null)
    if (stored === null) return
    last = Math.max((await lastMinute(store)) ?? 0, last ?? 0)
    const changed = await seal(stored, last)
    first = Math.min(first ?? stored, stored)
    if (changed.length > 0) run.back(Math.min(...changed))
    run.forward(first, last)
    await tell(
      [{ type: 'sealed', from: stored * MINUTE_MS, to: (last + 1) * MINUTE_MS, corrected: true }],
      true,
    )
  }

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
      healthy = true
    } catch (error) {
      // Memory may have run ahead of what was saved: begin again from the store.
      loaded = false
      healthy = false
      throw error
    }
  }
  let working: Promise<void> = loop()
  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      const started = performance.now()
      await attempt(tick).catch(onError)
      const pause = Math.max(TICK_MS, PAUSE_FACTOR * (performance.now() - started))
      await sleep(pause, undefined, { signal: stopping.signal }).catch((error: unknown) => {
        if (!stopping.signal.aborted) throw error
      })
    }
  }
  async function stop(): Promise<void> {
    stopping.abort()
    // A settling that failed told whoever asked for it.
    await Promise.allSettled([working])
  }

  return {
    view: () => ({
      sealedThrough: last === null ? null : (last + 1) * MINUTE_MS,
      from: first === null ? null : first * MINUTE_MS,
      progress,
      healthy,
    }),
    async settle() {
      await stop()
      working = attempt(settleNow)
      await working
    },
    stop,
  }
}

/** Exposure only grows: a minute that is sealed again after its set of seen posts has expired keeps what it had. */
function keepExposure(counts: MinuteCounts, before: MinuteCounts | null): MinuteCounts {
  for (const [place, had] of before?.exposure ?? []) {
    const has = counts.exposure.get(place) ?? { seen: 0, election: 0 }
    counts.exposure.set(place, {
      seen: Math.max(had.seen, has.seen),
      election: Math.max(had.election, has.election),
    })
  }
  return counts
}

/** Closed, and before anything that changed (epoch ms). */
function isOver(burst: Burst, changedFrom: number): boolean {
  return burst.phase === 'closed' && burst.end !== null && burst.end * 1000 + MINUTE_MS <= changedFrom
}

/** Equal but for the revision. */
function sameSpike(a: Spike, b: Spike): boolean {
  return JSON.stringify({ ...a, revision: 0 }) === JSON.stringify({ ...b, revision: 0 })
}

/** Runs of minutes, joined where they lie close: one query then counts them all. */
function ranges(sorted: readonly number[]): [number, number][] {
  const out: [number, number][] = []
  for (const minute of sorted) {
    const open = out.at(-1)
    if (open && minute - open[1] <= 10) open[1] = minute
    else out.push([minute, minute])
  }
  return out
}
