/**
 * What a load needs, from the measured cost of each stage: for the plan in docs/growth.md, and for the question whether
 * the cost of a post stays the same with more workers. Nothing here is measured; everything here is arithmetic and a small
 * simulation that can be read.
 */

/** CPU time of one post, µs, as `tallywatch bench` measures it. */
export interface StageCosts {
  ingest: number
  broker: number
  classify: number
  store: number
}

/** What one post takes, bytes. */
export interface PostBytes {
  topic: number
  /** Of every post, in `seen`, for a week. */
  seen: number
  /** Of a post that carries a narrative, for good. */
  kept: number
}

export interface Load {
  /** Posts a second at the peak, and posts a day on a busy one. */
  peak: number
  day: number
  /** Part of the posts that carry a narrative. */
  keptShare: number
}

export interface Machines {
  /** Cores of one machine, and the part of them that may be busy at the peak. */
  cores: number
  busy: number
  /** Price of one machine an hour. */
  hourly: number
}

export interface Need {
  ingestCores: number
  brokerCores: number
  classifyCores: number
  storeCores: number
  machines: number
  partitions: number
  topicGigabytesPerDay: number
  storeGigabytesPerDay: number
  /** Of machines that stand there all day. */
  costPerMillionPosts: number
}

/** A worker has one core: at most this part of it at the peak goes to one partition, so that one that is behind catches up. */
const PARTITION_BUSY = 0.5
const COPIES = 3
const MICROS = 1e6
const GIGABYTE = 1e9

/** Partitions are a power of two, at least 8, so that they need not be changed at every step. */
export function planFor(load: Load, costs: StageCosts, bytes: PostBytes, machines: Machines): Need {
  const cores = (micros: number): number => (load.peak * micros) / MICROS
  // Each copy is written by a broker, and by a replica of the store.
  const needs = {
    ingestCores: cores(costs.ingest),
    brokerCores: cores(costs.broker) * COPIES,
    classifyCores: cores(costs.classify),
    storeCores: cores(costs.store) * COPIES,
  }
  const all = Object.values(needs).reduce((sum, count) => sum + count, 0)
  const count = Math.max(COPIES, Math.ceil(all / (machines.cores * machines.busy)))
  const partitions = Math.max(8, 2 ** Math.ceil(Math.log2(needs.classifyCores / PARTITION_BUSY)))
  return {
    ...needs,
    machines: count,
    partitions,
    topicGigabytesPerDay: (load.day * bytes.topic * COPIES) / GIGABYTE,
    storeGigabytesPerDay: (load.day * (bytes.seen + load.keptShare * bytes.kept) * COPIES) / GIGABYTE,
    costPerMillionPosts: (count * machines.hourly * 24) / (load.day / MICROS),
  }
}

/** As measured on two cores of 2026; docs/growth.md says where each figure comes from. */
export const MEASURED = {
  costs: { ingest: 16, broker: 4, classify: 30, store: 12 },
  bytes: { topic: 500, seen: 25, kept: 700 },
  load: { peak: 15_107, day: 326_000_000, keptShare: 0.01 },
  machines: { cores: 16, busy: 0.5, hourly: 0.5 },
} as const satisfies { costs: StageCosts; bytes: PostBytes; load: Load; machines: Machines }

/** The plan for so many times the load that was measured, as rows of a table: what, and a figure for each. */
export function growthTable(times: readonly number[]): string[][] {
  const { costs, bytes, load, machines } = MEASURED
  const needs = times.map((factor) =>
    planFor({ ...load, peak: load.peak * factor, day: load.day * factor }, costs, bytes, machines),
  )
  const row = (what: string, of: (need: Need) => number, digits = 0) => [
    what,
    ...needs.map((need) => of(need).toLocaleString('en-US', { maximumFractionDigits: digits })),
  ]
  return [
    row('cores, ingest', ({ ingestCores }) => ingestCores, 1),
    row('cores, classify', ({ classifyCores }) => classifyCores, 1),
    row('cores, ClickHouse (three replicas)', ({ storeCores }) => storeCores, 1),
    row('cores, Kafka (three copies)', ({ brokerCores }) => brokerCores, 1),
    row('machines of 16 cores', ({ machines: count }) => count),
    row('partitions', ({ partitions }) => partitions),
    row('Kafka’s disk, GB a day', ({ topicGigabytesPerDay }) => topicGigabytesPerDay),
    row('ClickHouse’s disk, GB a day', ({ storeGigabytesPerDay }) => storeGigabytesPerDay),
    row('cost of a million posts, $', ({ costPerMillionPosts }) => costPerMillionPosts, 3),
  ]
}

export interface Simulation {
  workers: number
  partitions: number
  /** Posts a second that arrive, over all partitions. */
  rate: number
  seconds: number
  /** CPU of a post in a worker, µs, and of a delivery whatever its size. */
  postMicros: number
  deliveryMicros: number
  /** Posts of one delivery at most. */
  deliveryMax: number
  /** How unequal partitions are: the largest gets this many times the mean. */
  skew: number
}

export interface Simulated {
  /** CPU time of all workers for each post, µs. */
  microsPerPost: number
  /** Posts that wait at the end, and the longest wait seen, s. */
  waiting: number
  longestWait: number
  /** Part of the time in which the busiest worker works. */
  busiest: number
}

/** Workers look at their partitions in turn, each step long enough for a delivery to fill. */
const STEP_SECONDS = 0.1

/** Workers share partitions as Kafka's group does (each has a run of them), and take from them in turn, a step at a time. */
export function simulate(given: Simulation): Simulated {
  const { workers, partitions, rate, seconds, postMicros, deliveryMicros, deliveryMax, skew } = given
  // One partition is `skew` times the mean; the others share the rest.
  const mean = rate / partitions
  const rates = Array.from({ length: partitions }, (_, i) =>
    i === 0 ? mean * skew : (rate - mean * skew) / Math.max(1, partitions - 1),
  )
  const waiting = rates.map(() => 0)
  const owned = Array.from({ length: workers }, (_, w) =>
    rates.flatMap((_, p) => (p % workers === w ? [p] : [])),
  )
  const busy = owned.map(() => 0)
  /** Where each worker goes on, and the time that its last delivery took of the next step. */
  const turn = owned.map(() => 0)
  const owed = owned.map(() => 0)
  let handled = 0
  let longestWait = 0
  for (let step = 0; step * STEP_SECONDS < seconds; step++) {
    for (let p = 0; p < partitions; p++) waiting[p]! += rates[p]! * STEP_SECONDS
    for (const [w, own] of owned.entries()) {
      let left = STEP_SECONDS * MICROS - owed[w]!
      for (let empty = 0; left > 0 && empty < own.length;) {
        const p = own[turn[w]!++ % own.length]!
        const posts = Math.min(deliveryMax, Math.floor(waiting[p]!))
        empty = posts === 0 ? empty + 1 : 0
        if (posts === 0) continue
        waiting[p]! -= posts
        handled += posts
        left -= deliveryMicros + posts * postMicros
        busy[w]! += deliveryMicros + posts * postMicros
      }
      owed[w] = Math.max(0, -left)
    }
    for (let p = 0; p < partitions; p++) longestWait = Math.max(longestWait, waiting[p]! / rates[p]!)
  }
  return {
    microsPerPost: busy.reduce((sum, micros) => sum + micros, 0) / Math.max(1, handled),
    waiting: Math.floor(waiting.reduce((sum, count) => sum + count, 0)),
    longestWait,
    busiest: Math.max(...busy) / (seconds * MICROS),
  }
}
