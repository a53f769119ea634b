/** A member of the topic's consumer group that hands over deliveries, repeats them, and outlives its broker. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs'
import { soon } from '../base/soon.ts'
import { watchClock } from './clock.ts'
import { DELIVERY_MAX, redeliveryPauseMs, type ConsumptionOptions, type Form } from './codec.ts'
import { retryFor, type KafkaClient } from './kafka-client.ts'
import { createCommit, type Commit } from './kafka-commits.ts'
import { readLines, splitMessage } from './message.ts'
import { TopicError, type Consumption, type Delivery, type Handler, type InvalidRecord } from './topic.ts'

/** A newcomer waits at most about this long until the others notice it. */
const HEARTBEAT_MS = 1_000
/** Heartbeats in a session, so that one or two may be late. */
const HEARTBEATS_PER_SESSION = 5
/** How long the group waits for a member whose handler is at work. */
const REBALANCE_TIMEOUT_MS = 60_000
/**
 * A fetch waits until this much is there, or this long: neither tiny deliveries nor late ones.
 */
const FETCH_MIN_BYTES = 1_048_576
const FETCH_WAIT_MS = 200
/** Some 5,000 posts of each partition and fetch: one delivery, and no small rest that is stored by itself. */
const FETCH_PARTITION_BYTES = 2.5 * 1_048_576
const FETCH_BYTES = 16 * 1_048_576
/** kafkajs has been seen to hang silently after a lost connection; a consumer that fetches nothing is replaced. */
const SILENT_MS = 60_000
const WATCH_EVERY_MS = 1_000
/** One that was lost is not waited for longer: what it hangs in is what its leaving would wait for. */
const LEAVE_MS = 5_000
const RESTART_FIRST_MS = 250
const RESTART_LONGEST_MS = 2_000

/** What a warning is of. */
export type KafkaWarning = 'unsafe_setting' | 'consumer_lost'

export interface GroupOptions<T> extends ConsumptionOptions {
  client: KafkaClient
  topic: string
  group: string
  partitions: number
  form: Form<T>
  handler: Handler<T>
  unavailableAfterMs: number
  /** Told each time when a consumer was lost: it goes on by itself, and until then nothing else says so. */
  onWarning?: ((text: string, code: KafkaWarning) => void) | undefined
  /** A member that is gone is noticed after this. */
  sessionTimeoutMs: number
}

/** Resolves when the group was joined; throws TopicError `unavailable` when that does not happen in time. */
export async function joinGroup<T>(options: GroupOptions<T>): Promise<Consumption> {
  const stopping = new AbortController()
  let tellJoined: () => void = () => {}
  const joined = new Promise<void>((resolve) => (tellJoined = resolve))
  let lastFailure: unknown = null
  const running = keepConsuming(options, stopping.signal, tellJoined, (failure) => (lastFailure = failure))
  const stop = async () => {
    stopping.abort()
    await running
  }
  const late = new AbortController()
  const timeout = sleep(options.unavailableAfterMs, 'late', { signal: late.signal }).catch(() => 'early')
  const first = await Promise.race([joined, timeout, running])
  late.abort()
  if (first === 'late') {
    await stop()
    throw new TopicError('unavailable', `The consumer group of ${options.topic} could not be joined`, {
      cause: lastFailure,
    })
  }
  return { stop }
}

const sayWhy = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure))

/** One kafkajs consumer after the other, until it is told to stop. */
async function keepConsuming<T>(
  options: GroupOptions<T>,
  signal: AbortSignal,
  onJoin: () => void,
  onFailure: (failure: unknown) => void,
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    try {
      await consumeOnce(options, signal, () => {
        failures = 0
        onJoin()
      })
    } catch (failure) {
      onFailure(failure)
      options.onWarning?.(
        `topic ${options.topic}: nothing is taken from it (${sayWhy(failure)}); its consumer begins anew`,
        'consumer_lost',
      )
      failures++
      const pause = Math.min(RESTART_FIRST_MS * 2 ** (failures - 1), RESTART_LONGEST_MS)
      // An aborted sleep rejects; the loop's condition then ends it.
      await sleep(pause, undefined, { signal }).catch(() => {})
    }
  }
}

/** Runs one kafkajs consumer until `signal` aborts; throws what made it crash. */
async function consumeOnce<T>(
  options: GroupOptions<T>,
  signal: AbortSignal,
  onJoin: () => void,
): Promise<void> {
  const { client, topic, group, partitions } = options
  // kafkajs sits out what is shorter than the session: a consumer that starts anew is another member to the group,
  // which then waits for the old one until its session has ended.
  const patienceMs = Math.min(options.sessionTimeoutMs, options.unavailableAfterMs)
  const consumer = client.patient(patienceMs).consumer({
    groupId: group,
    sessionTimeout: options.sessionTimeoutMs,
    heartbeatInterval: heartbeatMs(options),
    rebalanceTimeout: REBALANCE_TIMEOUT_MS,
    minBytes: FETCH_MIN_BYTES,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    maxBytesPerPartition: FETCH_PARTITION_BYTES,
    maxBytes: FETCH_BYTES,
    // Restarting is done here: kafkajs's own restart can neither be awaited nor stopped.
    retry: { ...retryFor(patienceMs), restartOnFailure: async () => false },
  })
  const refused: Refused = new Map()
  const commit = createCommit()
  let shared = false
  let handling = 0
  let heardAt = performance.now()
  const hear = () => {
    heardAt = performance.now()
  }
  // kafkajs sends no heartbeat before the clock is past the time of the one before, and so none for an hour when it is set
  // back by an hour: the group expels such a member again and again. A new consumer begins with the new time.
  const clock = watchClock()
  const end = observeEnd(consumer, signal, () => {
    if (clock.wasSetBack()) return 'The clock was set back'
    return handling === 0 && performance.now() - heardAt > SILENT_MS
      ? 'The consumer had fetched nothing for too long'
      : null
  })
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    shared = (payload.memberAssignment[topic]?.length ?? 0) < partitions
    hear()
    onJoin()
  })
  consumer.on(consumer.events.FETCH, hear)
  try {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: partitions,
      eachBatch: async (payload) => {
        handling++
        try {
          await handleBatch(options, payload, { refused, commit, shared })
        } finally {
          handling--
          hear()
        }
      },
    })
    await end.reached
  } finally {
    end.forget()
    const left = consumer.disconnect()
    await (signal.aborted || handling > 0 ? left : soon(left, undefined, LEAVE_MS))
  }
}

/** `reached` resolves when the signal aborts, and rejects when the consumer crashes or `isLost` says why it is. */
function observeEnd(consumer: Consumer, signal: AbortSignal, isLost: () => string | null) {
  let forget: () => void = () => {}
  const reached = new Promise<void>((resolve, reject) => {
    const onAbort = () => resolve()
    const watch = setInterval(() => {
      const why = isLost()
      if (why !== null) reject(new Error(why))
    }, WATCH_EVERY_MS)
    const offCrash = consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    if (signal.aborted) resolve()
    signal.addEventListener('abort', onAbort)
    forget = () => {
      clearInterval(watch)
      offCrash()
      signal.removeEventListener('abort', onAbort)
    }
  })
  // It may reject while the consumer is still starting, before anybody waits for it.
  reached.catch(() => {})
  return { reached, forget }
}

/** What a handler refused, until it takes it: where that delivery ended, and how often it was refused. */
type Refused = Map<number, { lastOffset: number; failures: number }>

async function handleBatch<T>(
  options: GroupOptions<T>,
  payload: EachBatchPayload,
  { refused, commit, shared }: { refused: Refused; commit: Commit; shared: boolean },
): Promise<void> {
  const { partition, messages } = payload.batch
  const highWatermark = Number(payload.batch.highWatermark)
  let from = 0
  while (from < messages.length) {
    if (!payload.isRunning() || payload.isStale()) return
    const waiting = upTo(messages.slice(from), refused.get(partition)?.lastOffset)
    const { handled, lastOffset, count } = deliver(options, { partition, highWatermark, shared }, waiting)
    const beat = keepBeating(payload, heartbeatMs(options))
    try {
      await handled
    } catch (error) {
      const failures = (refused.get(partition)?.failures ?? 0) + 1
      const pauseMs = redeliveryPauseMs(failures)
      refused.set(partition, { lastOffset, failures })
      // Nothing was resolved, and so the same records are fetched again; until then the other partitions go on.
      setTimeout(payload.pause(), pauseMs).unref()
      options.onRefused?.({ partition, lastOffset, failures, pauseMs, error })
      return
    } finally {
      beat.stop()
    }
    refused.delete(partition)
    await commit(payload, lastOffset + 1)
    // Only now: after a failed commit the same records are fetched again.
    payload.resolveOffset(String(lastOffset))
    from += count
    await payload.heartbeat()
  }
}

/** The messages up to this offset, or all of them when they begin behind it. */
function upTo(messages: KafkaMessage[], lastOffset: number | undefined): KafkaMessage[] {
  if (lastOffset === undefined || Number(messages[0]?.offset) > lastOffset) return messages
  return messages.filter(({ offset }) => Number(offset) <= lastOffset)
}

/** Where messages come from. */
interface Origin {
  partition: number
  highWatermark: number
  shared: boolean
}

/** Hands them over, and keeps no hold on the records: the handler lets go of them long before they are stored. */
function deliver<T>(
  options: GroupOptions<T>,
  from: Origin,
  messages: readonly KafkaMessage[],
): { handled: Promise<void>; lastOffset: number; count: number } {
  const { delivery, count } = toDelivery(options, from, messages)
  return { handled: options.handler(delivery), lastOffset: delivery.lastOffset, count }
}

/** A delivery of the first messages, as many as it takes, and their number. A message is never divided. */
function toDelivery<T>(
  { form, deliveryMax = DELIVERY_MAX }: Pick<GroupOptions<T>, 'form' | 'deliveryMax'>,
  { partition, highWatermark, shared }: Origin,
  messages: readonly KafkaMessage[],
): { delivery: Delivery<T>; count: number } {
  const records: T[] = []
  const invalid: InvalidRecord[] = []
  const size = () => records.length + invalid.length
  let count = 0
  for (const message of messages) {
    const lines = splitMessage(message.value)
    if (count > 0 && size() + lines.length > deliveryMax) break
    const read = readLines(form, lines, { partition, offset: Number(message.offset) })
    for (const record of read.records) records.push(record)
    for (const one of read.invalid) invalid.push(one)
    count++
  }
  const lastOffset = Number(messages[count - 1]?.offset)
  const behind = Math.max(0, highWatermark - 1 - lastOffset)
  const lag = Math.ceil((behind * size()) / count)
  return { delivery: { partition, records, invalid, lastOffset, lag, shared }, count }
}

/** Keeps the membership alive while a handler works. */
function keepBeating(payload: EachBatchPayload, everyMs: number) {
  const timer = setInterval(() => {
    payload.heartbeat().catch(() => {
      // That the group must be joined again, or the connection is lost, shows at the commit or the next heartbeat.
    })
    // kafkajs itself leaves out what comes before its time; twice as often, none comes much too late.
  }, everyMs / 2)
  return { stop: () => clearInterval(timer) }
}

function heartbeatMs({ sessionTimeoutMs }: { sessionTimeoutMs: number }): number {
  return Math.min(HEARTBEAT_MS, Math.floor(sessionTimeoutMs / HEARTBEATS_PER_SESSION))
}
