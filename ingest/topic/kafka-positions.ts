/** Positions in Kafka: a compacted topic beside the records, key = source, value = JSON. */
import { randomUUID } from 'node:crypto'
import type { Admin, ITopicConfig } from 'kafkajs'
import { createSender, type KafkaClient } from './kafka-client.ts'
import { AS_SENT, BROKER_TIME, inSync, NO_UNCLEAN_LEADER } from './kafka-settings.ts'

/** Reading all positions ends within this, or is tried again: a few MB at most. */
const READ_TIMEOUT_MS = 20_000
const FETCH_WAIT_MS = 200

/**
 * The topic. Only closed segments are compacted: small and short ones keep what must be read small, some
 * 7,000 saves of an hour from one source.
 */
export function positionsConfig(topic: string, replication: number): ITopicConfig {
  return {
    topic,
    numPartitions: 1,
    replicationFactor: replication,
    configEntries: [...SETTINGS, AS_SENT, BROKER_TIME, NO_UNCLEAN_LEADER, ...inSync(replication)],
  }
}

const SETTINGS = [
  { name: 'cleanup.policy', value: 'compact' },
  { name: 'segment.bytes', value: String(4 * 1_048_576) },
  { name: 'segment.ms', value: String(3_600_000) },
  { name: 'min.cleanable.dirty.ratio', value: '0.1' },
]

export interface KafkaPositions {
  load(source: string): Promise<unknown>
  save(source: string, position: unknown): Promise<void>
  close(): Promise<void>
}

export function createKafkaPositions(
  client: KafkaClient,
  admin: Admin,
  topic: string,
  group: string,
): KafkaPositions {
  const sender = createSender(client, topic)
  let saving: Promise<void> = Promise.resolve()
  return {
    // Never kept here: another process may have had this source meanwhile.
    load: (source) => client.insist(`read ${topic}`, () => readNewest(client, admin, topic, group, source)),
    save(source, position) {
      const value = JSON.stringify(position) ?? 'null'
      const saved = saving.then(() => sender.send([{ key: source, value }]))
      // A failed save is told to its caller; the next one is tried all the same.
      saving = saved.catch(() => {})
      return saved
    },
    async close() {
      await saving
      await sender.close()
    },
  }
}

/** Reads the topic from its beginning to what was its end at the call. */
async function readNewest(
  client: KafkaClient,
  admin: Admin,
  topic: string,
  group: string,
  source: string,
): Promise<unknown> {
  const [offsets] = await admin.fetchTopicOffsets(topic)
  const last = Number(offsets?.high ?? 0) - 1
  if (last < Number(offsets?.low ?? 0)) return null
  let newest: string | null = null
  // kafkajs reads in groups only; one of its own commits nothing, and so the broker forgets it.
  const consumer = client.kafka.consumer({
    groupId: `${group}.${randomUUID()}`,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    retry: { retries: 3, restartOnFailure: async () => false },
  })
  let timer: NodeJS.Timeout | undefined
  try {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`Reading ${topic} took too long`)), READ_TIMEOUT_MS)
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
      const eachBatch = async ({
        batch,
      }: {
        batch: { messages: { key: Buffer | null; value: Buffer | null }[]; lastOffset(): string }
      }) => {
        for (const { key, value } of batch.messages) {
          if (key?.toString('utf8') === source) newest = value?.toString('utf8') ?? null
        }
        if (Number(batch.lastOffset()) >= last) resolve()
      }
      consumer.run({ autoCommit: false, eachBatch }).catch(reject)
    })
  } finally {
    clearTimeout(timer)
    await consumer.disconnect()
  }
  return newest === null ? null : JSON.parse(newest)
}
