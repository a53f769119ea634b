/** Whether what was seen over time is flat. */
import { quantile } from '../bench/measure.ts'
import { fine, wrong, type Finding } from '../finding.ts'

/** What a running installation is like at one moment. */
export interface Sample {
  /** Since the start, s. */
  seconds: number
  /** Distinct posts stored so far. */
  posts: number
  memoryMiB: number
  /** Open files and sockets, but those of the store's parts. */
  handles: number
  /** Of the process: the engine's pools grow to what they may have, and stay. */
  threads: number
  /** In use: parts of the store, and pages of the desk's database. */
  diskBytes: number
  /** Parts of ClickHouse in use, over all tables. */
  parts: number
  /** The slower of the questions that a page asks, ms. */
  queryMs: number
}

/** Memory that the engine's caches and Node's heap may still take after the first third. */
const MEMORY_SLACK = 1.1
const MEMORY_SLACK_MIB = 48
/** A page that comes, a merge that runs. */
const HANDLES_SLACK = 24
const DISK_SLACK = 1.25
const QUERY_SLACK = 2
const QUERY_SLACK_MS = 50
/** The engine's pools may hold some 600. */
const THREADS_MAX = 700
/** Some 20 tables of at most 25 parts: ClickHouse itself slows inserts at 1,000 a table. */
const PARTS_MAX = 500
/** Fewer say nothing of a trend. */
export const SAMPLES_MIN = 9

/** Compares the last third with the middle one; the first warms up. Throws RangeError for fewer than nine samples. */
export function judgeSoak(samples: readonly Sample[]): Finding[] {
  if (samples.length < SAMPLES_MIN) throw new RangeError(`${samples.length} samples are too few to judge by`)
  const third = Math.floor(samples.length / 3)
  const [middle, last] = [samples.slice(-2 * third, -third), samples.slice(-third)]
  const compare = (
    what: string,
    unit: string,
    of: (sample: Sample) => number,
    limit: (before: number) => number,
    at = 0.5,
  ): Finding => {
    const [before, after] = [quantile(middle.map(of), at), quantile(last.map(of), at)]
    const said = `${what}: ${rounded(before)} ${unit}, then ${rounded(after)} ${unit}`
    return after <= limit(before) ? fine(said) : wrong(`${said}, more than ${rounded(limit(before))} ${unit}`)
  }
  const bounded = (what: string, of: (sample: Sample) => number, max: number): Finding => {
    const most = Math.max(...samples.map(of))
    return most <= max ? fine(`${what}: ${most} at most`) : wrong(`${what}: ${most}, more than ${max}`)
  }
  return [
    compare(
      'memory',
      'MiB',
      ({ memoryMiB }) => memoryMiB,
      (before) => Math.max(before * MEMORY_SLACK, before + MEMORY_SLACK_MIB),
    ),
    compare(
      'file handles',
      'open',
      ({ handles }) => handles,
      (before) => before + HANDLES_SLACK,
    ),
    compare(
      'disk',
      'bytes a post',
      ({ diskBytes, posts }) => diskBytes / Math.max(1, posts),
      (before) => before * DISK_SLACK,
      // What was stored last lies in small parts, which pack worse until they are merged: the least of a third counts.
      0,
    ),
    compare(
      'questions of a page',
      'ms',
      ({ queryMs }) => queryMs,
      (before) => Math.max(before * QUERY_SLACK, before + QUERY_SLACK_MS),
    ),
    bounded('threads', ({ threads }) => threads, THREADS_MAX),
    bounded('parts', ({ parts }) => parts, PARTS_MAX),
  ]
}

function rounded(value: number): number {
  return value >= 10 ? Math.round(value) : Math.round(value * 10) / 10
}
