/** What the desk was told of the spikes, and what it is to be told now. */
import type { Store } from '../../classify/store/store.ts'
import type { LiveEvent, Spike } from '../contract.ts'
import { isOver, isPast, sameSpike } from './changes.ts'
import { describeSpike, isOutlined, isSpike, spikeId } from './describe.ts'
import type { Burst } from './detector.ts'
import { belongsTo } from './levels.ts'
import { parseSeriesKey } from './minutes.ts'

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
  /** Forgets what was over before `time` (epoch ms); at the desk it stays. */
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
    const changed: Spike[] = []
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
      changed.push({ ...spike, revision: (before?.revision ?? 0) + 1 })
    }
    for (const spike of spikes.values()) {
      if (standing.has(spike.id) || spike.phase === 'withdrawn' || spike.onset < first * MINUTE_MS) continue
      const reason = elsewhere.get(spike.id) ?? 'what came to be known later changed the counts'
      changed.push({ ...spike, phase: 'withdrawn', reason, revision: spike.revision + 1 })
    }
    if (sealed.length === 0 && changed.length === 0) return
    const events: LiveEvent[] = [...sealed, ...changed.map((spike): LiveEvent => ({ type: 'spike', spike }))]
    await desk.saveWatch({ spikes: changed, events, sealedThrough: (last + 1) * MINUTE_MS })
    for (const spike of changed) spikes.set(spike.id, spike)
  }

  return {
    load,
    tell,
    forget(time) {
      for (const [id, spike] of spikes) if (isPast(spike, time)) spikes.delete(id)
    },
  }
}
