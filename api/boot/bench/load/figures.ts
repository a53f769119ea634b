/** From what was seen of a run to its figures. */
import type { Shown } from './live.ts'
import { quantile, type Figure } from '../measure.ts'
import type { Ran, Sample } from './run.ts'
import type { Stored } from './stored.ts'

/** What the sender and the ceilings are not part of. */
export const APART = '(sender)'

export interface LoadFigures {
  /** Posts a second that were offered and stored in the time that was measured. */
  offered: number
  sustained: number
  /** How old what is being stored is, in s: in the first and the last quarter of the time; and by how much it grows, s a minute. */
  lag: { first: number; last: number; perMinute: number }
  /** From a post's arrival until it is stored, until a client of the live stream is told of it, and shown a count with it; ms. */
  stored: Quantiles
  told: Quantiles
  shown: Quantiles
  /** From the end of the minute that makes a spike to its alarm, s. */
  alarms: number[]
  roles: RoleFigures[]
  /** All roles together, and the servers that run here. */
  cpuMicros: number
  posts: { sent: number; stored: number; election: number; electionStored: number }
  drained: boolean
  connections: number
}

export interface RoleFigures {
  role: string
  /** CPU time a post stored, µs; of the sender: a post sent. */
  cpuMicros: number
  /** MiB; `perMinute` is the trend. */
  memory: { max: number; perMinute: number }
}

export type Quantiles = Record<'p50' | 'p95' | 'p99', number>

export function figuresOf(ran: Ran, stored: Stored, rate: number): LoadFigures {
  const { samples, page, sent } = ran
  const [first, last] = [samples[0]!, samples.at(-1)!]
  const seconds = (last.at - first.at) / 1_000
  const during = storedBetween(stored, first.at, last.at)
  const roles = [...last.uses.keys()].map((role) =>
    roleOf(role, samples, role === APART ? last.sent - first.sent : during),
  )
  return {
    offered: rate === 0 ? (last.sent - first.sent) / seconds : rate,
    sustained: during / seconds,
    lag: lagOf(ran, stored, rate),
    stored: quantilesOf(
      stored.flagged.filter(([at]) => at >= first.at && at <= last.at).map(([at, then]) => then - at),
    ),
    told: quantilesOf(
      [...page.posts.values()]
        .filter(({ capturedAt }) => capturedAt >= first.at && capturedAt <= last.at)
        .map(({ at, capturedAt }) => at - capturedAt),
    ),
    shown: quantilesOf(shownAfter(page.shown, stored, first.at, last.at)),
    alarms: [...page.alarms.values()].map(({ at, spike }) => (at - spike.detected - 60_000) / 1_000),
    roles,
    cpuMicros: roles.reduce((sum, { role, cpuMicros }) => sum + (role === APART ? 0 : cpuMicros), 0),
    posts: {
      sent: sent.posts,
      stored: stored.posts,
      election: sent.election,
      electionStored: stored.election,
    },
    drained: ran.drained,
    connections: ran.connections,
  }
}

/** The rows of the bench's table, all a post. */
export function rowsOf({ sustained, roles, cpuMicros }: LoadFigures, name: string): Figure[] {
  const rows = roles.map(({ role, cpuMicros: cpu, memory }) => ({
    stage: `${name}: ${role}`,
    perSecond: sustained,
    cpuMicros: cpu,
    note: `memory ${Math.round(memory.max)} MiB, ${signed(memory.perMinute)} MiB a minute`,
  }))
  return [
    ...rows,
    { stage: name, perSecond: sustained, cpuMicros, note: 'all roles, and the servers on this machine' },
  ]
}

/** Whole seconds, as the store gives them. */
function storedBetween({ bySecond }: Stored, from: number, to: number): number {
  let sum = 0
  for (const [second, posts] of bySecond) if (second * 1_000 >= from && second * 1_000 < to) sum += posts
  return sum
}

function roleOf(role: string, samples: readonly Sample[], posts: number): RoleFigures {
  const uses = samples.flatMap(({ at, uses: all }) => {
    const use = all.get(role)
    return use === undefined ? [] : [{ at, ...use }]
  })
  const cpu = uses.at(-1)!.cpuMicros - uses[0]!.cpuMicros
  return {
    role,
    cpuMicros: cpu / Math.max(1, posts),
    memory: {
      max: Math.max(...uses.map(({ memoryMib }) => memoryMib)),
      perMinute: 60_000 * slope(uses.map(({ at, memoryMib }) => [at, memoryMib])),
    },
  }
}

/** At each second: how long ago the post that is stored now was due. */
function lagOf({ samples, startedAt }: Ran, { bySecond }: Stored, rate: number): LoadFigures['lag'] {
  if (rate === 0) return { first: 0, last: 0, perMinute: 0 }
  const [from, to] = [samples[0]!.at, samples.at(-1)!.at]
  const points: [number, number][] = []
  let sum = 0
  // Also the seconds in which nothing was stored.
  for (let second = Math.floor(startedAt / 1_000); (second + 1) * 1_000 <= to; second++) {
    sum += bySecond.get(second) ?? 0
    const at = (second + 1) * 1_000
    if (at >= from) points.push([at, (at - startedAt) / 1_000 - sum / rate])
  }
  const quarter = Math.max(1, Math.floor(points.length / 4))
  return {
    first: mean(points.slice(0, quarter)),
    last: mean(points.slice(-quarter)),
    perMinute: 60_000 * slope(points),
  }
}

/**
 * Flagged posts are shown as a count: the k-th that arrived is taken to be shown when the count reaches k. Where posts
 * overtake each other the single times differ and their distribution hardly does.
 */
function shownAfter(shown: readonly Shown[], { flagged }: Stored, from: number, to: number): number[] {
  const after: number[] = []
  let next = 0
  flagged.forEach(([capturedAt], i) => {
    while (next < shown.length && shown[next]!.status.flagged < i + 1) next++
    const at = shown[next]?.at
    if (at !== undefined && capturedAt >= from && capturedAt <= to) after.push(at - capturedAt)
  })
  return after
}

function quantilesOf(values: readonly number[]): Quantiles {
  return { p50: quantile(values, 0.5), p95: quantile(values, 0.95), p99: quantile(values, 0.99) }
}

function mean(points: readonly (readonly [number, number])[]): number {
  return points.reduce((sum, [, y]) => sum + y, 0) / Math.max(1, points.length)
}

/** Of the line of least squares; 0 for less than two points. */
export function slope(points: readonly (readonly [number, number])[]): number {
  const middleX = points.reduce((sum, [x]) => sum + x, 0) / points.length
  const middleY = mean(points)
  let up = 0
  let across = 0
  for (const [x, y] of points) {
    up += (x - middleX) * (y - middleY)
    across += (x - middleX) ** 2
  }
  return across === 0 ? 0 : up / across
}

export function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(1)}`
}
