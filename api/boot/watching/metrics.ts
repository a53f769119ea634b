/**
 * What Prometheus is told, for every role. Made once a process and handed on; nothing here is global. Labels have few
 * values: a topic, a partition, a stage, an error's code. Names follow `promtool check metrics`.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Lags } from './lags.ts'

/** From a tenth of a second, in which nobody notices, to an hour, in which everybody does. */
const DELAYS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600]
/** A delivery takes some 10 ms to store and some seconds while the store is slow. */
const WORK = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
/** prom-client's own that are gauges and end in `_total`, which promtool holds against them. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
]

export type Role = 'ingest' | 'classify' | 'desk' | 'all'
export type TopicLabel = 'posts' | 'dead-letters'

export interface Metrics {
  registry: Registry
  published: Counter<'topic'>
  unacknowledged: Gauge<'topic'>
  acknowledged: Histogram<'topic'>
  delivered: Counter<'topic'>
  invalid: Counter<'topic'>
  refused: Counter<'topic'>
  handled: Histogram<'topic'>
  stored: Histogram
  errors: Counter<'code'>
  sealed: Histogram
  shown: Histogram
  told: Histogram
  clients: Gauge
  /** This and the following are asked at each scrape. `stuckMs`: see Publishing; `lags`: see Lags. */
  watchTopic(topic: TopicLabel, told: { stuckMs: () => number; lags: Lags['read'] }): void
  watchClassifier(decidedBy: () => Readonly<Record<string, number>>): void
  watchBehind(behindMs: () => number): void
  watchSealed(behindMs: () => number): void
  /** Text format 0.0.4. */
  write(): Promise<string>
}

export function createMetrics(role: Role): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const named = (name: string, help: string) => ({ name: `tallywatch_${name}`, help, registers })
  const byTopic = (name: string, help: string) => ({ ...named(name, help), labelNames: ['topic'] as const })
  collectDefaultMetrics({ register: registry })
  for (const name of MISNAMED) registry.removeSingleMetric(name)
  new Gauge({ ...named('info', 'Which role this process has'), labelNames: ['role'] }).set({ role }, 1)
  return {
    registry,
    published: new Counter(byTopic('topic_published_records_total', 'Records given to the topic')),
    unacknowledged: new Gauge(
      byTopic('topic_unacknowledged_records', 'Records on their way to the topic, not yet durable'),
    ),
    acknowledged: new Histogram({
      ...byTopic('topic_publish_seconds', 'From publishing until all of it is durable'),
      buckets: WORK,
    }),
    delivered: new Counter(
      byTopic('topic_handled_records_total', 'Records handled, and what they led to stored'),
    ),
    invalid: new Counter(byTopic('topic_invalid_records_total', 'Records that could not be decoded')),
    refused: new Counter(byTopic('topic_refused_deliveries_total', 'Deliveries that failed and come again')),
    handled: new Histogram({
      ...byTopic('topic_handle_seconds', 'From a delivery until what it led to is stored'),
      buckets: WORK,
    }),
    stored: new Histogram({
      ...named('post_stored_delay_seconds', 'From a post’s capture until it is judged and stored'),
      buckets: DELAYS,
    }),
    errors: new Counter({
      ...named('errors_total', 'Errors that were told in the log or told before'),
      labelNames: ['code'] as const,
    }),
    sealed: new Histogram({
      ...named('minute_sealed_delay_seconds', 'From a minute’s end until it is sealed, live'),
      buckets: DELAYS,
    }),
    shown: new Histogram({
      ...named('minute_shown_delay_seconds', 'From a minute’s end until a page is told of it, live'),
      buckets: DELAYS,
    }),
    told: new Histogram({
      ...named('post_shown_delay_seconds', 'From a flagged post’s capture until a page is told of it, live'),
      buckets: DELAYS,
    }),
    clients: new Gauge(named('live_clients', 'Pages that follow the live stream')),
    watchTopic: createTopicGauges(registry, named),
    watchClassifier(decidedBy) {
      const stages = new Counter({
        ...named('classifier_texts_total', 'Texts by the stage that decided them'),
        registers: [],
        labelNames: ['stage'] as const,
        collect() {
          this.reset()
          for (const [stage, count] of Object.entries(decidedBy())) this.inc({ stage }, count)
        },
      })
      registry.registerMetric(stages)
    },
    watchBehind(behindMs) {
      const behind = new Gauge({
        ...named('behind_seconds', 'How long the oldest work that is known to wait has waited'),
        registers: [],
        collect() {
          this.set(behindMs() / 1_000)
        },
      })
      registry.registerMetric(behind)
    },
    watchSealed(behindMs) {
      const behind = new Gauge({
        ...named('sealed_behind_seconds', 'How much later than promised minutes are sealed, live'),
        registers: [],
        collect() {
          this.set(behindMs() / 1_000)
        },
      })
      registry.registerMetric(behind)
    },
    write: () => registry.metrics(),
  }
}

type Named = (name: string, help: string) => { name: string; help: string; registers: Registry[] }

function createTopicGauges(registry: Registry, named: Named): Metrics['watchTopic'] {
  const watched = new Map<TopicLabel, Parameters<Metrics['watchTopic']>[1]>()
  const stuck = new Gauge({
    ...named(
      'topic_unacknowledged_seconds',
      'Since the oldest publish that was neither acknowledged nor followed by one that was',
    ),
    registers: [],
    labelNames: ['topic'] as const,
    collect() {
      for (const [topic, { stuckMs }] of watched) this.set({ topic }, stuckMs() / 1_000)
    },
  })
  const lag = new Gauge({
    ...named(
      'topic_lag_records',
      'Posts and the like behind the last delivery of each partition that is this process’s; with Kafka about as many',
    ),
    registers: [],
    labelNames: ['topic', 'partition'] as const,
    collect() {
      this.reset()
      for (const [topic, { lags }] of watched)
        for (const { partition, lag: waiting } of lags()) this.set({ topic, partition }, waiting)
    },
  })
  for (const gauge of [stuck, lag]) registry.registerMetric(gauge)
  return (topic, told) => void watched.set(topic, told)
}
