/** The topics, with everything measured that goes in and comes out. */
import type { StreamRecord } from '../../../ingest/contract.ts'
import type { Delivery, Topic } from '../../../ingest/topic/topic.ts'
import type { Topics } from '../backends.ts'
import type { Backlog } from './backlog.ts'
import { createLags } from './lags.ts'
import type { Metrics, TopicLabel } from './metrics.ts'
import type { Traces } from './traces.ts'

export interface Watching {
  metrics: Metrics
  backlog: Backlog
  traces: Traces | null
  /** Wall clock, epoch ms. */
  now: () => number
}

export function watchTopics(topics: Topics, watching: Watching): Topics {
  const { traces, now } = watching
  const posts = watch(topics.posts, 'posts', watching, capturesOf)
  return {
    ...topics,
    posts: traces === null ? posts : traces.follow(posts, now),
    deadLetters: watch(topics.deadLetters, 'dead-letters', watching, () => []),
  }
}

function capturesOf(records: readonly StreamRecord[]): number[] {
  const captured: number[] = []
  for (const record of records) if (record.kind === 'post') captured.push(record.post.capturedAt)
  return captured
}

/** What is measured of a delivery. */
interface Seen {
  partition: number
  lag: number
  /** Epoch ms. */
  captured: readonly number[]
  /** How many. */
  records: number
  invalid: number
}

function watch<T>(
  inner: Topic<T>,
  topic: TopicLabel,
  { metrics, backlog, now }: Watching,
  captures: (records: readonly T[]) => number[],
): Topic<T> {
  const label = { topic }
  const lags = createLags(now)
  const publishing = backlog.publishing(topic)
  metrics.watchTopic(topic, { stuckMs: () => publishing.stuckMs(), lags: () => lags.read() })
  // Known before the first of each, so that a rate has a beginning.
  metrics.refused.inc(label, 0)
  metrics.invalid.inc(label, 0)
  /** Without a hold on the delivery, which is long while it is stored: of its records only the times are kept. */
  async function measured(
    delivery: Delivery<T>,
    handle: (delivery: Delivery<T>) => Promise<void>,
  ): Promise<void> {
    const { partition, lag, records, invalid } = delivery
    const captured = captures(records)
    backlog.begin(`${topic}/${partition}`, captured)
    lags.begin(partition, lag)
    const seen = { partition, lag, captured, records: records.length, invalid: invalid.length }
    return measureHandling(seen, metrics.handled.startTimer(label), handle(delivery))
  }
  async function measureHandling(seen: Seen, end: () => void, handled: Promise<void>): Promise<void> {
    const { partition, lag, captured } = seen
    try {
      await handled
    } catch (error) {
      metrics.refused.inc(label)
      backlog.fail(`${topic}/${partition}`)
      throw error
    } finally {
      lags.settle(partition)
    }
    end()
    backlog.end(`${topic}/${partition}`, captured, lag)
    metrics.delivered.inc(label, seen.records)
    metrics.invalid.inc(label, seen.invalid)
    const stored = now()
    for (const time of captured) metrics.stored.observe(Math.max(0, stored - time) / 1_000)
  }
  async function settle(durable: Promise<void>, count: number, end: () => void): Promise<void> {
    const batch = publishing.begin()
    try {
      await durable
      end()
      batch.acknowledged()
    } catch {
      // Whoever published it is told.
      batch.refused()
    }
    metrics.unacknowledged.dec(label, count)
  }
  return {
    ...inner,
    async publish(records) {
      const end = metrics.acknowledged.startTimer(label)
      // Until the broker has answered only their number is kept, not they.
      const count = records.length
      const published = await inner.publish(records)
      metrics.published.inc(label, count)
      metrics.unacknowledged.inc(label, count)
      // Of an empty batch the topic takes all, wherever its brokers are.
      if (count > 0) void settle(published.durable, count, end)
      return published
    },
    consume: (handler) => inner.consume((delivery) => measured(delivery, handler)),
  }
}
