/** The one place that chooses where the stream and the counts live. Nothing past it knows which. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openChdbStore } from '../../classify/store/chdb.ts'
import { openClickhouseStore } from '../../classify/store/clickhouse.ts'
import type { Store } from '../../classify/store/store.ts'
import {
  deadLetterSchema,
  streamRecordSchema,
  type DeadLetter,
  type StreamRecord,
} from '../../ingest/contract.ts'
import {
  checkWithoutMembers,
  readStands,
  setBackGroups,
  type SetBack,
  type Stands,
} from '../../ingest/topic/kafka-rewind.ts'
import { groupOf, openKafkaTopic, type KafkaOptions } from '../../ingest/topic/kafka.ts'
import { openQueueTopic } from '../../ingest/topic/queue.ts'
import type { Topic, TopicOptions } from '../../ingest/topic/topic.ts'
import { streamWire } from '../../ingest/wire.ts'
import type { BackendsConfig } from './config.ts'

export interface Topics {
  posts: Topic<StreamRecord>
  deadLetters: Topic<DeadLetter>
  close(): Promise<void>
}

export type OnWarning = NonNullable<KafkaOptions<unknown>['onWarning']>

export interface BackendsOptions {
  backends: BackendsConfig
  /** Names the database and prefixes the topics. */
  namespace: string
  partitions: number
  /** Keep nothing of the stream beyond this process (a drill, a bench). */
  ephemeral?: boolean
  /** Told of what is unsafe in the backends' own settings, and of a consumer that was lost. */
  onWarning?: OnWarning
}

const postsTopic = (namespace: string): string => `${namespace}.posts`
const deadLettersTopic = (namespace: string): string => `${namespace}.dead-letters`
const groupPrefix = (namespace: string): string => `${namespace}.classify`

export async function openTopics(options: BackendsOptions): Promise<Topics> {
  const { namespace, partitions } = options
  const posts = await openTopic(
    { name: postsTopic(namespace), partitions, schema: streamRecordSchema, wire: streamWire },
    options,
  )
  const deadLetters = await openTopic(
    { name: deadLettersTopic(namespace), partitions: 1, schema: deadLetterSchema },
    options,
  )
  return {
    posts,
    deadLetters,
    async close() {
      await Promise.all([posts.close(), deadLetters.close()])
    },
  }
}

async function openTopic<T>(
  topic: TopicOptions<T>,
  { backends, namespace, ephemeral, onWarning }: BackendsOptions,
): Promise<Topic<T>> {
  if (backends.kind === 'embedded' || ephemeral) {
    const dir = ephemeral ? null : join(backends.dataDir, 'positions')
    if (dir !== null) await mkdir(dir, { recursive: true })
    return openQueueTopic({ ...topic, dir })
  }
  return openKafkaTopic({
    ...topic,
    brokers: backends.brokers,
    group: groupPrefix(namespace),
    clientId: 'tallywatch',
    replicationFactor: backends.replication,
    compress: backends.compress,
    ...(backends.security === null ? {} : { security: backends.security }),
    ...(onWarning === undefined ? {} : { onWarning }),
  })
}

/** Brokers that keep what was judged, and the groups that judge it; null where the topic is a queue, which keeps nothing. */
function groupsOf({ backends, namespace }: BackendsOptions): Parameters<typeof readStands>[0] | null {
  if (backends.kind === 'embedded') return null
  const topics = [postsTopic(namespace), deadLettersTopic(namespace)]
  return {
    brokers: backends.brokers,
    ...(backends.security === null ? {} : { security: backends.security }),
    groups: topics.map((topic) => ({ topic, group: groupOf(groupPrefix(namespace), topic) })),
  }
}

/** How far the classify role is, or null where that outlives no process. See `readStands`. */
export async function topicStands(options: BackendsOptions): Promise<Stands | null> {
  const groups = groupsOf(options)
  return groups === null ? null : readStands(groups)
}

/** Throws TopicError `in_use` where a member of the classify role reads a topic that outlives it. */
export async function checkNobodyReads(options: BackendsOptions): Promise<void> {
  const groups = groupsOf(options)
  if (groups !== null) await checkWithoutMembers(groups)
}

/** Lets the classify role judge again what it was given since; nothing where no topic outlives it. See `setBackGroups`. */
export async function setBackTopics(
  options: BackendsOptions,
  to: { time: number; stands: Stands },
): Promise<SetBack[]> {
  const groups = groupsOf(options)
  return groups === null ? [] : setBackGroups(groups, to)
}

export async function openStore({ backends, namespace }: BackendsOptions): Promise<Store> {
  if (backends.kind === 'embedded') {
    await mkdir(backends.dataDir, { recursive: true })
    return openChdbStore({ path: join(backends.dataDir, 'clickhouse'), database: namespace })
  }
  const { url, username, password, tls, cluster } = backends.clickhouse
  return openClickhouseStore({
    url,
    database: namespace,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === null ? {} : { tls }),
    ...(cluster === null ? {} : { cluster }),
  })
}

/** The desk's database: one file beside the data, unless a libSQL server is named. */
export function deskUrl(options: BackendsOptions, configured: string | undefined): string {
  return configured ?? `file:${join(options.backends.dataDir, `${options.namespace}.desk.db`)}`
}

/** The detector's memory: a file beside the data. */
export function memoryFile({ backends, namespace }: BackendsOptions): string {
  return join(backends.dataDir, `${namespace}.detector.json.gz`)
}
