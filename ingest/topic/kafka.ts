/** The topic of server mode: Kafka, through kafkajs. */
import type { Admin, ITopicConfig } from 'kafkajs'
import type { KafkaSecurity } from '../base/kafka-security.ts'
import { checkTopicName, DELIVERY_MAX, RECORD_MAX_BYTES, type ConsumptionOptions } from './codec.ts'
import { createKafkaClient, createSender, type KafkaClient } from './kafka-client.ts'
import { joinGroup, type KafkaWarning } from './kafka-consumer.ts'
import { createKafkaPositions, positionsConfig } from './kafka-positions.ts'
import { createPublisher } from './kafka-publisher.ts'
import { MESSAGE_LINES_MAX } from './message.ts'
import { batchLimit, readSettings, recordsConfig, unsafePositions, unsafeSettings } from './kafka-settings.ts'
import { TopicError, type Consumption, type Topic, type TopicOptions } from './topic.ts'

/** Long enough for a broker to restart or a leader to move; short enough that somebody is told while it matters. */
const UNAVAILABLE_AFTER_MS = 60_000
/**
 * A busy event loop may be silent for some seconds; past this the others take over. So long nobody has the partitions of
 * a worker that was killed: with its restart it is most of the 10 s in which all must be well again. The least that
 * brokers allow. It is also what an outage of a cluster with one broker costs: kafkajs then forgets its membership, and
 * the group waits for it until it has expired.
 */
const SESSION_TIMEOUT_MS = 6_000
/** Room for a record batch's header and for the record's lengths. */
const BATCH_HEADER_BYTES = 1_000
/** The broker's `default.replication.factor`. */
const BROKER_DEFAULT = -1

export interface KafkaOptions<T> extends TopicOptions<T>, ConsumptionOptions {
  /** `host:port` of some brokers; the others are learnt from them. */
  brokers: string[]
  /** Prefix of the consumer group: each topic has a group of its own, `<group>.<name>`. */
  group: string
  clientId: string
  /** TLS and SASL; without it neither. */
  security?: KafkaSecurity | undefined
  /** Packs what is sent: a third of the disk and the network for 4 µs of CPU a post here, 1.5 at the consumer. */
  compress?: boolean
  /** Told once of each setting of the topics that may lose posts, with what to do; and each time when a consumer is lost. */
  onWarning?: (text: string, code: KafkaWarning) => void
  /** Copies of each record, for topics made here; without it what the broker has configured. */
  replicationFactor?: number
  /** How long the brokers may be away before calls throw `unavailable`; ms. */
  unavailableAfterMs?: number
  /** How long a consumer may be silent before its partitions go to the others; ms, at least what the broker allows. */
  sessionTimeoutMs?: number
}

/** Each topic has a group of its own. */
export const groupOf = (prefix: string, topic: string): string => `${prefix}.${topic}`

/**
 * Opens the topic and its positions (`<name>.positions`), making both where they are missing; a topic that is there
 * keeps its number of partitions. Throws TopicError `unavailable` or `refused`.
 */
export async function openKafkaTopic<T>(options: KafkaOptions<T>): Promise<Topic<T>> {
  checkTopicName(options.name)
  const unavailableAfterMs = options.unavailableAfterMs ?? UNAVAILABLE_AFTER_MS
  const client = createKafkaClient({
    brokers: options.brokers,
    clientId: options.clientId,
    unavailableAfterMs,
    security: options.security,
  })
  const admin = client.kafka.admin()
  try {
    await client.insistOnConnecting(() => admin.connect())
    const replicationFactor = options.replicationFactor ?? BROKER_DEFAULT
    const positions = positionsConfig(`${options.name}.positions`, replicationFactor)
    await ensureTopic(client, admin, positions)
    await ensureTopic(client, admin, recordsConfig(options.name, options.partitions, replicationFactor))
    const read = (topic: string) =>
      client.insist(`read the settings of ${topic}`, () => readSettings(admin, topic))
    const [settings, ofPositions] = [await read(options.name), await read(positions.topic)]
    const unsafe = [...unsafeSettings(settings, options.partitions), ...unsafePositions(ofPositions)]
    for (const text of unsafe) options.onWarning?.(text, 'unsafe_setting')
    const { partitions } = settings
    const batchBytes = batchLimit(settings)
    return createTopic(options, { client, admin, partitions, batchBytes, unavailableAfterMs })
  } catch (error) {
    await admin.disconnect()
    throw error
  }
}

function createTopic<T>(
  options: KafkaOptions<T>,
  parts: {
    client: KafkaClient
    admin: Admin
    partitions: number
    batchBytes: number
    unavailableAfterMs: number
  },
): Topic<T> {
  const { name, schema, wire } = options
  const { client, admin, partitions, unavailableAfterMs } = parts
  const group = groupOf(options.group, name)
  const sender = createSender(client, name, options.compress)
  const batchBytes = parts.batchBytes - BATCH_HEADER_BYTES
  const recordBytes = Math.min(RECORD_MAX_BYTES, batchBytes - BATCH_HEADER_BYTES)
  // A message is never divided between deliveries.
  const messageMax = Math.min(MESSAGE_LINES_MAX, options.deliveryMax ?? DELIVERY_MAX)
  const limits = { batchBytes, recordBytes, messageMax }
  const publisher = createPublisher<T>({ topic: name, partitions, wire, ...limits, sender })
  const positions = createKafkaPositions(client, admin, `${name}.positions`, group)
  const consumptions = new Set<Consumption>()
  let closed = false

  const checkOpen = () => {
    if (closed) throw new TopicError('closed', `Topic ${name} is closed`)
  }
  return {
    name,
    partitions,
    async publish(records) {
      checkOpen()
      return publisher.publish(records)
    },
    async consume(handler) {
      checkOpen()
      const { deliveryMax, onRefused, onWarning, sessionTimeoutMs = SESSION_TIMEOUT_MS } = options
      const limits = { unavailableAfterMs, sessionTimeoutMs, deliveryMax }
      const inner = await joinGroup({
        client,
        topic: name,
        group,
        partitions,
        form: { schema, wire },
        handler,
        onRefused,
        onWarning,
        ...limits,
      })
      const consumption = {
        async stop() {
          await inner.stop()
          consumptions.delete(consumption)
        },
      }
      consumptions.add(consumption)
      return consumption
    },
    async loadPosition(source) {
      checkOpen()
      return positions.load(source)
    },
    async savePosition(source, position) {
      checkOpen()
      await positions.save(source, position)
    },
    async lag() {
      checkOpen()
      return client.insist(`read the offsets of ${name}`, () => lagOf(admin, name, group))
    },
    async close() {
      if (closed) return
      closed = true
      client.close()
      await Promise.all([...consumptions].map((consumption) => consumption.stop()))
      await publisher.flush()
      await Promise.all([sender.close(), positions.close()])
      await admin.disconnect()
    },
  }
}

/** Makes the topic if it is missing, and waits until it has partitions. */
async function ensureTopic(client: KafkaClient, admin: Admin, config: ITopicConfig): Promise<void> {
  await client.insist(`open ${config.topic}`, async () => {
    const there = await admin.listTopics()
    // Another process may make it at the same moment: then this says false, and all is well.
    if (!there.includes(config.topic)) await admin.createTopics({ topics: [config], waitForLeaders: true })
    const { topics } = await admin.fetchTopicMetadata({ topics: [config.topic] })
    if ((topics[0]?.partitions.length ?? 0) === 0)
      throw new Error(`Topic ${config.topic} has no partitions yet`)
  })
}

async function lagOf(admin: Admin, topic: string, group: string): Promise<number> {
  const committed = new Map<number, number>()
  for (const { partitions } of await admin.fetchOffsets({ groupId: group, topics: [topic] })) {
    for (const { partition, offset } of partitions) committed.set(partition, Number(offset))
  }
  let lag = 0
  for (const { partition, high, low } of await admin.fetchTopicOffsets(topic)) {
    // -1 when nothing was committed yet; records that retention has removed no longer wait.
    lag += Number(high) - Math.max(committed.get(partition) ?? -1, Number(low))
  }
  return lag
}
