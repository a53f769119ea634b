/** Figures for Prometheus (text format 0.0.4), from the status that every desk has, wherever the sources run. */
import { hash, timingSafeEqual } from 'node:crypto'
import { createRoute, z } from '@hono/zod-openapi'
import { Counter, Gauge, Registry } from 'prom-client'
import type { SourceHealth, Status } from '../contract.ts'
import { soon } from '../../ingest/base/soon.ts'
import type { App, AppDeps } from './deps.ts'
import { problemResponse, RequestError } from './problem.ts'

/** Prometheus gives a scrape 10 s unless told; a status that reads much takes some. */
const PATIENCE_MS = 5_000

const route = createRoute({
  method: 'get',
  path: '/metrics',
  summary: 'Figures for Prometheus: the night’s, and those of each source',
  responses: {
    200: { description: 'text format 0.0.4', content: { 'text/plain': { schema: z.string() } } },
    401: problemResponse('not the token'),
  },
})

export function addMetricsRoute(app: App, deps: AppDeps): void {
  const { status, metrics, metricsToken = null, onError } = deps
  app.openapi(route, async (c) => {
    if (metricsToken !== null && !isToken(c.req.header('authorization'), metricsToken)) {
      c.header('www-authenticate', 'Bearer')
      throw new RequestError(401, 'bad_token', 'Authorization: Bearer has to hold the token of the metrics')
    }
    // While the store is away this process's own figures are what tells why.
    const readable = status().catch((error: unknown) => {
      onError(error)
      return null
    })
    const parts = [await writeMetrics(await soon(readable, null, PATIENCE_MS)), (await metrics?.()) ?? '']
    return c.text(parts.join(''), 200, { 'content-type': 'text/plain; version=0.0.4' })
  })
}

function isToken(authorization: string | undefined, token: string): boolean {
  const given = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? ''
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', token, 'buffer'))
}

interface Metric<T> {
  name: string
  type: 'counter' | 'gauge'
  help: string
  /** Null: not known, and not written. */
  value: (of: T) => number | null | undefined
}

const STATUS_UP: Metric<Status | null> = {
  name: 'status_up',
  type: 'gauge',
  help: '1 while the store tells how the night stands; 0: the figures of the night and of its sources are missing',
  value: (status) => (status === null ? 0 : 1),
}

const NIGHT: readonly Metric<Status>[] = [
  { name: 'posts', type: 'gauge', help: 'Distinct posts in sealed minutes', value: ({ posts }) => posts },
  {
    name: 'election_posts',
    type: 'gauge',
    help: 'Those about an election',
    value: ({ election }) => election,
  },
  { name: 'flagged_posts', type: 'gauge', help: 'Posts that were flagged', value: ({ flagged }) => flagged },
  { name: 'dead_letters', type: 'gauge', help: 'Input that is set aside', value: (s) => s.deadLettered },
  {
    name: 'waiting_posts',
    type: 'gauge',
    help: 'Posts that wait to be judged; with Kafka about as many, those that no worker takes as messages of up to 64 posts',
    value: ({ lag }) => lag,
  },
  {
    name: 'hasty_posts',
    type: 'gauge',
    help: 'Posts judged in haste that wait for a second look',
    value: ({ hasty }) => hasty,
  },
  {
    name: 'stale_seconds',
    type: 'gauge',
    help: 'Since the newest post was stored',
    value: ({ staleMs }) => (staleMs === null ? null : staleMs / 1_000),
  },
]

const SOURCE: readonly Metric<SourceHealth>[] = [
  { name: 'received_total', type: 'counter', help: 'Payloads read', value: (s) => s.counts?.received },
  {
    name: 'accepted_total',
    type: 'counter',
    help: 'Posts given to the stream',
    value: (s) => s.counts?.accepted,
  },
  {
    name: 'duplicate_total',
    type: 'counter',
    help: 'Payloads sent again',
    value: (s) => s.counts?.duplicate,
  },
  { name: 'dead_total', type: 'counter', help: 'Payloads set aside', value: (s) => s.counts?.dead },
  {
    name: 'lag_seconds',
    type: 'gauge',
    help: 'Age of the newest post',
    value: ({ lagMs }) => (lagMs == null ? null : lagMs / 1_000),
  },
  {
    name: 'gap_seconds',
    type: 'gauge',
    help: 'Time that was not seen',
    value: ({ gapSeconds }) => gapSeconds,
  },
  {
    name: 'up',
    type: 'gauge',
    help: '1 while it runs or has finished',
    value: ({ state }) => (state === 'running' || state === 'finished' ? 1 : 0),
  },
]

/** The status as Prometheus reads it; null: it could not be read now. */
export async function writeMetrics(status: Status | null): Promise<string> {
  // Made anew at each scrape: what a source no longer tells is gone from it.
  const registry = new Registry()
  add(registry, STATUS_UP, 'tallywatch_status_up', [[{}, status]])
  if (status === null) return registry.metrics()
  for (const metric of NIGHT) add(registry, metric, `tallywatch_${metric.name}`, [[{}, status]])
  const sources = status.sources.map((source): [Labels, SourceHealth] => [{ source: source.source }, source])
  for (const metric of SOURCE) add(registry, metric, `tallywatch_source_${metric.name}`, sources)
  return registry.metrics()
}

type Labels = Record<string, string>

function add<T>(
  registry: Registry,
  { type, help, value }: Metric<T>,
  name: string,
  all: readonly (readonly [Labels, T])[],
): void {
  const known = all.flatMap(([labels, of]) => {
    const number = value(of)
    return number == null ? [] : [{ labels, number }]
  })
  if (known.length === 0) return
  const options = { name, help, registers: [registry], labelNames: Object.keys(known[0]!.labels) }
  if (type === 'counter') {
    const counter = new Counter(options)
    for (const { labels, number } of known) counter.inc(labels, number)
  } else {
    const gauge = new Gauge(options)
    for (const { labels, number } of known) gauge.set(labels, number)
  }
}
