import { createRequire } from 'node:module'
import { array, assert, asyncProperty, integer, nat, uint8Array } from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { encodeProduce, mendQueue, type ProduceOptions } from '../../../../ingest/topic/kafka-mend.ts'

// Its own, as it is before anybody mends it: this file does not.
const own = createRequire(import.meta.url)('kafkajs/src/protocol/requests/produce/v3/request') as (
  options: ProduceOptions,
) => { encode(): Promise<{ buffer: Buffer }> }

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
      expect(encodeProduce(options).equals(expected)).toBe(true)
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
  expect(encodeProduce(options).equals((await own(options).encode()).buffer)).toBe(true)
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
