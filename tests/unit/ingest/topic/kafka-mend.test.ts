import { createRequire } from 'node:module'
import { array, assert, asyncProperty, integer, nat, uint8Array } from 'fast-check'
import type { Message } from 'kafkajs'
import { afterEach, expect, test, vi } from 'vitest'
import {
  encodeProduce,
  mendKafkajs,
  mendQueue,
  type Encoder,
  type ProduceOptions,
} from '../../../../ingest/topic/kafka-mend.ts'

const require = createRequire(import.meta.url)
// Its own, as it is before anything is mended.
const own = require('kafkajs/src/protocol/requests/produce/v3/request') as (options: ProduceOptions) => {
  encode(): Promise<{ buffer: Buffer }>
}

afterEach(() => vi.useRealTimers())

test('a produce request is, byte for byte, what kafkajs makes of it', async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 4), toFake: ['Date'] })
  const value = uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
  const batches = array(array(value, { minLength: 1, maxLength: 200 }), { minLength: 1, maxLength: 4 })
  await assert(
    asyncProperty(batches, nat(), integer({ min: 0, max: 32_767 }), nat(), async (all, id, epoch, first) => {
      const partitions = all.map((values, partition) => ({
        partition,
        firstSequence: first,
        messages: values.map((one) => ({ key: null, value: one })),
      }))
      const options = {
        acks: -1,
        timeout: 30_000,
        producerId: String(id),
        producerEpoch: epoch,
        topicData: [{ topic: 'tällywatch.posts', partitions }],
      }
      const expected = (await own(options).encode()).buffer
      expect(encodeProduce(options).bytes.equals(expected)).toBe(true)
    }),
    { numRuns: 40 },
  )
})

test('a large value is written whole', async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 4), toFake: ['Date'] })
  const messages = [{ key: null, value: Buffer.alloc(900_000, 'x') }]
  const options = {
    acks: -1,
    timeout: 30_000,
    producerId: '4611686018427387904',
    producerEpoch: 3,
    topicData: [{ topic: 't', partitions: [{ partition: 7, firstSequence: 9, messages }] }],
  }
  expect(encodeProduce(options).bytes.equals((await own(options).encode()).buffer)).toBe(true)
})

test('is used for what is sent in bytes alone, in every version of the request', async () => {
  mendKafkajs()
  const { protocol } = require('kafkajs/src/protocol/requests/produce') as {
    protocol: (of: { version: number }) => (options: ProduceOptions) => {
      request: { apiVersion: number; encode(): Promise<{ buf: Buffer; buffer: Buffer }> }
    }
  }
  const optionsOf = (message: Message, compression = 0): ProduceOptions => ({
    acks: -1,
    timeout: 30_000,
    producerId: '1',
    producerEpoch: 0,
    compression,
    topicData: [{ topic: 't', partitions: [{ partition: 0, firstSequence: 0, messages: [message] }] }],
  })
  const value = Buffer.from('{"kind":"post"}')
  // Ours is as long as what it holds; kafkajs's buffers are powers of two.
  const isOurs = async (options: ProduceOptions, version = 7) => {
    const { request } = protocol({ version })(options)
    const { buf, buffer } = await request.encode()
    expect(request.apiVersion).toBe(version)
    return buf.length === buffer.length
  }
  for (const version of [3, 5, 7]) expect(await isOurs(optionsOf({ key: null, value }), version)).toBe(true)
  for (const other of [
    { key: 'source', value },
    { value: 'text' },
    { value: null },
    { value, headers: { a: 'b' } },
    { value, timestamp: '1' },
  ])
    expect(await isOurs(optionsOf(other))).toBe(false)
  expect(await isOurs(optionsOf({ value }, 1))).toBe(false)
})

test('gets its head as kafkajs writes it, without a copy; one that does not fit the room is copied as ever', async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 4), toFake: ['Date'] })
  mendKafkajs()
  type Create = (options: ProduceOptions) => {
    apiKey: number
    apiVersion: number
    encode(): Promise<Encoder>
  }
  const createRequest = require('kafkajs/src/protocol/request') as (of: {
    correlationId: number
    clientId: string
    request: ReturnType<Create>
  }) => Promise<Encoder & { buffer: Buffer }>
  const mended = require('kafkajs/src/protocol/requests/produce/v3/request') as Create
  const messages = [{ key: null, value: Buffer.alloc(70_000, 'x') }]
  const options = {
    acks: -1,
    timeout: 30_000,
    producerId: '5',
    producerEpoch: 3,
    topicData: [{ topic: 't', partitions: [{ partition: 7, firstSequence: 9, messages }] }],
  }
  for (const [clientId, inRoom] of [
    ['tallywatch', true],
    ['c'.repeat(600), false],
  ] as const) {
    const of = { correlationId: 77, clientId }
    const expected = await createRequest({ ...of, request: (own as unknown as Create)(options) })
    const made = await createRequest({ ...of, request: mended(options) })
    expect(made.buffer.equals(expected.buffer)).toBe(true)
    expect(made.roomy !== undefined).toBe(inRoom)
  }
})

test('what is written behind a request that took its room stays', () => {
  const Encoder = require('kafkajs/src/protocol/encoder') as new (size?: number) => Encoder & {
    writeInt8(value: number): Encoder
    writeEncoder(value: Encoder): Encoder & { buffer: Buffer }
  }
  mendKafkajs()
  const bytes = Buffer.from('....abc')
  const placed = Object.assign(new Encoder(1), {
    buf: bytes.subarray(4),
    offset: 3,
    roomy: { bytes, room: 4 },
  })
  placed.writeInt8(0x64)
  expect(new Encoder().writeEncoder(placed).buffer.toString()).toBe('abcd')
})

test('an empty queue is looked at no more, one that waits still is', () => {
  const scheduled: number[] = []
  const queue = {
    pending: [] as unknown[],
    scheduleCheckPendingRequests() {
      scheduled.push(this.pending.length)
    },
  }
  mendQueue(queue)
  queue.scheduleCheckPendingRequests()
  queue.pending.push('a request')
  queue.scheduleCheckPendingRequests()
  expect(scheduled).toEqual([1])
})

test.each([-1, 1])(
  'an answer is waited for as long as ever, though the clock was set by %d h meanwhile',
  async (hours) => {
    mendKafkajs()
    const Queue = require('kafkajs/src/network/requestQueue') as new (options: object) => {
      scheduleRequestTimeoutCheck(): void
      push(request: object): void
      destroy(): void
    }
    const quiet = { debug: () => {}, warn: () => {} }
    const queue = new Queue({ requestTimeout: 300, enforceRequestTimeout: true, logger: quiet })
    queue.scheduleRequestTimeoutCheck()
    const sentAt = performance.now()
    const waited = new Promise<number>((resolve) => {
      const entry = { correlationId: 1, reject: () => resolve(performance.now() - sentAt) }
      queue.push({ entry, expectResponse: true, sendRequest: () => {} })
    })
    vi.useFakeTimers({ now: Date.now() + hours * 3_600_000, toFake: ['Date'] })
    expect(await waited).toBeGreaterThanOrEqual(300)
    queue.destroy()
  },
)
