/** One stay in the consumer group: batches handed over one by one, each taken before the next is asked for. */
import type { Batch, Kafka } from 'kafkajs'
import { sleep } from '../../base/retry.ts'
import { soon } from '../../base/soon.ts'

/** The group must hear of this member while its reader is slow. */
const HEARTBEAT_MS = 1_000
/** kafkajs has been seen to hang without a word after a lost connection. */
const SILENT_MS = 60_000
const WATCH_EVERY_MS = 5_000
/** Taking leave of brokers that answer takes a second at most. */
const LEAVE_MS = 5_000

export interface Stay {
  kafka: Kafka
  topic: string
  group: string
  /** Next offset of each partition, as far as known; the others begin at their first. */
  offsets: ReadonlyMap<number, string>
  /** Resolves when the batch was taken. */
  take: (batch: Batch) => Promise<void>
  onOpen: () => void
  silentMs?: number
}

/**
 * Consumes until `signal` aborts or the stay fails; rejects with why. Positions are the caller's: the group's own offsets
 * are set to them before it is joined, and never read back.
 */
export async function consume(stay: Stay, signal: AbortSignal): Promise<void> {
  const { kafka, topic, group, offsets, silentMs = SILENT_MS } = stay
  await setOffsets(kafka, topic, group, offsets)
  const consumer = kafka.consumer({
    groupId: group,
    maxWaitTimeInMs: 300,
    retry: { restartOnFailure: async () => false },
  })
  const ending = new AbortController()
  const ended = AbortSignal.any([signal, ending.signal])
  const failures: Error[] = []
  const fail = (error: Error) => {
    failures.push(error)
    ending.abort()
  }
  let fetchedAt = performance.now()
  consumer.on(consumer.events.CRASH, ({ payload }) => fail(payload.error))
  consumer.on(consumer.events.FETCH, () => (fetchedAt = performance.now()))
  const watch = setInterval(
    () => {
      if (performance.now() - fetchedAt <= silentMs) return
      fail(new Error(`the brokers said nothing for ${Math.round(silentMs / 1_000)} s`))
    },
    Math.min(WATCH_EVERY_MS, silentMs / 4),
  )
  try {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    consumer.on(consumer.events.GROUP_JOIN, stay.onOpen)
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: true,
      eachBatch: async (payload) => {
        await takeInTime(stay.take(payload.batch), async () => {
          fetchedAt = performance.now()
          await payload.heartbeat()
        })
      },
    })
    await sleep(2 ** 31 - 1, ended)
  } finally {
    clearInterval(watch)
    // Of brokers that say nothing it takes no leave: it would wait for them, and nobody would hear that they are silent.
    await soon(consumer.disconnect(), undefined, LEAVE_MS)
  }
  if (failures.length > 0) throw failures[0]
}

async function takeInTime(taken: Promise<void>, heartbeat: () => Promise<void>): Promise<void> {
  const done = new AbortController()
  const finished = taken.finally(() => done.abort())
  // Looked at below; until then nobody would hear of a failure.
  void Promise.allSettled([finished])
  while (!done.signal.aborted) {
    await sleep(HEARTBEAT_MS, done.signal)
    if (!done.signal.aborted) await heartbeat()
  }
  await finished
}

async function setOffsets(
  kafka: Kafka,
  topic: string,
  groupId: string,
  offsets: ReadonlyMap<number, string>,
) {
  if (offsets.size === 0) return
  const admin = kafka.admin()
  await admin.connect()
  try {
    const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset }))
    await admin.setOffsets({ groupId, topic, partitions })
  } finally {
    await admin.disconnect()
  }
}

/** The topics that this client may see. */
export async function listTopics(kafka: Kafka): Promise<string[]> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await admin.listTopics()
  } finally {
    await admin.disconnect()
  }
}

/** The first offset that is still kept, by partition. */
export async function readLowOffsets(kafka: Kafka, topic: string): Promise<Map<number, bigint>> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const offsets = await admin.fetchTopicOffsets(topic)
    return new Map(offsets.map(({ partition, low }) => [partition, BigInt(low)]))
  } finally {
    await admin.disconnect()
  }
}
