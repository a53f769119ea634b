/** From `publish` to Kafka: fills one piece while the one before it is on its way. */
import type { Message } from 'kafkajs'
import { countDurable, createBatch, partitionOf, recordTooLarge, type Batch } from './codec.ts'
import type { Draft } from './draft.ts'
import type { Sender } from './kafka-client.ts'
import { createPack, UNIT_BYTES } from './message.ts'
import { TopicError, type Published, type TopicRecord, type Wire } from './topic.ts'

/** Most records in one request: below 1,000 the round trips tell, and what is on its way is held in memory. */
const PIECE_RECORDS = 2_000
/** What Kafka adds to a message, at most: lengths, deltas, no headers. */
const MESSAGE_OVERHEAD_BYTES = 32

/** A message of one call, and where it goes. */
interface Part {
  message: Message
  partition: number
  records: number
  /** Bytes of it in a request, at most. */
  size: number
}

/** Messages that are sent together, and whose they are. */
interface Piece {
  messages: Message[]
  records: number
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
  wire?: Wire<T> | undefined
  /** Largest record batch that the topic takes, in bytes. */
  batchBytes: number
  /** Largest record, key and value, in bytes; less than `batchBytes`. */
  recordBytes: number
  /** Most records in one message. */
  messageMax: number
  sender: Sender
}): Publisher<T> {
  const { topic, partitions, wire, batchBytes, recordBytes, messageMax, sender } = options
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

  const pack = createPack(messageMax, recordBytes)

  const fits = ({ partition, size }: Part): boolean =>
    filling.records < PIECE_RECORDS && filling.bytes[partition]! + size <= batchBytes

  const sendAll = async (): Promise<void> => {
    while (filling.records > 0) {
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
  const toLine = ({ key, value }: TopicRecord<T>): string => {
    const line = JSON.stringify(wire === undefined ? value : wire.pack(value)) ?? 'null'
    if ((line.length + key.length) * UNIT_BYTES > recordBytes) {
      const bytes = Buffer.byteLength(line) + Buffer.byteLength(key)
      if (bytes > recordBytes) throw recordTooLarge(topic, key, recordBytes)
    }
    return line
  }

  /** None where what it becomes might be too large. */
  const toDraft = ({ key, value }: TopicRecord<T>): Draft | null => {
    const draft = wire?.draft?.(value) ?? null
    return draft !== null && (draft.line.length + key.length) * UNIT_BYTES <= recordBytes ? draft : null
  }

  /** Throws for what the topic cannot take. Without keys: the records of a message have several, and nobody reads them. */
  const encode = (records: readonly TopicRecord<T>[]): Part[] => {
    const byPartition: TopicRecord<T>[][] = Array.from({ length: partitions }, () => [])
    for (const record of records) byPartition[partitionOf(record, partitions)]!.push(record)
    return byPartition.flatMap((own, partition) =>
      pack(own, { toLine, toDraft }).map(({ value, records: count }) => ({
        message: { key: null, value, partition },
        partition,
        records: count,
        size: value.length + MESSAGE_OVERHEAD_BYTES,
      })),
    )
  }

  const take = async (parts: readonly Part[], before: number): Promise<Published> => {
    const { batch, durable } = createBatch(parts.reduce((sum, { records }) => sum + records, 0))
    const check = () => {
      if (refusals !== before && refusal !== null) throw refusal
    }
    check()
    for (const part of parts) {
      while (!fits(part)) {
        startSending()
        await new Promise<void>((resolve) => (onRoom = resolve))
        onRoom = null
        check()
      }
      filling.messages.push(part.message)
      filling.records += part.records
      filling.bytes[part.partition]! += part.size
      filling.owners.set(batch, (filling.owners.get(batch) ?? 0) + part.records)
    }
    if (parts.length > 0) startSending()
    return { durable }
  }

  return {
    async publish(records) {
      // All of them before the first is taken: a call is taken as a whole or not at all.
      const parts = encode(records)
      const before = refusals
      const taking = publishing.then(() => take(parts, before))
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
  const bytes = Array.from({ length: partitions }, () => 0)
  return { messages: [], records: 0, bytes, owners: new Map() }
}
