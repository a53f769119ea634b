import kafkajs from 'kafkajs'
import { expect, inject, test } from 'vitest'
import { createKafkaSource } from '../../ingest/sources/kafka.ts'
import type { SourceBatch } from '../../ingest/sources/source.ts'
import { followSource } from '../unit/ingest/sources/follow.ts'
import { normalize } from '../unit/ingest/sources/read.ts'

const brokers = inject('kafkaBrokers')
let made = 0

async function makeTopic() {
  const topic = `theirs-${Date.now().toString(36)}-${(made += 1)}`
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] })
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  return {
    topic,
    async put(values: readonly (string | Buffer | null)[], partition = 0, timestamp?: string) {
      const when = timestamp === undefined ? {} : { timestamp }
      await producer.send({ topic, messages: values.map((value) => ({ value, partition, ...when })) })
    },
    /** The topic no longer keeps what the first partition has before this offset. */
    async dropBefore(offset: number) {
      // kafkajs asks the partition's leader, whom it knows only once it has asked about the topic.
      await admin.fetchTopicOffsets(topic)
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] })
    },
    async [Symbol.asyncDispose]() {
      await producer.disconnect()
      await admin.disconnect()
    },
  }
}

const record = (n: number) =>
  JSON.stringify({
    post_id: `p${n}`,
    body: `Number ${n} of the count`,
    user: { name: 'voter' },
    at: 1_793_736_000 + n,
  })
const MAP = 'id=post_id,text=body,author=user.name,createdAt=at'
const createSource = (topic: string) =>
  createKafkaSource({ brokers, topic, map: MAP, normalize, firstRetryMs: 50 })

test('an existing topic is read by a field map, what is no post is set aside, and it goes on from its position', async () => {
  await using theirs = await makeTopic()
  await theirs.put([record(1), '{"body":', null, '{"post_id":"empty","body":"","at":1793736000}'])
  await theirs.put([record(2)], 1)
  let position: unknown
  {
    await using followed = followSource(createSource(theirs.topic))
    await followed.has(2)
    await followed.until(() => followed.deadLetters().length === 3)
    expect(followed.posts().find(({ id }) => id.endsWith('p1'))).toMatchObject({
      id: `kafka:${theirs.topic}/p1`,
      text: 'Number 1 of the count',
      createdAt: 1_793_736_001_000,
      author: normalize.author('voter'),
    })
    expect(
      followed
        .deadLetters()
        .map(({ reason }) => reason)
        .toSorted(),
    ).toEqual(['no_text', 'not_json', 'not_json'])
    position = JSON.parse(JSON.stringify(followed.batches.at(-1)?.position))
  }
  await theirs.put([record(3)])
  await using again = followSource(createSource(theirs.topic), position)
  await again.has(1)
  expect(again.ids()).toEqual([`kafka:${theirs.topic}/p3`])
})

test('what the topic dropped before it was read is told as a gap of its part', async () => {
  await using theirs = await makeTopic()
  await theirs.put([record(1)])
  await theirs.put([record(2)], 1)
  let position: unknown
  {
    await using followed = followSource(createSource(theirs.topic))
    await followed.has(2)
    position = JSON.parse(JSON.stringify(followed.batches.at(-1)?.position))
  }
  await theirs.put([record(3), record(4)])
  await theirs.dropBefore(2)
  await using again = followSource(createSource(theirs.topic), position)
  await again.has(1)
  expect(again.ids()).toEqual([`kafka:${theirs.topic}/p4`])
  expect(again.coverage()[0]).toMatchObject({ kind: 'partial', share: 0.5 })
})

test('what the topic drops while it is followed, and nobody takes what comes, is told as a gap', async () => {
  await using theirs = await makeTopic()
  const stop = new AbortController()
  const batches = createSource(theirs.topic).read(null, stop.signal)[Symbol.asyncIterator]()
  const next = async () => (await batches.next()).value as SourceBatch
  await theirs.put([record(1)])
  await next()
  // No more is fetched until that is done with.
  await theirs.put([record(2), record(3)])
  await theirs.dropBefore(2)
  const { posts, coverage } = await next()
  expect(posts.map(({ id }) => id)).toEqual([`kafka:${theirs.topic}/p3`])
  expect(coverage).toMatchObject([{ kind: 'partial', share: 0.5 }])
  stop.abort()
  await batches.return?.(undefined)
})

test('a time that a record cannot have been written at is not believed', async () => {
  await using theirs = await makeTopic()
  // In seconds, as some producers have it.
  await theirs.put([record(1)], 0, '1793736000')
  await using followed = followSource(createSource(theirs.topic))
  await followed.has(1)
  const [post] = followed.posts()
  expect(post).toMatchObject({ createdAt: 1_793_736_001_000, marks: [] })
  expect(Math.abs(post!.capturedAt - Date.now())).toBeLessThan(60_000)
})

test('says what was wrong with a record, and marks what is not UTF-8', async () => {
  await using theirs = await makeTopic()
  await theirs.put([
    `[${record(1)}]`,
    '{"body":',
    Buffer.from(record(2).replace('count', 'c\u00f3unt'), 'latin1'),
  ])
  await using followed = followSource(createSource(theirs.topic))
  await followed.has(1)
  expect(followed.deadLetters().map(({ reason }) => reason)).toEqual(['unknown_shape', 'not_json'])
  expect(followed.posts()[0]).toMatchObject({ text: 'Number 2 of the c\ufffdunt', marks: ['invalid_utf8'] })
})

test('names no account that the map alone tells in what is set aside', async () => {
  await using theirs = await makeTopic()
  await theirs.put(['{"body":"All is counted","nick":"somebody","at":"yesterday"}'])
  const map = 'text=body,author=nick,createdAt=at'
  await using followed = followSource(createKafkaSource({ brokers, topic: theirs.topic, map, normalize }))
  await followed.until(() => followed.deadLetters().length === 1)
  expect(followed.deadLetters()[0]!.payload).toContain(`hmac:${normalize.author('somebody')}`)
  expect(followed.deadLetters()[0]!.payload).not.toContain('somebody')
})

test('says that it cannot be reached, and what is wrong with a map', async () => {
  const source = createKafkaSource({ brokers: ['127.0.0.1:9'], topic: 'none', normalize, firstRetryMs: 50 })
  await using followed = followSource(source)
  await followed.until(() => source.status().state === 'unreachable')
  expect(source.status().detail).toContain('cannot be read')
  expect(() => createKafkaSource({ brokers, topic: 't', map: 'words=body', normalize })).toThrow(
    /no field "words"/,
  )
})

test('what was read is held no longer, however long it is followed', async () => {
  await using theirs = await makeTopic()
  const warnings: Error[] = []
  const onWarning = (warning: Error) => void warnings.push(warning)
  process.on('warning', onWarning)
  await using followed = followSource(createSource(theirs.topic))
  for (let n = 1; n <= 15; n++) {
    await theirs.put([record(n)])
    await followed.has(n)
  }
  process.off('warning', onWarning)
  // Each batch that is waited for would be held by a listener for the end.
  expect(warnings).toEqual([])
})
