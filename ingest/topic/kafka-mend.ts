/**
 * Functions in the place of kafkajs's own (2.2.4, its last version): what of it costs most, at less cost, and what believes
 * a clock that may be set. They change nothing of what it sends; tests hold them against its own.
 */
import { createRequire } from 'node:module'
import type { Message } from 'kafkajs'
import { crc32c } from './crc32c.ts'

const require = createRequire(import.meta.url)

/** Of kafkajs, as far as it is used here. */
export interface Encoder {
  buf: Buffer
  offset: number
  /** Ours alone: where `buf` has room before it, the bytes with that room, and how much it is. */
  roomy?: { bytes: Buffer; room: number }
}
type WriteEncoder = (this: Encoder, value: Encoder) => Encoder
export interface ProduceOptions {
  acks: number
  timeout: number
  transactionalId?: string | null
  producerId: unknown
  producerEpoch: number
  compression?: number
  topicData: {
    topic: string
    partitions: { partition: number; firstSequence: number; messages: Message[] }[]
  }[]
}
interface ProduceRequest {
  encode(): Promise<Encoder>
}
type CreateProduce = (options: ProduceOptions) => ProduceRequest
interface RequestQueue {
  pending: readonly unknown[]
  scheduleCheckPendingRequests: (this: RequestQueue) => void
}
interface Timed {
  requestTimeout: number
  timeoutRequest(): void
}
interface TimedQueue {
  inflight: ReadonlyMap<number, Timed>
  requestTimeout: number
  enforceRequestTimeout: boolean
  requestTimeoutIntervalId?: NodeJS.Timeout
  isConnected(): boolean
  destroy(): void
  scheduleRequestTimeoutCheck: (this: TimedQueue) => void
}

const QUEUE = 'kafkajs/src/network/requestQueue'
const PRODUCE = 'kafkajs/src/protocol/requests/produce/v3/request'
const ENCODER = 'kafkajs/src/protocol/encoder'

/** Puts them in place, before anything is produced: kafkajs loads its requests when they are first used. */
export function mendKafkajs(): void {
  const { prototype: queue } = require(QUEUE) as { prototype: RequestQueue & TimedQueue }
  mendQueue(queue)
  mendTimeouts(queue)
  const own = require(PRODUCE) as CreateProduce
  const Encoder = require(ENCODER) as {
    new (size: number): Encoder
    prototype: { writeEncoder: WriteEncoder }
  }
  Encoder.prototype.writeEncoder = mendWriting(Encoder.prototype.writeEncoder)
  const encoded = ({ bytes, room }: NonNullable<Encoder['roomy']>): Encoder =>
    Object.assign(new Encoder(1), takeOver(bytes, room))
  const create: CreateProduce = (options) => {
    const request = own(options)
    return isPlain(options)
      ? { ...request, encode: async () => encoded(encodeProduce(options, HEAD_BYTES)) }
      : request
  }
  require.cache[require.resolve(PRODUCE)]!.exports = create
}

/** What is written before a whole request: its size, what it is, its number and the client's name. */
const HEAD_BYTES = 512

const NO_ROOM = { bytes: Buffer.alloc(0), room: -1 }

function takeOver(bytes: Buffer, room: number): Encoder {
  return { buf: bytes.subarray(room), offset: bytes.length - room, roomy: { bytes, room } }
}

/** A request is copied twice, into twice the room, to put its head before it: here the head is written into the room it left. */
function mendWriting(own: WriteEncoder): WriteEncoder {
  return function writeEncoder(value) {
    const { offset, buf } = this
    const { bytes, room } = value?.roomy ?? NO_ROOM
    // Where something was written behind it, it is elsewhere by now.
    if (room < offset || bytes.length - room !== value.offset) return own.call(this, value)
    buf.copy(bytes, room - offset, 0, offset)
    return Object.assign(this, takeOver(bytes, room - offset))
  }
}

/** Each connection looks at its empty queue a thousand times a second: some 4 ms of CPU each second. */
export function mendQueue(queue: RequestQueue): void {
  const { scheduleCheckPendingRequests: schedule } = queue
  queue.scheduleCheckPendingRequests = function scheduleWhereSomeWait() {
    if (this.pending.length > 0) schedule.call(this)
  }
}

const CHECK_EVERY_MS = 100

/**
 * How long an answer takes is measured by the wall clock: set back by an hour, an answer that never comes would be waited for
 * an hour longer; set on, all that are under way would be given up.
 */
function mendTimeouts(queue: TimedQueue): void {
  const sentAt = new WeakMap<Timed, number>()
  queue.scheduleRequestTimeoutCheck = function scheduleByAnotherClock() {
    if (!this.enforceRequestTimeout) return
    this.destroy()
    const check = (): void => {
      const now = performance.now()
      for (const request of this.inflight.values()) {
        const since = sentAt.get(request) ?? now
        sentAt.set(request, since)
        if (now - since > request.requestTimeout) request.timeoutRequest()
      }
      if (!this.isConnected()) this.destroy()
    }
    this.requestTimeoutIntervalId = setInterval(check, Math.min(this.requestTimeout, CHECK_EVERY_MS))
  }
}

type PlainMessage = Message & { value: Buffer }

/** As this project's records are sent: not packed, bytes only. */
function isPlain({ compression, transactionalId, topicData }: ProduceOptions): boolean {
  if ((compression ?? 0) !== 0 || (transactionalId ?? null) !== null) return false
  return topicData.every(({ partitions }) =>
    partitions.every(({ messages }) => messages.every(isPlainMessage)),
  )
}

function isPlainMessage({ key, value, headers, timestamp }: Message): boolean {
  return (key ?? null) === null && Buffer.isBuffer(value) && headers === undefined && timestamp === undefined
}

/** A record batch's fields before its records, and how many of these bytes its length counts. */
const BATCH_BYTES = 61
const BATCH_COUNTED_BYTES = 49
const MAGIC = 2
/** Attributes, difference of times, no key, no headers: one byte each. */
const RECORD_BYTES = 4

/**
 * A produce request (Kafka's protocol, Produce version 3 to 7, record batches of version 2). kafkajs copies each byte nine
 * times while its buffers grow, and sums them up one by one; here they are written once, behind `room` bytes that are left.
 */
export function encodeProduce(
  { acks, timeout, producerId, producerEpoch, topicData }: ProduceOptions,
  room = 0,
): NonNullable<Encoder['roomy']> {
  const sizes = topicData.flatMap(({ partitions }) => partitions.map(({ messages }) => sizesOf(messages)))
  const topics = topicData.reduce((sum, { topic }) => sum + 2 + Buffer.byteLength(topic) + 4, 0)
  const batches = sizes.reduce((sum, { total }) => sum + 8 + BATCH_BYTES + total, 0)
  const to = createWriter(room + 2 + 2 + 4 + 4 + topics + batches, room)
  to.int16(-1)
  to.int16(acks)
  to.int32(timeout)
  to.int32(topicData.length)
  let next = 0
  for (const { topic, partitions } of topicData) {
    to.text(topic)
    to.int32(partitions.length)
    for (const { partition, firstSequence, messages } of partitions) {
      const { records, total } = sizes[next++]!
      to.int32(partition)
      to.int32(BATCH_BYTES + total)
      writeBatch(to, messages as PlainMessage[], records, { producerId, producerEpoch, firstSequence, total })
    }
  }
  return { bytes: to.bytes, room }
}

/** Bytes of each record, without its length before it, and of all with it. */
function sizesOf(messages: readonly Message[]): { records: number[]; total: number } {
  const records = messages.map(({ value }, at) => {
    const size = (value as Buffer).length
    return RECORD_BYTES + varintBytes(at) + varintBytes(size) + size
  })
  return { records, total: records.reduce((sum, size) => sum + varintBytes(size) + size, 0) }
}

function writeBatch(
  to: Writer,
  messages: readonly PlainMessage[],
  sizes: readonly number[],
  batch: { producerId: unknown; producerEpoch: number; firstSequence: number; total: number },
): void {
  const now = BigInt(Date.now())
  to.int64(0n)
  to.int32(BATCH_COUNTED_BYTES + batch.total)
  to.int32(0)
  to.int8(MAGIC)
  const sumAt = to.at()
  to.int32(0)
  to.int16(0)
  to.int32(messages.length - 1)
  to.int64(now)
  to.int64(now)
  to.int64(BigInt(String(batch.producerId)))
  to.int16(batch.producerEpoch)
  to.int32(batch.firstSequence)
  to.int32(messages.length)
  for (const [at, { value }] of messages.entries()) {
    to.varint(sizes[at]!)
    to.int8(0)
    to.int8(0)
    to.varint(at)
    to.varint(-1)
    to.varint(value.length)
    to.copy(value)
    to.int8(0)
  }
  to.bytes.writeUInt32BE(crc32c(to.bytes, sumAt + 4, to.at()), sumAt)
}

type Writer = ReturnType<typeof createWriter>

function createWriter(size: number, from: number) {
  const bytes = Buffer.allocUnsafe(size)
  let at = from
  return {
    bytes,
    at: () => at,
    int8: (value: number) => void (at = bytes.writeInt8(value, at)),
    int16: (value: number) => void (at = bytes.writeInt16BE(value, at)),
    int32: (value: number) => void (at = bytes.writeInt32BE(value, at)),
    int64: (value: bigint) => void (at = bytes.writeBigInt64BE(value, at)),
    varint(value: number): void {
      let rest = zigzag(value)
      for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80
      bytes[at++] = rest
    },
    text(value: string): void {
      const length = Buffer.byteLength(value)
      at = bytes.writeInt16BE(length, at)
      at += bytes.write(value, at)
    },
    copy: (value: Buffer) => void (at += value.copy(bytes, at)),
  }
}

function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0
}

function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = zigzag(value); rest > 0x7f; rest >>>= 7) bytes++
  return bytes
}
