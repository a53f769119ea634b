/** What becomes of a consumer that hangs; how it works with a broker is in tests/conformance/topic-kafka.test.ts. */
import type { Consumer } from 'kafkajs'
import { afterEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import type { KafkaClient } from '../../../../ingest/topic/kafka-client.ts'
import { joinGroup } from '../../../../ingest/topic/kafka-consumer.ts'

afterEach(() => vi.useRealTimers())

/** Clients whose consumers join at once; the first of them never leaves. */
function hanging() {
  let made = 0
  const consumer = (): Consumer => {
    const first = made++ === 0
    const joins: ((event: unknown) => void)[] = []
    const fake = {
      events: { GROUP_JOIN: 'join', FETCH: 'fetch', CRASH: 'crash' },
      on(name: string, listener: (event: unknown) => void) {
        if (name === 'join') joins.push(listener)
        return () => {}
      },
      connect: async () => {},
      subscribe: async () => {},
      run: async () => joins.forEach((join) => join({ payload: { memberAssignment: {} } })),
      disconnect: () => (first ? new Promise(() => {}) : Promise.resolve()),
    }
    return fake as unknown as Consumer
  }
  const client = { patient: () => ({ consumer }) } as unknown as KafkaClient
  return { client, made: () => made }
}

test('one that is lost, and hangs while it leaves, has a successor all the same', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const { client, made } = hanging()
  const group = await joinGroup({
    client,
    topic: 'posts',
    group: 'test',
    partitions: 1,
    form: { schema: z.unknown() },
    handler: async () => {},
    unavailableAfterMs: 5_000,
    sessionTimeoutMs: 6_000,
  })
  expect(made()).toBe(1)
  vi.setSystemTime(Date.now() - 3_600_000)
  await expect.poll(made, { timeout: 9_000 }).toBeGreaterThan(1)
  await group.stop()
})
