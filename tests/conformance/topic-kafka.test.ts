import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openKafkaTopic, type KafkaOptions } from '../../ingest/topic/kafka.ts'
import { placeOf } from '../../ingest/topic/topic.ts'
import { startKafka, type KafkaServer } from '../services/kafka.ts'
import {
  collector,
  items,
  itemSchema,
  topicConformance,
  until,
  type Item,
  type TopicHarness,
} from './topic.ts'

/** A broker of this file's own, because it kills it. */
let server: KafkaServer
let prefix: string

beforeAll(async () => {
  server = await startKafka()
  // Topics stay in a broker that is not ours.
  prefix = `conformance-${Date.now().toString(36)}`
})
afterAll(() => server?.stop())

async function putRaw(topic: string, key: string, value: Buffer | string | null): Promise<void> {
  const producer = new kafkajs.Kafka({ brokers: server.brokers }).producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  await producer.send({ topic, messages: [{ key, value }] })
  await producer.disconnect()
}

const kafkaHarness = async (): Promise<TopicHarness> => ({
  durable: 'acknowledged',
  sharesOffsets: true,
  open: ({ name, partitions, deliveryMax }) =>
    openKafkaTopic({
      name: `${prefix}.${name}`,
      partitions,
      schema: itemSchema,
      brokers: server.brokers,
      group: 'test',
      clientId: 'conformance',
      // Shorter than usual, because after an outage the group waits for members that are no more.
      sessionTimeoutMs: 6_000,
      ...(deliveryMax === undefined ? {} : { deliveryMax }),
    }),
  async putInvalid(topic, key) {
    await putRaw(topic.name, key, '{"key": "a", "seq":')
    return { detail: 'not JSON', payload: '{"key": "a", "seq":' }
  },
  async goAway() {
    await server.kill()
    return () => server.restart()
  },
  async stop() {},
})

topicConformance('Kafka', kafkaHarness)

describe('Kafka', () => {
  const open = (name: string, options: Partial<KafkaOptions<Item>> = {}) =>
    openKafkaTopic({
      name: `${prefix}.${name}`,
      partitions: 2,
      schema: itemSchema,
      brokers: server.brokers,
      group: 'test',
      clientId: 'conformance',
      sessionTimeoutMs: 6_000,
      ...options,
    })

  test('records survive their publisher', async () => {
    const before = await open('survive')
    await (
      await before.publish(items('a', 0, 100))
    ).durable
    await before.close()
    const after = await open('survive')
    const got = collector()
    await after.consume(got.handle)
    await until('all records', () => got.received.length === 100)
    expect(got.seqs('a')).toHaveLength(100)
    await after.close()
  })

  test('a handler that works longer than a session keeps its partitions, also while another consumer joins', async () => {
    const topic = await open('slow', { sessionTimeoutMs: 1_500 })
    const got = [collector(), collector()] as const
    await topic.publish([...items('a', 0, 10), ...items('b', 0, 10), ...items('c', 0, 10)])
    let slow = true
    let atWork = 0
    const shared = { first: [] as unknown[], newcomer: [] as unknown[] }
    await topic.consume(async (delivery) => {
      atWork++
      shared.first.push(delivery.shared)
      if (slow) await new Promise((resolve) => setTimeout(resolve, 4_000))
      await got[0].handle(delivery)
    })
    await until('the handler is at work', () => atWork > 0)
    await topic.consume(async (delivery) => {
      shared.newcomer.push(delivery.shared)
      await got[1].handle(delivery)
    })
    slow = false
    const all = () => [...got[0].received, ...got[1].received]
    await until('the newcomer has a partition', async () => {
      await topic.publish([...items('a', 10, 11), ...items('b', 10, 11), ...items('c', 10, 11)])
      return got[1].received.length > 0
    })
    await until('everything committed', async () => (await topic.lag()) === 0)
    expect(all().filter(({ seq }) => seq < 10)).toHaveLength(30)
    expect(shared.first[0]).toBe(false)
    expect(new Set(shared.newcomer)).toEqual(new Set([true]))
    await topic.close()
  })

  test('a topic that is there keeps its partitions', async () => {
    const first = await open('partitions', { partitions: 5 })
    const second = await open('partitions', { partitions: 2 })
    expect(second.partitions).toBe(5)
    await Promise.all([first.close(), second.close()])
  })

  test('where brokers pack by a default that is not read here, both topics are read all the same', async () => {
    const admin = new kafkajs.Kafka({ brokers: server.brokers }).admin()
    await admin.connect()
    const { brokers } = await admin.describeCluster()
    const pack = (value: string) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: brokers.map(({ nodeId }) => ({
          type: kafkajs.ConfigResourceTypes.BROKER,
          name: String(nodeId),
          configEntries: [{ name: 'compression.type', value }],
        })),
      })
    await pack('zstd')
    try {
      const topic = await open('broker-packed', { unavailableAfterMs: 5_000 })
      await topic.savePosition('bluesky', { at: 7 })
      expect(await topic.loadPosition('bluesky')).toEqual({ at: 7 })
      await (
        await topic.publish(items('a', 0, 10))
      ).durable
      const got = collector()
      await topic.consume(got.handle)
      await until('all records', () => got.received.length === 10)
      await topic.close()
    } finally {
      await pack('producer')
      await admin.disconnect()
    }
  })

  test('topics are made with what loses nothing, and what is unsafe in one that is there is told', async () => {
    const told: string[] = []
    const onWarning = (text: string) => void told.push(text)
    const topic = await open('made', { onWarning, replicationFactor: 1 })
    await topic.close()
    const has = (name: string) => ({ topic: `${prefix}.${name}`, one: 'it has one copy' })
    // One broker cannot have more; nothing else is wrong with what was made here.
    expect(told.map((text) => text.replace(/:.*/, ''))).toEqual([
      `topic ${has('made').topic}`,
      `topic ${has('made').topic}.positions`,
    ])
    expect(told.every((text) => text.includes(has('made').one))).toBe(true)
    const admin = new kafkajs.Kafka({ brokers: server.brokers }).admin()
    await admin.connect()
    const configEntries = [
      { name: 'cleanup.policy', value: 'compact,delete' },
      { name: 'retention.ms', value: '3600000' },
      { name: 'compression.type', value: 'zstd' },
      { name: 'max.message.bytes', value: '500000' },
    ]
    const positions = [{ name: 'cleanup.policy', value: 'compact,delete' }]
    await admin.createTopics({
      topics: [
        { topic: `${prefix}.theirs`, numPartitions: 4, configEntries },
        { topic: `${prefix}.theirs.positions`, numPartitions: 1, configEntries: positions },
      ],
    })
    await admin.disconnect()
    told.length = 0
    await (await open('theirs', { onWarning })).close()
    for (const words of [
      /cleanup\.policy holds compact/,
      /retention\.ms is 1 h/,
      /compression\.type is zstd/,
      /max\.message\.bytes is 500000/,
      /has 4 partitions and TALLYWATCH_PARTITIONS says 2/,
      /theirs: message\.timestamp\.type is CreateTime/,
      /theirs\.positions: cleanup\.policy is compact,delete/,
      /theirs\.positions: message\.timestamp\.type is CreateTime/,
    ])
      expect(told).toContainEqual(expect.stringMatching(words))
  })

  /** How many messages the topic's partitions hold. */
  async function messagesIn(topic: string): Promise<number> {
    const admin = new kafkajs.Kafka({ brokers: server.brokers }).admin()
    await admin.connect()
    const offsets = await admin.fetchTopicOffsets(topic)
    await admin.disconnect()
    return offsets.reduce((sum, { high }) => sum + Number(high), 0)
  }

  test('up to 64 records of one call and partition are one message, and a long one is a message of its own', async () => {
    const topic = await open('packed', { partitions: 1 })
    const long = { key: 'a', value: { key: 'a', seq: 200, pad: 'ü'.repeat(100_000) } }
    const { durable } = await topic.publish([...items('a', 0, 200), long, ...items('a', 201, 210)])
    await durable
    expect(await messagesIn(topic.name)).toBe(4 + 1 + 1)
    const padded = Array.from({ length: 30 }, (_, at) => ({
      key: 'a',
      value: { key: 'a', seq: 210 + at, pad: 'x'.repeat(5_000) },
    }))
    await (
      await topic.publish(padded)
    ).durable
    expect(await messagesIn(topic.name)).toBeGreaterThan(6 + 2)
    const got = collector()
    await topic.consume(got.handle)
    await until('all records', () => got.received.length >= 240)
    expect(got.received.map(({ seq }) => seq)).toEqual(Array.from({ length: 240 }, (_, seq) => seq))
    await topic.close()
  })

  test('of a message only the lines that are no records are set aside, each for itself, also when it comes again', async () => {
    const topic = await open('lines', { partitions: 1 })
    const good = (seq: number) => JSON.stringify({ key: 'a', seq })
    const lines = [good(0), 'this is no JSON', '', good(1), '{"key":"a"}', `${good(2)}\r`, '\r', good(3)]
    const broken = Buffer.concat([
      Buffer.from(`${good(4)}\n`),
      Buffer.from([0x22, 0xff, 0xfe, 0x22, 0x0a]),
      Buffer.from(good(5)),
    ])
    await putRaw(topic.name, 'a', lines.join('\n'))
    await putRaw(topic.name, 'a', broken)
    await putRaw(topic.name, 'a', '\n\n')
    await topic.publish(items('a', 6, 10))
    const got = collector()
    const told = new Map<string, string>()
    let refusals = 0
    await topic.consume(async (delivery) => {
      for (const one of delivery.invalid) told.set(placeOf(one), one.detail)
      if (refusals++ < 2) throw new Error('The store is away')
      await got.handle(delivery)
    })
    await until('all good records', () => got.received.length >= 10)
    expect(got.received.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect([...told].map(([place, detail]) => `${place} ${detail}`)).toEqual([
      expect.stringMatching(/^0\/0\/2 The record is not JSON/),
      expect.stringMatching(/^0\/0\/4 seq: /),
      '0/1/2 The record is not UTF-8',
      expect.stringMatching(/^0\/2 The record is not JSON/),
    ])
    expect(got.invalid).toHaveLength(4)
    await until('everything committed', async () => (await topic.lag()) === 0)
    await topic.close()
  })

  test('a message of another producer may hold one record over several lines, and more than a delivery', async () => {
    const topic = await open('theirs-too', { partitions: 1, deliveryMax: 10 })
    await putRaw(topic.name, 'a', JSON.stringify({ key: 'a', seq: 0 }, null, 2))
    const many = Array.from({ length: 100 }, (_, at) => JSON.stringify({ key: 'a', seq: 1 + at }))
    await putRaw(topic.name, 'a', `${many.join('\n')}\n`)
    await topic.publish(items('a', 101, 125))
    const got = collector()
    await topic.consume(got.handle)
    await until('all records', () => got.received.length >= 125)
    expect(got.received.map(({ seq }) => seq)).toEqual(Array.from({ length: 125 }, (_, seq) => seq))
    expect(got.invalid).toEqual([])
    const sizes = got.deliveries.map(({ records }) => records.length)
    expect(sizes.filter((size) => size > 10)).toEqual([100])
    await topic.close()
  })

  test('bytes that are not UTF-8, a value of another shape and an empty value are each told', async () => {
    const topic = await open('garbage', { partitions: 1 })
    await putRaw(topic.name, 'a', Buffer.from([0x22, 0xff, 0xfe, 0x22]))
    await putRaw(topic.name, 'a', '{"key":"a","seq":"seven"}')
    await putRaw(topic.name, 'a', null)
    await topic.publish(items('a', 0, 1))
    const got = collector()
    await topic.consume(got.handle)
    await until('the good record', () => got.received.length === 1)
    expect(got.invalid.map(({ offset, detail }) => `${offset} ${detail}`)).toEqual([
      '0 The record is not UTF-8',
      expect.stringMatching(/^1 seq: /),
      '2 The record has no value',
    ])
    await topic.close()
  })

  test('a consumer whose broker is away says so, and goes on when it is back', async () => {
    const told: string[] = []
    const topic = await open('lost', { onWarning: (text, code) => void told.push(`${code}: ${text}`) })
    const got = collector()
    await topic.consume(got.handle)
    told.splice(0)
    await server.kill()
    await until('it is told', () =>
      told.some((text) => /^consumer_lost: .*\.lost: nothing is taken from it/.test(text)),
    )
    await server.restart()
    await (
      await topic.publish(items('a', 0, 10))
    ).durable
    await until('all records', () => got.seqs('a').length === 10)
    await topic.close()
  })

  test('a broker that stays away is told after the time allowed, and nothing is lost without a word', async () => {
    const topic = await open('away', { unavailableAfterMs: 1_000 })
    await (
      await topic.publish(items('a', 0, 10))
    ).durable
    await server.kill()
    const unavailable = { name: 'TopicError', code: 'unavailable' }
    const { durable } = await topic.publish(items('a', 10, 20))
    await Promise.all([
      expect(durable).rejects.toMatchObject(unavailable),
      expect(topic.savePosition('source', 1)).rejects.toMatchObject(unavailable),
      expect(topic.lag()).rejects.toMatchObject(unavailable),
      expect(topic.consume(async () => {})).rejects.toMatchObject(unavailable),
      expect(open('new', { unavailableAfterMs: 1_000 })).rejects.toMatchObject(unavailable),
    ])
    await server.restart()
    const got = collector()
    await until('the broker takes records again', async () => {
      const retried = await topic.publish(items('a', 10, 20))
      return retried.durable.then(
        () => true,
        () => false,
      )
    })
    // With the usual patience: a broker that has just come up may take its time.
    const again = await open('away')
    await again.consume(got.handle)
    await until('all records', () => got.seqs('a').length === 20)
    expect(got.seqs('a')).toEqual(Array.from({ length: 20 }, (_, seq) => seq))
    await Promise.all([topic.close(), again.close()])
  })
})
