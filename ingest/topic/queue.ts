/**
 * The topic of embedded mode: a bounded queue in the process. Values are passed by reference and never written down;
 * what was not handled when the process ends is read again by its source, whose position was not yet saved.
 */
import {
  checkTopicName,
  countDurable,
  createBatch,
  DELIVERY_MAX,
  invalidRecord,
  isTooLarge,
  partitionOf,
  readValue,
  RECORD_MAX_BYTES,
  recordTooLarge,
  redeliveryPauseMs,
  roughSize,
  type Batch,
  type ConsumptionOptions,
} from './codec.ts'
import { openPositions } from './positions.ts'
import {
  TopicError,
  type Consumption,
  type Delivery,
  type Handler,
  type InvalidRecord,
  type Published,
  type Topic,
  type TopicOptions,
  type TopicRecord,
} from './topic.ts'

/**
 * Records that wait or are being handled, over all partitions: some 20 MB of posts, 4 s of the busiest minute that
 * election nights have seen (2012: 327,452 posts), and enough that four partitions each fill their deliveries.
 */
const CAPACITY = 20_000

/**
 * Of these the size at most (`roughSize`), for a post may have 10,000 characters: twice what posts of a usual length come
 * to. A character takes a byte or two.
 */
const CAPACITY_SIZE = 32 * 1024 * 1024

/**
 * Of its share of the room, what a partition delivers at once: then it shows in a full queue that more waits behind a
 * delivery, as haste, sealing and the page need to know. Several deliveries' rows share an insert, so it costs nothing.
 */
const DELIVERED_SHARE = 1 / 3

/** Offsets of one opening of the topic start here after those of the one before; far more than a run can publish. */
const OFFSETS_PER_RUN = 2 ** 36

export interface QueueOptions<T> extends TopicOptions<T>, ConsumptionOptions {
  /** Folder for the saved positions; null keeps them in memory. */
  dir: string | null
  /** Most records held, and the most that they may come to (`roughSize`); `publish` waits beyond. */
  capacity?: number
  capacitySize?: number
}

/** Records as they wait. `items` before `head` are handled; they are cut off from time to time. */
interface Partition<T> {
  number: number
  items: { value: T; size: number; batch: Batch }[]
  head: number
  /** Offset of the item at `head`. */
  offset: number
  /** A delivery is scheduled, under way, or waits to be repeated. */
  busy: boolean
  /** What the handler refused, to be delivered again as it was, and the number of items it holds. */
  repeat: { delivery: Delivery<T>; count: number } | null
  failures: number
}

interface Consumer<T> {
  handler: Handler<T>
  underWay: Set<Promise<void>>
}

/** Opens the queue. Throws when the saved positions are damaged or the folder cannot be written. */
export async function openQueueTopic<T>(options: QueueOptions<T>): Promise<Topic<T>> {
  checkTopicName(options.name)
  const positions = await openPositions(options.dir, options.name)
  return createQueue(options, positions)
}

function createQueue<T>(
  options: QueueOptions<T>,
  positions: Awaited<ReturnType<typeof openPositions>>,
): Topic<T> {
  const { name, schema } = options
  const { capacity = CAPACITY, capacitySize = CAPACITY_SIZE } = options
  const deliveredShare = Math.ceil((capacity / options.partitions) * DELIVERED_SHARE)
  const deliveryMax = options.deliveryMax ?? Math.min(DELIVERY_MAX, deliveredShare)
  const deliveredSize = (capacitySize / options.partitions) * DELIVERED_SHARE
  const partitions = Array.from({ length: options.partitions }, (_, number) =>
    emptyPartition<T>(number, positions.run * OFFSETS_PER_RUN),
  )
  const consumers: Consumer<T>[] = []
  const timers = new Set<NodeJS.Timeout>()
  let held = 0
  let heldSize = 0
  let closed = false
  /** The publish calls that came before; each waits for the one before it, so that order is kept. */
  let publishing: Promise<unknown> = Promise.resolve()
  let onRoom: (() => void) | null = null

  const closedError = () => new TopicError('closed', `Topic ${name} is closed`)
  const checkOpen = () => {
    if (closed) throw closedError()
  }

  /** Partitions are dealt out among the consumers of the moment; one under way stays where it is until it is done. */
  const consumerOf = (partition: Partition<T>) => consumers[partition.number % consumers.length]

  const schedule = (partition: Partition<T>): void => {
    if (partition.busy || closed || consumers.length === 0 || partition.head === partition.items.length)
      return
    partition.busy = true
    // Not a microtask: timers and sockets get their turn between two deliveries, and small publishes come together.
    setImmediate(() => {
      const consumer = consumerOf(partition)
      if (consumer === undefined || closed) {
        partition.busy = false
        return
      }
      const work = deliver(partition, consumer).finally(() => consumer.underWay.delete(work))
      consumer.underWay.add(work)
    })
  }

  const scheduleAll = (): void => {
    for (const partition of partitions) schedule(partition)
  }

  const deliver = async (partition: Partition<T>, consumer: Consumer<T>): Promise<void> => {
    const { delivery, count } = partition.repeat ?? read(partition)
    try {
      await consumer.handler({ ...delivery, lag: partition.items.length - partition.head - count })
    } catch (error) {
      partition.repeat = { delivery, count }
      partition.failures++
      const pauseMs = redeliveryPauseMs(partition.failures)
      const timer = setTimeout(() => {
        timers.delete(timer)
        partition.busy = false
        schedule(partition)
      }, pauseMs)
      timers.add(timer)
      const { number, failures } = partition
      options.onRefused?.({ partition: number, lastOffset: delivery.lastOffset, failures, pauseMs, error })
      return
    }
    partition.repeat = null
    partition.failures = 0
    held -= count
    heldSize -= commit(partition, count)
    partition.busy = false
    onRoom?.()
    schedule(partition)
  }

  const read = (partition: Partition<T>): { delivery: Delivery<T>; count: number } => {
    const most = Math.min(deliveryMax, partition.items.length - partition.head)
    const records: T[] = []
    const invalid: InvalidRecord[] = []
    let count = 0
    for (let sum = 0; count < most; count++) {
      const { value, size } = itemAt(partition.items, partition.head + count)
      sum += size
      if (count > 0 && sum > deliveredSize) break
      const result = readValue(schema, value)
      if ('value' in result) records.push(result.value)
      else {
        const place = { partition: partition.number, offset: partition.offset + count, line: null }
        invalid.push(invalidRecord(place, result.detail, show(value)))
      }
    }
    const lastOffset = partition.offset + count - 1
    return { delivery: { partition: partition.number, records, invalid, lastOffset, lag: 0 }, count }
  }

  /** What is larger than all the room there is has the queue for itself. */
  const hasRoom = (size: number): boolean =>
    held === 0 || (held < capacity && heldSize + size <= capacitySize)

  const take = async (records: readonly TopicRecord<T>[], sizes: readonly number[]): Promise<Published> => {
    const { batch, durable } = createBatch(records.length)
    for (const [at, record] of records.entries()) {
      checkOpen()
      const size = itemAt(sizes, at)
      while (!hasRoom(size)) {
        scheduleAll()
        await new Promise<void>((resolve) => (onRoom = resolve))
        onRoom = null
        checkOpen()
      }
      const partition = itemAt(partitions, partitionOf(record, partitions.length))
      partition.items.push({ value: record.value, size, batch })
      held++
      heldSize += size
    }
    scheduleAll()
    return { durable }
  }

  return {
    name,
    partitions: partitions.length,
    async publish(records) {
      checkOpen()
      const sizes = records.map((record) => {
        partitionOf(record, partitions.length)
        const size = roughSize(record)
        if (isTooLarge(record, RECORD_MAX_BYTES, size))
          throw recordTooLarge(name, record.key, RECORD_MAX_BYTES)
        return size
      })
      const taking = publishing.then(() => take(records, sizes))
      publishing = taking.catch(() => {})
      return taking
    },
    async consume(handler): Promise<Consumption> {
      checkOpen()
      const consumer: Consumer<T> = { handler, underWay: new Set() }
      consumers.push(consumer)
      scheduleAll()
      return {
        async stop() {
          const at = consumers.indexOf(consumer)
          if (at >= 0) consumers.splice(at, 1)
          await Promise.all(consumer.underWay)
          scheduleAll()
        },
      }
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
      return held
    },
    async close() {
      if (closed) return
      const underWay = consumers.splice(0).flatMap((consumer) => [...consumer.underWay])
      await Promise.all(underWay)
      closed = true
      for (const timer of timers) clearTimeout(timer)
      onRoom?.()
      for (const { items, head } of partitions) {
        for (const { batch } of items.slice(head)) batch.settle(closedError())
      }
      await positions.close()
    },
  }
}

function emptyPartition<T>(number: number, offset: number): Partition<T> {
  return { number, items: [], head: 0, offset, busy: false, repeat: null, failures: 0 }
}

/** Counts the first records as handled, and forgets them. Gives their size. */
function commit<T>(partition: Partition<T>, count: number): number {
  const end = partition.head + count
  let size = 0
  for (let at = partition.head; at < end; at++) {
    const item = itemAt(partition.items, at)
    countDurable(item.batch, 1)
    size += item.size
  }
  partition.offset += count
  // Splicing moves the rest: it is done when the rest is the smaller part.
  if (end * 2 >= partition.items.length) {
    partition.items.splice(0, end)
    partition.head = 0
  } else {
    partition.head = end
  }
  return size
}

function itemAt<I>(list: readonly I[], index: number): I {
  const item = list[index]
  if (item === undefined) throw new RangeError(`Nothing at ${index} of ${list.length}`)
  return item
}

function show(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}
