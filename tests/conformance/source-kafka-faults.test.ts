/** Somebody else's topic, whatever happens to its broker: every record is there once, as a post or set aside. */
import { constantFrom, json, oneof, sample, string } from 'fast-check'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createKafkaSource } from '../../ingest/sources/kafka.ts'
import { startKafka, type KafkaServer } from '../services/kafka.ts'
import { followSource, type Followed } from '../unit/ingest/sources/follow.ts'
import { normalize } from '../unit/ingest/sources/read.ts'

const TEST_MS = 120_000
/** A broker that was killed is there again after some seconds, and its group after some more. */
const BACK_MS = 60_000
const FLOOD = 20_000

let kafka: KafkaServer
beforeAll(async () => {
  kafka = await startKafka()
}, TEST_MS)
afterAll(() => kafka.stop(), TEST_MS)

const record = (n: number, at = Date.now()) =>
  JSON.stringify({ id: `p${n}`, text: `Number ${n} of the count`, createdAt: at })
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

let made = 0
async function openTopic() {
  const topic = `faulty-${(made += 1)}`
  const client = new kafkajs.Kafka({ brokers: kafka.brokers, logLevel: kafkajs.logLevel.NOTHING })
  const admin = client.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] })
  await admin.disconnect()
  const source = (silentMs = 60_000) =>
    createKafkaSource({ brokers: kafka.brokers, topic, normalize, firstRetryMs: 50, silentMs })
  return {
    topic,
    source,
    put: async (values: readonly string[]) => {
      const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
      await producer.connect()
      await producer.send({ topic, messages: values.map((value, i) => ({ value, partition: i % 2 })) })
      await producer.disconnect()
    },
    /** What is in the topic, and so must be read: a producer whose broker answers late writes a record twice. */
    written: async () => {
      await admin.connect()
      const offsets = await admin.fetchTopicOffsets(topic)
      await admin.disconnect()
      return offsets.reduce((sum, { high }) => sum + Number(high), 0)
    },
    idsOf: (numbers: readonly number[]) => numbers.map((n) => `kafka:${topic}/p${n}`).toSorted(),
  }
}

const distinct = (followed: Followed): string[] => [...new Set(followed.ids())].toSorted()
const eventually = (read: () => unknown) => expect.poll(read, { timeout: BACK_MS, interval: 100 })

test(
  'killed in the midst and started again',
  async () => {
    const { source, put, written, idsOf } = await openTopic()
    await put(range(0, 50).map((n) => record(n)))
    await using followed = followSource(source())
    await followed.has(50)
    await kafka.kill()
    await kafka.restart()
    await put(range(50, 100).map((n) => record(n)))
    await eventually(() => followed.ids().length).toBe(await written())
    expect(distinct(followed)).toEqual(idsOf(range(0, 100)))
  },
  TEST_MS,
)

test(
  'silent for longer than it may be, its connections open',
  async () => {
    const { source, put, written, idsOf } = await openTopic()
    await put(range(0, 10).map((n) => record(n)))
    const reading = source(8_000)
    await using followed = followSource(reading)
    await followed.has(10)
    await kafka.freeze()
    try {
      await eventually(() => reading.status().state).toBe('unreachable')
      expect(reading.status().detail).toMatch(
        /^The topic \S+ cannot be read \(.+\)\. Trying again in \d+ s\.$/,
      )
    } finally {
      await kafka.thaw()
    }
    await put(range(10, 20).map((n) => record(n)))
    await eventually(() => followed.ids().length).toBe(await written())
    expect(distinct(followed)).toEqual(idsOf(range(0, 20)))
    await eventually(() => reading.status().state).toBe('running')
  },
  TEST_MS,
)

test(
  'a flood, a record that its producer wrote twice, a clock that is set back, and records of every wrong kind',
  async () => {
    const { source, put, idsOf } = await openTopic()
    await using followed = followSource(source())
    await put(range(0, FLOOD).map((n) => record(n)))
    await eventually(() => followed.ids().length).toBe(FLOOD)
    const back = Date.now() - 3_600_000
    await put([record(FLOOD, back), record(FLOOD, back)])
    await eventually(() => followed.ids().length).toBe(FLOOD + 2)
    // One id: the store has it once.
    expect(distinct(followed)).toEqual(idsOf(range(0, FLOOD + 1)))
    expect(followed.posts().find(({ id }) => id.endsWith(`/p${FLOOD}`))!.createdAt).toBe(back)

    const wrong = oneof(
      string(),
      json(),
      constantFrom(
        '{"text":7,"createdAt":1}',
        '{"id":{},"text":"words"}',
        '{"text":"w","createdAt":"never"}',
      ),
    )
    const values = sample(wrong, { numRuns: 200, seed: 7 })
    const posts = followed.posts().length
    await put(values)
    await put([record(FLOOD + 1)])
    const received = () => followed.batches.reduce((sum, batch) => sum + batch.received, 0)
    await eventually(received).toBe(FLOOD + 2 + values.length + 1)
    expect(followed.ids()).toContain(idsOf([FLOOD + 1])[0])
    // Each was taken or set aside; none went by unseen.
    expect(followed.posts().length - posts - 1 + followed.deadLetters().length).toBe(values.length)
  },
  TEST_MS,
)
