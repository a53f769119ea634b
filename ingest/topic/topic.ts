/**
 * The topic port: where ingest ends. Two adapters, one conformance suite (tests/conformance/topic.ts):
 * `queue.ts` is a bounded queue inside the process, `kafka.ts` is Kafka.
 *
 * Delivery is at least once. A partition's records arrive in the order in which they were published.
 */
import type { z } from 'zod'
import type { Draft } from './draft.ts'

export interface TopicRecord<T> {
  /** Records of one key share a partition, and so keep their order. */
  key: string
  value: T
  /** Puts the record into this partition instead of its key's; for records that every partition must see. */
  partition?: number
}

/** What `publish` gives once the records were taken. */
export interface Published {
  /**
   * Settles when the records would survive a crash of this process: for Kafka, acknowledged by the brokers; for the
   * queue, handled by a consumer. A source's position is saved only after this.
   */
  durable: Promise<void>
}

/** A record that the topic holds but that is not a value of this topic's schema. */
export interface InvalidRecord {
  partition: number
  offset: number
  /** Which of the records at this offset, from 1; null: there is no other. */
  line: number | null
  /** What the schema or the decoder said. */
  detail: string
  /** The start of the payload, at most 2,000 characters. */
  payload: string
}

/** Where a record lies in its topic, for the id under which it is set aside: the same whenever it is delivered. */
export function placeOf({ partition, offset, line }: InvalidRecord): string {
  return `${partition}/${offset}${line === null ? '' : `/${line}`}`
}

/** Consecutive records of one partition. Some may share an offset: those are delivered together. */
export interface Delivery<T> {
  partition: number
  records: readonly T[]
  invalid: readonly InvalidRecord[]
  /** Offset of the last record in this delivery, valid or not. */
  lastOffset: number
  /**
   * Records that wait behind this delivery in its partition; 0 only where none does. Where records share offsets, it is
   * known how many offsets wait, and is taken for granted that they hold as many as those delivered.
   */
  lag: number
  /** Other consumers hold partitions of the topic too: with many of them each delivery is small. */
  shared?: boolean
}

/**
 * Handles one delivery; resolves when everything it led to is durable, and only then is the offset committed. When it
 * rejects, the same records are delivered again, after a pause.
 */
export type Handler<T> = (delivery: Delivery<T>) => Promise<void>

export interface Consumption {
  /** Waits for deliveries under way, commits them, and leaves. */
  stop(): Promise<void>
}

export interface Topic<T> {
  readonly name: string
  readonly partitions: number
  /**
   * Resolves when the records are taken, waiting while the topic is full (back-pressure). Batches of any size are
   * taken, in pieces. Throws TopicError `record_too_large` (nothing of the batch was taken) or `unavailable`.
   */
  publish(records: readonly TopicRecord<T>[]): Promise<Published>
  /** Joins the topic's one consumer group; partitions are shared among its members. */
  consume(handler: Handler<T>): Promise<Consumption>
  /** The position a source saved last, or null. */
  loadPosition(source: string): Promise<unknown>
  /** Call only after the `durable` of everything before the position. Itself durable when it resolves. */
  savePosition(source: string, position: unknown): Promise<void>
  /** What is published and not yet committed, over all partitions: records, or, where they share offsets, offsets. */
  lag(): Promise<number>
  close(): Promise<void>
}

/** How values are written where they leave the process, if not as they are. */
export interface Wire<T> {
  /** As JSON takes it. */
  pack(value: T): unknown
  /** A draft of what `JSON.stringify` makes of what `pack` gives; null: there is none. */
  draft?(value: T): Draft | null
  /** Whatever was read of JSON, for the schema to judge: of what `pack` gave, the same value. */
  unpack(packed: unknown): unknown
}

/** What an adapter needs to know of a topic. */
export interface TopicOptions<T> {
  name: string
  partitions: number
  schema: z.ZodType<T>
  wire?: Wire<T> | undefined
}

/**
 * `refused`: the brokers will not have us, however often we ask: a password, a certificate. `in_use`: what was asked for
 * can be done only where nobody consumes the topic.
 */
export class TopicError extends Error {
  override name = 'TopicError'
  constructor(
    readonly code: 'record_too_large' | 'unavailable' | 'refused' | 'in_use' | 'closed',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
