/** What the desk was told of the spikes, and what it is to be told now. */
import type { Store } from '../../classify/store/store.ts'
import type { LiveEvent, Spike } from '../contract.ts'
import { isOver, isPast, sameSpike } from './changes.ts'
import { describeSpike, isOutlined, isSpike, spikeId } from './describe.ts'
import type { Burst } from './detector.ts'
import { belongsTo } from './levels.ts'
import { parseSeriesKey } from './minutes.ts'
import { newSuccessors } from './successor.ts'

const MINUTE_MS = 60_000

/** What the watcher keeps at the desk; one transaction a save. */
export interface WatchDesk {
  loadWatch(): Promise<{ spikes: Spike[]; sealedThrough: number | null }>
  saveWatch(change: { spikes: Spike[]; events: LiveEvent[]; sealedThrough: number | null }): Promise<void>
}

export interface ToldOptions {
  store: Store
  desk: WatchDesk
  placeName: (place: string) => string
}

/** How things stand after minutes were sealed. Minutes are counted since the epoch. */
export interface Standing {
  bursts: Iterable<Burst>
  /** The first minute that the detector ran over, and the last. */
  first: number
  last: number
  sealed: readonly LiveEvent[]
  /** Describes again also what is over and was not touched. */
  everything: boolean
}

export interface Told {
  /** Takes what the desk holds. Gives the time (epoch ms) before which every minute is sealed. */
  load(): Promise<number | null>
  /** Compares the bursts that stand with the spikes that were told, and tells the difference. */
  tell(standing: Standing): Promise<void>
  /** Forgets what was over before `time` (epoch ms), but for what is withdrawn and has a successor that was not; at the desk it stays. */
  forget(time: number): void
}

export function createTold({ store, desk, placeName }: ToldOptions): Told {
  let spikes = new Map<string, Spike>()

  async function load(): Promise<number | null> {
    const saved = await desk.loadWatch()
    spikes = new Map(saved.spikes.map((spike) => [spike.id, spike]))
    return saved.sealedThrough
  }

  async function tell({ bursts, first, last, sealed, everything }: Standing): Promise<void> {
    const changed = new Map<string, Spike>()
    const change = (spike: Spike): void => {
      const revision = (spikes.get(spike.id)?.revision ?? 0) + 1
      changed.set(spike.id, { ...spike, revision })
    }
    const standing = new Set<string>()
    const touched = sealed.reduce(
      (from, event) => (event.type === 'sealed' ? Math.min(from, event.from) : from),
      Infinity,
    )
    const stand = [...bursts].filter(isSpike)
    const elsewhere = new Map<string, string>()
    for (const burst of stand) {
      // What was over by then stays as it was told; it is still what others may belong to.
      if (isOver(burst, first * MINUTE_MS)) continue
      const id = spikeId(burst)
      const owner = belongsTo(burst, stand)
      if (owner !== null) {
        elsewhere.set(id, `told as that of ${placeName(parseSeriesKey(owner.key).place)}`)
        continue
      }
      standing.add(id)
      const before = spikes.get(id)
      // Its posts are what they were; what is learnt while it cools, after its end, may still move its interval.
      if (before && !everything && isOver(burst, touched) && isOutlined(before, burst)) continue
      const spike = await describeSpike(store, burst, last * 60, placeName)
      if (before && sameSpike(before, spike)) continue
      change(spike)
    }
    for (const spike of spikes.values()) {
      if (standing.has(spike.id) || spike.phase === 'withdrawn' || spike.onset < first * MINUTE_MS) continue
      const reason = elsewhere.get(spike.id) ?? 'what came to be known later changed the counts'
      change({ ...spike, phase: 'withdrawn', end: spike.end ?? last * MINUTE_MS, reason })
    }
    if (changed.size > 0 || everything) newSuccessors(new Map([...spikes, ...changed])).forEach(change)
    if (sealed.length === 0 && changed.size === 0) return
    const told = [...changed.values()]
    const events: LiveEvent[] = [...sealed, ...told.map((spike): LiveEvent => ({ type: 'spike', spike }))]
    await desk.saveWatch({ spikes: told, events, sealedThrough: (last + 1) * MINUTE_MS })
    for (const spike of told) spikes.set(spike.id, spike)
  }

  return {
    load,
    tell,
    forget(time) {
      const past = [...spikes.values()].filter((spike) => isPast(spike, time))
      const forgotten = new Set(past.map(({ id }) => id))
      for (const { id, successor } of past) {
        if (successor === null || forgotten.has(successor) || !spikes.has(successor)) spikes.delete(id)
      }
    },
  }
}
