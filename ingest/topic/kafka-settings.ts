/** The settings of topics that are made here, and what is unsafe in those that are there already. */
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs'
import { RECORD_MAX_BYTES } from './codec.ts'
import { protocolError } from './kafka-client.ts'

const HOUR_MS = 3_600_000
/** What was not judged within a week is missed by nobody's night; `seen` forgets ids after the same time. */
const RETENTION_MS = 7 * 24 * HOUR_MS
/** Over a weekend somebody may not look. */
const RETENTION_MIN_MS = 72 * HOUR_MS
/** Kafka's own default, written down: a cluster may have a smaller one. */
const BATCH_MAX_BYTES = 1_048_588
/** Room for a record batch's header and for the record's lengths. */
const BATCH_HEADER_BYTES = 2_000
/** Only closed segments are removed: Kafka's 1 GiB would hold 8 GiB of eight partitions beyond their time. */
const SEGMENT_BYTES = 256 * 1_048_576
/**
 * Records bear the broker's time and not their writer's: a broker refuses those of a writer whose clock is an hour ahead,
 * and deletes at once those of one whose clock stands in 1970.
 */
export const BROKER_TIME = { name: 'message.timestamp.type', value: 'LogAppendTime' } as const
/** The sender compresses, where it is told to; a broker that did it again would pay for every post, and might do it unreadably. */
export const AS_SENT = { name: 'compression.type', value: 'producer' } as const
export const NO_UNCLEAN_LEADER = { name: 'unclean.leader.election.enable', value: 'false' } as const
/** With three copies one may be away; with two the second is a spare, and waiting for it would stop the stream. */
const COPIES_FOR_TWO_IN_SYNC = 3
/** What kafkajs reads without further codecs; `producer`: as this project's own producers send. */
const READABLE = new Set(['producer', 'uncompressed', 'gzip'])

/** `replication` below 1: the broker's default, which then also says how many copies must be in step. */
export function recordsConfig(
  topic: string,
  partitions: number,
  replication: number,
): ITopicConfig & { configEntries: { name: string; value: string }[] } {
  const entries = {
    'cleanup.policy': 'delete',
    'retention.ms': RETENTION_MS,
    'retention.bytes': -1,
    'segment.bytes': SEGMENT_BYTES,
    'max.message.bytes': BATCH_MAX_BYTES,
  }
  const configEntries = Object.entries(entries).map(([name, value]) => ({ name, value: String(value) }))
  configEntries.push(AS_SENT, BROKER_TIME, NO_UNCLEAN_LEADER, ...inSync(replication))
  return { topic, numPartitions: partitions, replicationFactor: replication, configEntries }
}

/** How many copies must have a record before it is acknowledged; the broker's own default where it chooses the copies. */
export function inSync(replication: number): { name: string; value: string }[] {
  if (replication < 1) return []
  return [{ name: 'min.insync.replicas', value: replication >= COPIES_FOR_TWO_IN_SYNC ? '2' : '1' }]
}

const READ = [
  'cleanup.policy',
  'retention.ms',
  'retention.bytes',
  'max.message.bytes',
  'compression.type',
  'message.timestamp.type',
  'unclean.leader.election.enable',
  'min.insync.replicas',
] as const

/** What a topic has. */
export interface TopicSettings {
  topic: string
  /** Copies of its least copied partition. */
  copies: number
  partitions: number
  /** By Kafka's names; empty where they may not be read. */
  values: Partial<Record<(typeof READ)[number], string>>
}

/** Throws what kafkajs throws, but for rights: settings that may not be read are left out. */
export async function readSettings(admin: Admin, topic: string): Promise<TopicSettings> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  const partitions = topics[0]?.partitions ?? []
  const copies = Math.min(...partitions.map(({ replicas }) => replicas.length))
  const found: TopicSettings = { topic, copies, partitions: partitions.length, values: {} }
  try {
    const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: [...READ] }
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] })
    for (const { configName, configValue } of resources[0]?.configEntries ?? []) {
      const name = READ.find((known) => known === configName)
      if (name !== undefined) found.values[name] = configValue
    }
  } catch (error) {
    if (protocolError(error)?.endsWith('AUTHORIZATION_FAILED') !== true) throw error
  }
  return found
}

/** The largest record batch that the topic takes, in bytes. */
export function batchLimit({ values }: TopicSettings): number {
  return Number(values['max.message.bytes'] ?? BATCH_MAX_BYTES)
}

/** Of either topic: what loses acknowledged records with a broker, whose clock they bear, and whether they can be read. `record`: what one is. */
function unsafeOfEither({ copies, values }: TopicSettings, record: string): string[] {
  const found: string[] = []
  const inStep = Number(values['min.insync.replicas'] ?? NaN)
  if (copies > 1 && inStep < 2)
    found.push(
      `min.insync.replicas is 1 for ${copies} copies: a ${record} may be acknowledged by one broker and lost with it; set 2 (with 3 copies)`,
    )
  if (copies > 1 && inStep >= copies)
    found.push(
      `min.insync.replicas is ${inStep} of ${copies} copies: one broker away stops the stream; have one copy more`,
    )
  if (values['unclean.leader.election.enable'] === 'true')
    found.push(
      `unclean.leader.election.enable is true: an acknowledged ${record} may vanish at a change of leader; set false`,
    )
  const { name, value } = BROKER_TIME
  if ((values[name] ?? value) !== value)
    found.push(
      `${name} is ${values[name]}: a writer whose clock is wrong is refused, or what it writes is deleted before its time; set ${value}`,
    )
  const packing = values[AS_SENT.name] ?? AS_SENT.value
  if (!READABLE.has(packing))
    found.push(`${AS_SENT.name} is ${packing}, which this client cannot read; set ${AS_SENT.value} or gzip`)
  return found
}

/** What may lose posts or stop the stream, a sentence each, with what to do; `wanted`: partitions by configuration. */
export function unsafeSettings(settings: TopicSettings, wanted: number): string[] {
  const { topic, copies, partitions, values } = settings
  const found: string[] = []
  const say = (what: string) => found.push(`topic ${topic}: ${what}`)
  if (copies < 2)
    say('it has one copy: a broker’s lost disk loses what was not yet judged; have 3 brokers and 3 copies')
  unsafeOfEither(settings, 'post').forEach(say)
  const retention = Number(values['retention.ms'] ?? NaN)
  if (retention >= 0 && retention < RETENTION_MIN_MS)
    say(
      `retention.ms is ${Math.round(retention / HOUR_MS)} h: posts that wait longer to be judged are lost; set 72 h or more`,
    )
  if (Number(values['retention.bytes'] ?? -1) >= 0)
    say(
      'retention.bytes is set: a busy night may push out posts before they are judged; set -1, and give the disk room',
    )
  if (values['cleanup.policy']?.includes('compact') === true)
    say('cleanup.policy holds compact, which refuses records without a key, as ours are; set delete')
  if (batchLimit(settings) < RECORD_MAX_BYTES + BATCH_HEADER_BYTES)
    say(
      `max.message.bytes is ${batchLimit(settings)}: longer posts are refused; set ${BATCH_MAX_BYTES} or more`,
    )
  if (partitions !== wanted)
    say(
      `it has ${partitions} partitions and TALLYWATCH_PARTITIONS says ${wanted}: the topic’s number holds; write it there`,
    )
  return found
}

/**
 * Of the topic of positions: what is not compacted is forgotten, and a source then begins anew. A retention beside the
 * compaction forgets the position of a source that was silent for so long.
 */
export function unsafePositions(settings: TopicSettings): string[] {
  const { topic, copies, values } = settings
  const found: string[] = []
  const say = (what: string) => found.push(`topic ${topic}: ${what}`)
  const policy = values['cleanup.policy'] ?? 'compact'
  if (policy !== 'compact')
    say(`cleanup.policy is ${policy}: sources forget where they stand when its time is over; set compact`)
  if (copies < 2) say('it has one copy: with it sources forget where they stand; have 3 copies')
  unsafeOfEither(settings, 'position').forEach(say)
  return found
}
