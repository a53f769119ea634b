/** Everything by which a process is watched, made once at its start. */
import type { StoredPost } from '../../arrivals/read.ts'
import type { Desk } from '../../desk/desk.ts'
import type { LiveWatch } from '../../routes/deps.ts'
import type { OnWarning, Topics } from '../backends.ts'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { createBacklog, type Backlog } from './backlog.ts'
import { serveHealth } from './health.ts'
import { createMetrics, type Metrics, type Role } from './metrics.ts'
import { startTraces } from './traces.ts'
import { watchTopics } from './watch-topics.ts'

const MINUTE_MS = 60_000

export interface Watch {
  metrics: Metrics
  backlog: Backlog
  /** Counts what it passes on. */
  onError: Log['onError']
  /** Counts consumers that were lost: they go on by themselves, and nothing comes until they do. */
  onWarning: OnWarning
  /** The topics, measured. */
  topics(topics: Topics): Topics
  /** Pages were told of these just now. */
  onTold: (posts: readonly StoredPost[]) => void
  stop(): Promise<void>
}

export async function startWatch(role: Role, config: Pick<Config, 'traces'>, log: Log): Promise<Watch> {
  const metrics = createMetrics(role)
  const backlog = createBacklog(Date.now)
  const traces = config.traces === null ? null : await startTraces({ ...config.traces, role })
  metrics.watchBehind(() => backlog.behindMs())
  return {
    metrics,
    backlog,
    onError(error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'other'
      metrics.errors.inc({ code })
      log.onError(error)
    },
    onWarning(text, code) {
      if (code === 'consumer_lost') metrics.errors.inc({ code })
      log.warn(text)
    },
    topics: (topics) => watchTopics(topics, { metrics, backlog, traces, now: Date.now }),
    onTold: (posts) => traces?.told(posts, Date.now()),
    stop: async () => traces?.stop(),
  }
}

/** The health server of a role without a page, where the configuration asks for one; gives what ends it. */
export async function startHealth(
  { metrics, backlog }: Pick<Watch, 'metrics' | 'backlog'>,
  config: Pick<Config, 'health' | 'metricsToken' | 'readyBehindMs'>,
  answers: () => Promise<boolean>,
): Promise<() => Promise<void>> {
  if (config.health === null) return async () => {}
  const { metricsToken, readyBehindMs } = config
  const behindMs = () => backlog.behindMs()
  const served = await serveHealth({
    at: config.health,
    metrics,
    metricsToken,
    answers,
    behindMs,
    readyBehindMs,
  })
  return () => served.close()
}

/** The desk, with the delay of each minute measured as it is saved. A correction is no delay. */
export function watchDesk(desk: Desk, metrics: Metrics, now: () => number): Desk {
  return {
    ...desk,
    async saveWatch(change) {
      await desk.saveWatch(change)
      for (const event of change.events) {
        // Of several minutes sealed at once, the first waited longest.
        if (event.type === 'sealed' && !event.corrected)
          metrics.sealed.observe(Math.max(0, now() - event.from - MINUTE_MS) / 1_000)
      }
    },
  }
}

export function watchLive(metrics: Metrics, now: () => number): LiveWatch {
  return {
    clients: (count) => metrics.clients.set(count),
    shown(event) {
      if (event.type === 'sealed' && !event.corrected)
        metrics.shown.observe(Math.max(0, now() - event.from - MINUTE_MS) / 1_000)
      if (event.type === 'posts')
        for (const { capturedAt } of event.posts)
          metrics.told.observe(Math.max(0, now() - capturedAt) / 1_000)
    },
  }
}
