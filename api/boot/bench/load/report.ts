/** The figures of a load in words. */
import { signed, type LoadFigures, type Quantiles } from './figures.ts'
import type { Measured } from './measure-load.ts'

/** Growth of the delay by which a run counts as sustained, s a minute: less than what a second's rounding makes of it. */
const FALLING_MAX = 0.5

export function report({ figures, burstSeconds }: Measured): string {
  const { offered, sustained, lag, posts } = figures
  const lines = [
    burstSeconds === null
      ? `stored ${whole(sustained)} of ${whole(offered)} posts/s offered; behind by ${lag.first.toFixed(1)} s at first and ${lag.last.toFixed(1)} s at the end, ${signed(lag.perMinute)} s a minute: ${verdictOn(figures)}`
      : `a burst of ${whole(posts.sent)} posts: ${posts.stored < posts.sent ? `only ${whole(posts.stored)}` : 'all'} stored ${burstSeconds.toFixed(1)} s after the first was sent`,
    `CPU ${figures.cpuMicros.toFixed(1)} µs a post, all processes together`,
    `from arrival to the store: ${times(figures.stored)}`,
    `from arrival to the post's own event at a client: ${times(figures.told)}; to a count with it: ${times(figures.shown)}`,
    alarmsOf(figures),
    countsOf(figures),
  ]
  return `${lines.join('\n')}\n`
}

/** The posts were stored as fast as they came, and those that waited became no more. */
export function isSustained({ lag }: Pick<LoadFigures, 'lag'>): boolean {
  return lag.perMinute <= FALLING_MAX
}

function verdictOn(figures: LoadFigures): string {
  return isSustained(figures) ? 'sustained' : 'not sustained'
}

function alarmsOf({ alarms }: LoadFigures): string {
  if (alarms.length === 0) return 'no spike in this time'
  return `${alarms.length} spikes, told ${Math.max(...alarms).toFixed(1)} s after the end of their minute at the latest`
}

function countsOf({ posts, drained, connections }: LoadFigures): string {
  const parts = [
    `sent ${whole(posts.sent)} posts, ${whole(posts.election)} about an election`,
    `stored ${whole(posts.stored)}, ${whole(posts.electionStored)}`,
  ]
  if (!drained) parts.push('stopped before the last were stored')
  if (connections > 1) parts.push(`the source connected ${connections} times`)
  return parts.join('; ')
}

function times({ p50, p95, p99 }: Quantiles): string {
  return `${seconds(p50)} (p50), ${seconds(p95)} (p95), ${seconds(p99)} (p99)`
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`
const whole = (value: number): string => Math.round(value).toLocaleString('en-US')
