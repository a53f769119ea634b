/** From `publish` to Kafka: fills one piece while the one before it is on its way. */
import type { Message } from 'kafkajs'
import { countDurable, createBatch, partitionOf, recordTooLarge, type Batch } from './codec.ts'
import type { Sender } from './kafka-client.ts'
import { TopicError, type Published, type TopicRecord } from './topic.ts'

/**
 * Most records in one request. kafkajs sorts a request's messages into partitions by copying, so that its time grows
 * with the square of their number; and below 1,000 the round trips tell. 2,000 was the fastest.
 */
const PIECE_RECORDS = 2_000
/** What Kafka adds to a record, at most: lengths, deltas, no headers. */
const RECORD_OVERHEAD_BYTES = 32

/** A record as it is sent. */
interface Encoded {
  message: Message
  partition: number
  /** Bytes of it in a request, at most. */
  size: number
}

/** Messages that are sent together, and whose they are. */
interface Piece {
  messages: Message[]
  /** A request holds one record batch for each partition, and the broker limits each of those. */
  bytes: number[]
  owners: Map<Batch, number>
}

export interface Publisher<T> {
  publish(records: readonly TopicRecord<T>[]): Promise<Published>
  /** Resolves when what was taken is acknowledged or refused. */
  flush(): Promise<void>
}

export function createPublisher<T>(options: {
  topic: string
  partitions: number
  /** Largest record batch that the topic takes, in bytes. */
  batchBytes: number
  /** Largest record, key and value, in bytes; less than `batchBytes`. */
  recordBytes: number
  sender: Sender
}): Publisher<T> {
  const { topic, partitions, batchBytes, recordBytes, sender } = options
  let filling = emptyPiece(partitions)
  let sending: Promise<void> | null = null
  let publishing: Promise<unknown> = Promise.resolve()
  let onRoom: (() => void) | null = null
  /**
   * What was refused last, and how often that happened. All calls made before a refusal fail with it, those that
   * still wait too: sent later, they would overtake what was refused.
   */
  let refusals = 0
  let refusal: TopicError | null = null

  const fits = (partition: number, size: number): boolean =>
    filling.messages.length < PIECE_RECORDS && (filling.bytes[partition] ?? 0) + size <= batchBytes

  const sendAll = async (): Promise<void> => {
    while (filling.messages.length > 0) {
      const piece = filling
      filling = emptyPiece(partitions)
      onRoom?.()
      try {
        await sender.send(piece.messages)
        for (const [batch, count] of piece.owners) countDurable(batch, count)
      } catch (error) {
        refusals++
        refusal =
          error instanceof TopicError ? error : new TopicError('unavailable', String(error), { cause: error })
        for (const batch of [...piece.owners.keys(), ...filling.owners.keys()]) batch.settle(refusal)
        filling = emptyPiece(partitions)
        onRoom?.()
      }
    }
    // In the same step as the last look at `filling`, or a record that comes just then would lie there.
    sending = null
  }

  const startSending = (): void => {
    // A microtask later, so that what is published now goes together.
    sending ??= Promise.resolve().then(sendAll)
  }

  /** Throws for what the topic cannot take. */
  const encode = (record: TopicRecord<T>): Encoded => {
    const { key } = record
    const partition = partitionOf(record, partitions)
    // A text: kafkajs writes it without the copy that a Buffer would be.
    const value = JSON.stringify(record.value) ?? 'null'
    const bytes = Buffer.byteLength(value) + Buffer.byteLength(key)
    if (bytes > recordBytes) throw recordTooLarge(topic, key, recordBytes)
    return { message: { key, value, partition }, partition, size: bytes + RECORD_OVERHEAD_BYTES }
  }

  const take = async (records: readonly Encoded[], before: number): Promise<Published> => {
    const { batch, durable } = createBatch(records.length)
    const check = () => {
      if (refusals !== before && refusal !== null) throw refusal
    }
    check()
    for (const { message, partition, size } of records) {
      while (!fits(partition, size)) {
        startSending()
        await new Promise<void>((resolve) => (onRoom = resolve))
        onRoom = null
        check()
      }
      filling.messages.push(message)
      filling.bytes[partition] = (filling.bytes[partition] ?? 0) + size
      filling.owners.set(batch, (filling.owners.get(batch) ?? 0) + 1)
    }
    if (records.length > 0) startSending()
    return { durable }
  }

  return {
    async publish(records) {
      // All of them before the first is taken: a call is taken as a whole or not at all.
      const encoded = records.map(encode)
      const before = refusals
      const taking = publishing.then(() => take(encoded, before))
      publishing = taking.catch(() => {})
      return taking
    },
    async flush() {
      await publishing
      await sending
    },
  }
}

function emptyPiece(partitions: number): Piece {
  return { messages: [], bytes: Array.from({ length: partitions }, () => 0), owners: new Map() }
}
