/** Simulated counts for the detector's tests: seeded, so that every run sees the same nights. */
import type { Burst, Detector, Evidence, SeriesCount } from '../../../../api/spikes/detector.ts'

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
export function uniform(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = Math.imul(a ^ (a >>> 15), a | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** A Poisson count; by the normal law where the mean is large. */
export function poisson(random: () => number, mean: number): number {
  if (mean > 200) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal))
  }
  let count = 0
  for (let p = random(); p > Math.exp(-mean); p *= random()) count++
  return count
}

export interface Night {
  seed: number
  ticks: number
  places: readonly string[]
  narratives: readonly string[]
  /** Posts a minute at each place. */
  exposure: number
  /** Share of a narrative in them. */
  share: number
  /** Multiplies a series' rate in a tick. */
  lift?: (tick: number, place: string, narrative: string) => number
  /** Multiplies a place's exposure in a tick. */
  volume?: (tick: number, place: string) => number
}

export const START = 1_604_448_000
export const STATES = 'AZ CA FL GA MI NV OH PA TX WI'.split(' ')

/** Rows of every tick, with the nation's as the sum over the places. */
export function night(n: Night): SeriesCount[][] {
  const random = uniform(n.seed)
  const ticks: SeriesCount[][] = []
  for (let tick = 0; tick < n.ticks; tick++) {
    const nation = new Map(n.narratives.map((narrative) => [narrative, 0]))
    const rows: SeriesCount[] = []
    let total = 0
    for (const place of n.places) {
      const seen = poisson(random, n.exposure * (n.volume?.(tick, place) ?? 1))
      total += seen
      for (const narrative of n.narratives) {
        const count = poisson(random, seen * n.share * (n.lift?.(tick, place, narrative) ?? 1))
        rows.push({ key: `${place}|${narrative}`, count, exposure: seen })
        nation.set(narrative, nation.get(narrative)! + count)
      }
    }
    for (const [narrative, count] of nation) rows.push({ key: `US|${narrative}`, count, exposure: total })
    ticks.push(rows)
  }
  return ticks
}

export interface Told {
  evidence: Evidence[][]
  bursts: Burst[][]
}

/** Runs ticks one minute apart, the first at `from` minutes after the start. */
export function play(detector: Detector, ticks: readonly SeriesCount[][], from = 0): Told {
  const told: Told = { evidence: [], bursts: [] }
  ticks.forEach((rows, i) => {
    const { evidence, bursts } = detector.tick(START + (from + i) * 60, rows)
    told.evidence.push(evidence)
    told.bursts.push(bursts)
  })
  return told
}

/** Bursts that opened, with the tick in which they did. */
export function opened(told: Told): { key: string; tick: number }[] {
  return told.bursts.flatMap((bursts, tick) =>
    bursts.filter((b) => b.phase === 'open').map((b) => ({ key: b.key, tick })),
  )
}
