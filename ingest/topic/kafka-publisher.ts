/** From `publish` to Kafka: fills one piece while the one before it is on its way. */
import type { Message } from 'kafkajs'
import { countDurable, createBatch, partitionOf, recordTooLarge, type Batch } from './codec.ts'
import type { Sender } from './kafka-client.ts'
import { packLines, type Line } from './message.ts'
import { TopicError, type Published, type TopicRecord } from './topic.ts'

/** Most records in one request: below 1,000 the round trips tell, and what is on its way is held in memory. */
const PIECE_RECORDS = 4_000
/** What Kafka adds to a record, at most: lengths, deltas, no headers. */
const RECORD_OVERHEAD_BYTES = 32

/** A record as it is sent. */
interface Encoded extends Line {
  partition: number
}

/** Records that are sent together, and whose they are. */
interface Piece {
  records: number
  /** By partition: a request holds one record batch for each, and the broker limits each of those. */
  batches: { lines: Line[]; bytes: number }[]
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
  /** Most records in one message. */
  messageMax: number
  sender: Sender
}): Publisher<T> {
  const { topic, partitions, batchBytes, recordBytes, messageMax, sender } = options
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

  const fits = ({ partition, bytes }: Encoded): boolean =>
    filling.records < PIECE_RECORDS && filling.batches[partition]!.bytes + sizeOf(bytes) <= batchBytes

  const sendAll = async (): Promise<void> => {
    while (filling.records > 0) {
      const piece = filling
      filling = emptyPiece(partitions)
      onRoom?.()
      try {
        await sender.send(messagesOf(piece, messageMax))
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
    const text = JSON.stringify(record.value) ?? 'null'
    const bytes = Buffer.byteLength(text)
    if (bytes + Buffer.byteLength(key) > recordBytes) throw recordTooLarge(topic, key, recordBytes)
    return { text, bytes, partition }
  }

  const take = async (records: readonly Encoded[], before: number): Promise<Published> => {
    const { batch, durable } = createBatch(records.length)
    const check = () => {
      if (refusals !== before && refusal !== null) throw refusal
    }
    check()
    for (const record of records) {
      while (!fits(record)) {
        startSending()
        await new Promise<void>((resolve) => (onRoom = resolve))
        onRoom = null
        check()
      }
      const room = filling.batches[record.partition]!
      room.lines.push(record)
      room.bytes += sizeOf(record.bytes)
      filling.records++
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
  const batches = Array.from({ length: partitions }, () => ({ lines: [], bytes: 0 }))
  return { records: 0, batches, owners: new Map() }
}

/** Bytes of a record in a request, at most. */
function sizeOf(bytes: number): number {
  return bytes + RECORD_OVERHEAD_BYTES
}

/** Without keys: a message's records have several, and nobody reads them. */
function messagesOf({ batches }: Piece, most: number): Message[] {
  return batches.flatMap(({ lines }, partition) =>
    packLines(lines, most).map((value) => ({ key: null, value, partition })),
  )
}
