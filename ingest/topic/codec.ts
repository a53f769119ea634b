/** What both adapters agree on: how a key finds its partition, how large a record may be, how a value is read. */
import { isUtf8 } from 'node:buffer'
import type { z } from 'zod'
import { isAllWellFormed, toWellFormed } from '../base/well-formed.ts'
import { TopicError, type InvalidRecord, type TopicOptions, type TopicRecord } from './topic.ts'

/**
 * Most records in one delivery: what is fetched of a partition at once, so that a stream that fell behind is not held up by
 * one insert for each piece of it. What is repeated after a crash is some seconds of the peak.
 */
export const DELIVERY_MAX = 6_000

/**
 * Largest record, key and value as JSON in UTF-8 bytes. Kafka's default limit is 1,048,588 bytes for a whole record
 * batch; the rest is room for its headers. The largest post is some 70 kB.
 */
export const RECORD_MAX_BYTES = 1_000_000

/** Longest part of an invalid payload that is kept. */
const PAYLOAD_KEPT = 2_000

/** One call of `publish`, and how many of its records are not yet durable. */
export interface Batch {
  left: number
  settle(error: TopicError | null): void
}

/** A delivery that its handler refused, and what follows. */
export interface Refusal {
  partition: number
  lastOffset: number
  /** How often in a row, this time included. */
  failures: number
  /** When it is delivered again, from now. */
  pauseMs: number
  error: unknown
}

/** What both adapters can be told beside the port's options. */
export interface ConsumptionOptions {
  /** Most records in one delivery. */
  deliveryMax?: number | undefined
  /** Told of each refusal: the topic itself only repeats. */
  onRefused?: ((refusal: Refusal) => void) | undefined
}

/** First and longest pause before records are delivered again after their handler failed. */
const REDELIVER_FIRST_MS = 100
const REDELIVER_LONGEST_MS = 10_000

/** Names that are legal in Kafka, and harmless as a file's name. */
const TOPIC_NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,200}$/

/** Throws a RangeError for a name that one of the adapters could not use. */
export function checkTopicName(name: string): void {
  if (!TOPIC_NAME.test(name)) {
    throw new RangeError(
      `A topic's name has letters, digits, ".", "_" and "-" only, and at most 201: "${name}"`,
    )
  }
}

/** Pause before the next try, after `failures` failures in a row (1 or more). */
export function redeliveryPauseMs(failures: number): number {
  return Math.min(REDELIVER_FIRST_MS * 2 ** (failures - 1), REDELIVER_LONGEST_MS)
}

/**
 * The partition of a key, the same in every process and for ever: FNV-1a over its UTF-16 code units, then MurmurHash3's
 * finalizer, without which the low bits of similar keys are alike.
 */
export function partitionOfKey(key: string, partitions: number): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) % partitions
}

/** The record's partition. Throws a RangeError when it names one that the topic has not. */
export function partitionOf<T>(record: TopicRecord<T>, partitions: number): number {
  const { partition } = record
  if (partition === undefined) return partitionOfKey(record.key, partitions)
  if (!Number.isInteger(partition) || partition < 0 || partition >= partitions) {
    throw new RangeError(`Partition ${partition} of ${partitions}`)
  }
  return partition
}

export function recordTooLarge(topic: string, key: string, limit: number): TopicError {
  return new TopicError(
    'record_too_large',
    `A record for topic ${topic} is larger than ${limit} bytes (key "${key.slice(0, 100)}")`,
  )
}

/** A value of the schema, or what is wrong with it. */
export type Read<T> = { value: T } | { detail: string }

export function readValue<T>(schema: z.ZodType<T>, value: unknown): Read<T> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return { value: parsed.data }
  const issues = parsed.error.issues.slice(0, 3)
  return { detail: issues.map(({ path, message }) => `${path.join('.') || 'value'}: ${message}`).join('; ') }
}

const ESCAPED_HALF = /\\ud[89a-f]/i
const ILL_FORMED = 'The record holds half of a surrogate pair, which UTF-8 cannot say'

/** What a topic's values are, and how they are written. */
export type Form<T> = Pick<TopicOptions<T>, 'schema' | 'wire'>

/** A value of the schema out of JSON, or what is wrong with it. */
export function decodeValue<T>({ schema, wire }: Form<T>, payload: string | Buffer | null): Read<T> {
  if (payload === null) return { detail: 'The record has no value' }
  if (typeof payload !== 'string' && !isUtf8(payload)) return { detail: 'The record is not UTF-8' }
  const text = payload.toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { detail: `The record is not JSON: ${error instanceof Error ? error.message : String(error)}` }
  }
  // Only an escape can bring half of a surrogate pair, and few texts hold one: looking at each costs a tenth of parsing.
  if (text.includes('\\u') && ESCAPED_HALF.test(text) && !isAllWellFormed(value))
    return { detail: ILL_FORMED }
  return readValue(schema, wire === undefined ? value : wire.unpack(value))
}

export function invalidRecord(
  place: Pick<InvalidRecord, 'partition' | 'offset' | 'line'>,
  detail: string,
  payload: string,
): InvalidRecord {
  // What quotes a payload, or is a part of it, may end in the middle of a character.
  const said = toWellFormed(detail)
  return { ...place, detail: said, payload: toWellFormed(payload.slice(0, PAYLOAD_KEPT)) }
}

/** Most bytes that JSON makes of one UTF-16 code unit: `\u0000`. */
const JSON_BYTES_PER_UNIT = 6

/** About what a record holds: code units of its texts, and a little for everything else. */
export function roughSize<T>({ key, value }: TopicRecord<T>): number {
  return key.length + roughUnits(value)
}

/** Whether key and value are over `limit` bytes; looks closely only at what might be by its `rough` size. */
export function isTooLarge<T>(
  record: TopicRecord<T>,
  limit = RECORD_MAX_BYTES,
  rough = roughSize(record),
): boolean {
  if (rough * JSON_BYTES_PER_UNIT <= limit) return false
  return Buffer.byteLength(record.key) + Buffer.byteLength(JSON.stringify(record.value) ?? '') > limit
}

/** Code units of a value's texts, and a little for everything else: never less than a sixth of its JSON. */
function roughUnits(value: unknown): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return 8
  let units = 2
  if (Array.isArray(value)) {
    for (const item of value) units += roughUnits(item) + 1
    return units
  }
  for (const name in value) units += name.length + 4 + roughUnits(Reflect.get(value, name))
  return units
}

export function createBatch(size: number): { batch: Batch; durable: Promise<void> } {
  if (size === 0) return { batch: { left: 0, settle: () => {} }, durable: Promise.resolve() }
  let settle: Batch['settle'] = () => {}
  const durable = new Promise<void>((resolve, reject) => {
    settle = (error) => (error === null ? resolve() : reject(error))
  })
  // Whoever does not look at `durable` is not stopped by a rejection; whoever does still sees it.
  durable.catch(() => {})
  return { batch: { left: size, settle }, durable }
}

/** Counts records of the batch as durable; the last one settles it. */
export function countDurable(batch: Batch, records: number): void {
  batch.left -= records
  if (batch.left === 0) batch.settle(null)
}
