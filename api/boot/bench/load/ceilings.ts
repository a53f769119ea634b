/** What no pipeline over the same posts can be faster than, measured in the same run. */
import { once } from 'node:events'
import kafkajs from 'kafkajs'
import { toKafkajs } from '../../../../ingest/base/kafka-security.ts'
import type { BackendsConfig } from '../../config.ts'
import { measure, type Figure } from '../measure.ts'
import { frameText } from './frames.ts'
import { createLoad, type LoadKind } from './load.ts'

/** Some 25 MB: more than caches hold, as in a stream. */
const LINES = 50_000
/** Posts read from the topic: some seconds. */
const POSTS_MAX = 300_000
/** A fetch as the classify role makes it (ingest/topic/kafka-consumer.ts). */
const FETCH = {
  minBytes: 1_048_576,
  maxWaitTimeInMs: 200,
  maxBytesPerPartition: 3 * 1_048_576,
  maxBytes: 16 * 1_048_576,
}

export function measureLines(kind: LoadKind, seed: string): Promise<Figure> {
  const load = createLoad(kind, seed)
  const start = Date.now() * 1_000
  const lines = Array.from({ length: LINES }, (_, i) => frameText(load.next(), start + i * 50))
  return measure(
    'JSON.parse',
    lines.length,
    () => {
      for (const line of lines) JSON.parse(line)
    },
    'the ceiling: the same lines, nothing else',
  )
}

/** kafkajs over the records of a topic that holds so many posts, with a handler that does nothing. */
export async function measureConsumer(at: Brokers, topic: string, posts: number): Promise<Figure> {
  const kafka = connectTo(at)
  const consumer = kafka.consumer({ groupId: `${topic}.bench`, ...FETCH })
  const admin = kafka.admin()
  await Promise.all([consumer.connect(), admin.connect()])
  try {
    const offsets = await admin.fetchTopicOffsets(topic)
    const there = offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0)
    const postsEach = posts / Math.max(1, there)
    const wanted = Math.min(there, POSTS_MAX / postsEach)
    let read = 0
    let started: { at: number; cpu: NodeJS.CpuUsage } | null = null
    let first = 0
    await consumer.subscribe({ topic, fromBeginning: true })
    const done = new Promise<void>((resolve) => {
      void consumer.run({
        autoCommit: false,
        partitionsConsumedConcurrently: offsets.length,
        eachBatch: async ({ batch }) => {
          read += batch.messages.length
          if (started === null) {
            started = { at: performance.now(), cpu: process.cpuUsage() }
            first = read
          }
          if (read >= wanted) resolve()
        },
      })
    })
    await Promise.race([done, once(AbortSignal.timeout(60_000), 'abort')])
    const { at, cpu } = started ?? { at: performance.now(), cpu: process.cpuUsage() }
    const { user, system } = process.cpuUsage(cpu)
    const count = Math.max(1, (read - first) * postsEach)
    const seconds = (performance.now() - at) / 1_000
    const note = 'the ceiling: kafkajs’ eachBatch over the same records, doing nothing'
    return { stage: 'kafkajs', perSecond: count / seconds, cpuMicros: (user + system) / count, note }
  } finally {
    await consumer.disconnect()
    await admin.disconnect()
  }
}

type Brokers = Pick<Extract<BackendsConfig, { kind: 'server' }>, 'brokers' | 'security'>

/** All that begin so. */
export async function removeTopics(at: Brokers, prefix: string): Promise<void> {
  const admin = connectTo(at).admin()
  try {
    await admin.connect()
    const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix))
    if (topics.length > 0) await admin.deleteTopics({ topics })
  } finally {
    await admin.disconnect()
  }
}

function connectTo({ brokers, security }: Brokers) {
  return new kafkajs.Kafka({
    brokers,
    ...(security === null ? {} : toKafkajs(security)),
    clientId: 'tallywatch-bench',
    logLevel: kafkajs.logLevel.NOTHING,
  })
}
