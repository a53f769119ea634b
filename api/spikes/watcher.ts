/**
 * The watcher: seals minutes, runs the detector over them, and tells the desk what changed. It holds no truth of its
 * own: what it knows is counted from the store's sets, so it may stop anywhere and begin again.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { LiveEvent } from '../contract.ts'
import { createGaps } from '../coverage/gaps.ts'
import { keepExposure, ranges } from './changes.ts'
import { createDirtyReader, type Dirty } from './dirty.ts'
import { createDrained, type ReadLag } from './drained.ts'
import { partitionsBehind, sealHorizon } from './horizon.ts'
import {
  countMinutes,
  emptyMinute,
  loadMinutes,
  sameCounts,
  saveMinutes,
  type MinuteCounts,
} from './minutes.ts'
import {
  firstMinute,
  lastMinute,
  newestVersion,
  createProgressReader,
  seenMinutes,
  type StreamProgress,
} from './progress.ts'
import type { Memory } from './memory.ts'
import { createRun, type Checkpoint, type Run, type RunOptions } from './run.ts'
import { createTold, type ToldOptions } from './told.ts'
import { countFlagged, createTotals, totalsOf, type Totals } from './totals.ts'
import { heardFrom } from './voices.ts'

const MINUTE_MS = 60_000
/** Fast enough that sealing adds no delay anybody notices, slow enough to cost nothing. */
const TICK_MS = 500
/** A minute is sealed up to a minute after its end: another half a second is nothing. */
const LIVE_TICK_MS = 1_000
/** A tick that takes long (a replay at full speed) is followed by a pause this many times as long: sealing takes a fifth. */
const PAUSE_FACTOR = 4
/** However long a tick took: it may have waited for a store that was away, or come just after a start. */
const PAUSE_MAX_MS = 5_000
/** Live, somebody waits for the alarm. */
const LIVE_PAUSE_MAX_MS = 1_000
/** Minutes counted by one query: bounds its memory. */
const CHUNK_MINUTES = 720
/** Kept in memory to tell what a late post changes: three days. Older minutes are still sealed again, without a new run. */
const KEPT_MINUTES = 3 * 24 * 60
/** Sealed in one tick at most, and the silence before it that is passed over: an old file beside a live source. */
const TICK_MINUTES = 24 * 60
/** Bursts are remembered this much longer: one that is not over may belong to one that is (levels.ts). */
const LEVEL_MINUTES = 6 * 60
/** Posts seen are kept for a week after they were stored (schema/002_seen.sql); less a day, since clocks differ. */
const SEEN_KEPT_MS = 6 * 24 * 60 * MINUTE_MS
/** Minutes run in one go: some 50 ms, so that the page answers meanwhile. */
const RUN_TURN = 60

export interface WatcherOptions extends Pick<RunOptions, 'createDetector' | 'narratives'>, ToldOptions {
  /** The wall clock seals minutes as well as the posts' own times do. */
  live: boolean
  /** Where the detector's memory outlives this process; absent: it begins anew from the minutes of the last three days. */
  memory?: Memory
  partitionCount: number
  /** Live: the topic's own word, which bounds how long a partition's last one holds sealing back. */
  readLag: ReadLag
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
  /** Of the sealed minutes; null before the first of them were read. */
  totals: Totals | null
  /** Since when no tick has come to its end, epoch ms; null where the last one did. */
  failingSince: number | null
}

export interface Watcher {
  view(): WatchView
  /** Seals everything stored, counts every minute again, and tells what stands; for a night that is over. */
  settle(): Promise<void>
  stop(): Promise<void>
}

interface Sealed {
  changed: number[]
  sums: Map<number, Totals>
}

/** Minutes `from` to `to` say something else than before. */
interface Range {
  from: number
  to: number
}

function widened(range: Range | null, minute: number): Range {
  return range === null
    ? { from: minute, to: minute }
    : { from: Math.min(range.from, minute), to: Math.max(range.to, minute) }
}

function corrected(from: number, to: number): LiveEvent {
  return { type: 'sealed', from: from * MINUTE_MS, to: (to + 1) * MINUTE_MS, corrected: true }
}

export function startWatcher(options: WatcherOptions): Watcher {
  const { store, now, onError } = options
  const minutes = new Map<number, MinuteCounts>()
  const readProgress = createProgressReader(store, options.partitionCount)
  const isDrained = createDrained(options.readLag)
  const readDirty = createDirtyReader(store)
  const totals = createTotals(store)
  const gaps = createGaps(store, now)
  const newRun = (): Run => createRun({ ...options, minutes, seen: gaps.seen })
  let run = newRun()
  const told = createTold(options)
  let first: number | null = null
  let last: number | null = null
  let progress: StreamProgress | null = null
  let failingSince: number | null = now()
  let loaded = false
  let begun = false
  /** What was sealed before the last start may not have been told any more: then everything is described again. */
  let untold = true
  /** Minutes that were sealed again and not yet told: where telling fails, the store holds them and nobody heard of it. */
  let unsaid: Range | null = null
  let settling = false
  /** Of the rows sealed last. Rows of a lower one are lost, so it grows whatever the clocks do: this machine's is not asked. */
  let version = 0
  /** What the memory on disk holds. */
  let kept: Checkpoint | null = null
  const stopping = new AbortController()

  async function load(): Promise<void> {
    const sealedThrough = await told.load()
    version = await newestVersion(store)
    minutes.clear()
    run = newRun()
    first = null
    last = sealedThrough === null ? null : sealedThrough / MINUTE_MS - 1
    await totals.load((last ?? 0) - KEPT_MINUTES, last)
    if (last !== null) {
      for (const [minute, counts] of await loadMinutes(store, last - KEPT_MINUTES, last))
        minutes.set(minute, counts)
      first = last + 1
      for (const minute of minutes.keys()) if (minute < first) first = minute
      await gaps.read(first, last)
      await remember()
      await forward()
    }
    loaded = true
    begun = true
    untold = true
  }

  /** Goes on from the memory on disk, where the minutes that led to it are still what they were. */
  async function remember(): Promise<void> {
    try {
      const found = (await options.memory?.load()) ?? null
      if (found === null || found.checkpoint.minute > last!) return
      if (found.stamp !== (await stampOf(found.checkpoint.minute))) return
      run.resume(found.checkpoint)
      kept = found.checkpoint
    } catch (error) {
      run = newRun()
      onError(error)
    }
  }

  async function keep(): Promise<void> {
    const checkpoint = run.newest()
    if (options.memory === undefined || checkpoint === null || checkpoint === kept) return
    kept = checkpoint
    // Nothing else waits for it: what could not be kept is tried again with the next one, an hour later.
    await options.memory.save({ checkpoint, stamp: await stampOf(checkpoint.minute) }).catch(onError)
  }

  /** Another one whenever a minute up to this one was sealed again, or something else is known of what was not seen. */
  async function stampOf(minute: number): Promise<string> {
    const unseen: [number, number][] = []
    for (let m = minute - KEPT_MINUTES; m <= minute; m++) if (gaps.seen(m) < 1) unseen.push([m, gaps.seen(m)])
    return JSON.stringify([await newestVersion(store, minute), unseen])
  }

  /** Runs the detector up to the last sealed minute. */
  async function forward(): Promise<void> {
    if (first === null || last === null || first > last) return
    for (let to = run.last ?? first; to < last || run.last === null;) {
      to = Math.min(last, to + RUN_TURN)
      run.forward(first, to)
      await nextTurn()
    }
  }

  /** Minutes before this are sealed again when posts come late, but are no longer in memory and run no more. */
  const keptFrom = (): number => (last === null || settling ? -Infinity : last - KEPT_MINUTES)

  const mayLackPosts = (minute: number): boolean => minute * MINUTE_MS < now() - SEEN_KEPT_MS

  /**
   * Counts minutes again and saves what changed, with a version of `least` or more. Gives the changed ones, and the totals
   * of all of them.
   */
  async function seal(from: number, to: number, least: number): Promise<Sealed> {
    const changed: number[] = []
    const sums = new Map<number, Totals>()
    for (let start = from; start <= to; start += CHUNK_MINUTES) {
      const end = Math.min(to, start + CHUNK_MINUTES - 1)
      const [counted, flagged] = await Promise.all([
        countMinutes(store, start, end),
        countFlagged(store, start, end),
      ])
      // One that was killed may have sealed minutes that it told nobody of.
      const old = untold || start < keptFrom() ? await loadMinutes(store, start, end) : minutes
      const sealed = []
      for (let minute = start; minute <= end; minute++) {
        const known = minute < keptFrom() ? undefined : minutes.get(minute)
        const before = known ?? old.get(minute) ?? null
        const found = counted.get(minute) ?? emptyMinute()
        const counts = mayLackPosts(minute) ? keepExposure(found, before) : found
        sums.set(minute, totalsOf(counts, flagged.get(minute) ?? 0))
        if (!sameCounts(counts, before ?? emptyMinute())) sealed.push({ minute, counts, before })
        else if (before !== null && minute >= keptFrom()) minutes.set(minute, before)
      }
      version = Math.max(version + 1, least)
      await saveMinutes(store, sealed, version)
      for (const { minute, counts } of sealed) {
        if (minute >= keptFrom()) minutes.set(minute, counts)
        changed.push(minute)
      }
    }
    return { changed, sums }
  }

  /**
   * Minutes that are sealed already. Whoever begins anew looks for what was stored since the newest version (dirty.ts): cut
   * off before all of them are sealed, it finds the others once more.
   */
  async function sealInPlace(from: number, to: number): Promise<number[]> {
    const { changed, sums } = await seal(from, to, 0)
    totals.put(sums)
    return changed
  }

  async function sealNew(to: number): Promise<LiveEvent[]> {
    if (first === null) {
      first = await firstMinute(store, null)
      if (first === null) return []
    }
    let from = last === null ? first : last + 1
    if (to < from) return []
    if (to - from >= TICK_MINUTES) {
      const next = await firstMinute(store, from)
      if (next === null || next > to) return []
      from = next
    }
    const through = Math.min(to, from + TICK_MINUTES - 1)
    // What had changed by then is sealed again already.
    const { sums } = await seal(from, through, progress?.readAt ?? 0)
    const changed = await readGaps(through)
    const events = changed === null ? [] : [corrected(changed, from - 1)]
    last = through
    totals.put(sums)
    await forward()
    return [
      ...events,
      { type: 'sealed', from: from * MINUTE_MS, to: (through + 1) * MINUTE_MS, corrected: false },
    ]
  }

  /** Takes what the sources missed up to minute `to`; where that differs from what the run knew, it goes back. */
  async function readGaps(to: number): Promise<number | null> {
    const changed = await gaps.read(first!, to)
    if (changed === null || run.last === null || changed > run.last) return null
    run.back(changed)
    return changed
  }

  /** Runs again from where another gap is known than before. */
  async function lookAgain(): Promise<LiveEvent[]> {
    const changed = await readGaps(last!)
    if (changed === null) return []
    await forward()
    return [corrected(changed, last!)]
  }

  /** Sealed minutes that changed; `to`: up to which minutes are sealed next. */
  async function findDirty(before: StreamProgress | null, readAt: number, to: number | null): Promise<Dirty> {
    const through = Math.max(last ?? -1, to ?? -1)
    return through < 0
      ? { seen: [], told: [] }
      : readDirty({ since: before?.readAt ?? null, readAt, last, through })
  }

  /** `anew`: what of it was sealed before that may not have been told, and is told whether it changes now or not. */
  async function sealAgain({ seen, told }: Dirty, anew: boolean): Promise<LiveEvent[]> {
    const changed: number[] = []
    const again = new Set([...seen, ...heardFrom(told, last!)])
    if (anew) for (const minute of again) unsaid = widened(unsaid, minute)
    for (const [from, to] of ranges([...again].sort((a, b) => a - b))) {
      const these = await sealInPlace(from, to)
      changed.push(...these)
      for (const minute of these) unsaid = widened(unsaid, minute)
    }
    if (last === null) return []
    const kept = changed.find((minute) => minute >= keptFrom())
    if (kept !== undefined) {
      first = Math.min(first!, kept)
      run.back(kept)
      await forward()
    }
    return unsaid === null ? [] : [corrected(unsaid.from, unsaid.to)]
  }

  async function tell(sealed: readonly LiveEvent[], everything: boolean): Promise<void> {
    await told.tell({ bursts: run.bursts().values(), first: first!, last: last!, sealed, everything })
  }

  async function readHorizon(stream: StreamProgress): Promise<number | null> {
    const { live, partitionCount } = options
    const drained = live && (await isDrained(partitionsBehind({ ...stream, now: now() })))
    return sealHorizon({ ...stream, live, now: now(), partitionCount, drained })
  }

  async function tick(): Promise<void> {
    if (!loaded) {
      await load()
      progress = null
    }
    const before = progress
    progress = await readProgress()
    const horizon = await readHorizon(progress)
    const to = horizon === null ? null : Math.floor(horizon / MINUTE_MS) - 1
    const dirty = await findDirty(before, progress.readAt, to)
    const events = last === null ? [] : await sealAgain(dirty, before === null)
    if (last !== null && gaps.isDue()) events.push(...(await lookAgain()))
    if (to !== null) events.push(...(await sealNew(to)))
    if (last !== null) {
      await tell(events, untold)
      untold = false
      unsaid = null
    }
    prune()
    await keep()
  }

  function prune(): void {
    if (last === null || first === null) return
    if (first < last - KEPT_MINUTES * 1.1) {
      for (const minute of minutes.keys()) if (minute < last - KEPT_MINUTES) minutes.delete(minute)
      first = Math.max(first, last - KEPT_MINUTES)
    }
    // Nothing before these minutes runs again: what was over by then stays as it was told, at the desk.
    const from = Math.min(first, keptFrom())
    run.forget(from - LEVEL_MINUTES)
    told.forget(from * MINUTE_MS)
  }

  async function settleNow(): Promise<void> {
    if (!loaded) await load()
    settling = true
    progress = await readProgress()
    const stored = await firstMinute(store, null)
    if (stored === null) return
    last = Math.max((await lastMinute(store)) ?? 0, last ?? 0)
    if (first === null || first > stored) await keepAll(stored)
    const changed: number[] = []
    for (const [from, to] of ranges(await seenMinutes(store))) changed.push(...(await sealInPlace(from, to)))
    if (changed.length > 0) run.back(changed[0]!)
    await readGaps(last)
    await forward()
    await tell([corrected(stored, last)], true)
  }

  /** Takes the sealed minutes of the whole night back into memory, and begins the run again. */
  async function keepAll(from: number): Promise<void> {
    for (const [minute, counts] of await loadMinutes(store, from, last!)) minutes.set(minute, counts)
    first = from
    run = newRun()
    await told.load()
  }

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
      failingSince = null
    } catch (error) {
      // Memory may have run ahead of what was saved: begin again from the store.
      loaded = false
      failingSince ??= now()
      throw error
    }
  }
  let working: Promise<void> = loop()
  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      const started = performance.now()
      await attempt(tick).catch(onError)
      const took = performance.now() - started
      // After a failure there is nothing to make room for: the store was asked with patience already.
      const longest = options.live ? LIVE_PAUSE_MAX_MS : PAUSE_MAX_MS
      const pause =
        failingSince === null
          ? Math.min(longest, Math.max(options.live ? LIVE_TICK_MS : TICK_MS, PAUSE_FACTOR * took))
          : TICK_MS
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
    view() {
      // What is kept in memory begins later, once some days are watched.
      const from = totals.first() ?? first
      return {
        sealedThrough: last === null ? null : (last + 1) * MINUTE_MS,
        from: from === null ? null : from * MINUTE_MS,
        progress,
        totals: begun ? totals.sum() : null,
        failingSince,
      }
    },
    async settle() {
      await stop()
      working = attempt(settleNow)
      await working
    },
    stop,
  }
}
