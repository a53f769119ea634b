/** A source's status reaches the desk, also where the brokers were away when it changed. */
import { expect, test, vi } from 'vitest'
import { startIngest } from '../../../api/boot/roles/ingest.ts'
import type { StreamRecord } from '../../../ingest/contract.ts'
import type { Source } from '../../../ingest/sources/source.ts'
import type { Published, Topic, TopicRecord } from '../../../ingest/topic/topic.ts'

test('a status that was refused is told again until it is taken', async () => {
  let away = true
  let refused = 0
  const taken: StreamRecord[] = []
  async function publish(records: readonly TopicRecord<StreamRecord>[]): Promise<Published> {
    if (records.length === 0) return { durable: Promise.resolve() }
    if (away) {
      refused += 1
      // The first once it was taken, the next before: as the topic does it.
      const error = new Error('away')
      if (refused > 1) throw error
      return { durable: Promise.reject(error) }
    }
    taken.push(...records.map(({ value }) => value))
    return { durable: Promise.resolve() }
  }
  const posts = { publish, partitions: 1, loadPosition: async () => null, savePosition: async () => {} }
  const topics = {
    posts: posts as unknown as Topic<StreamRecord>,
    deadLetters: posts as never,
    close: async () => {},
  }
  const source: Source = {
    name: 'quiet',
    live: true,
    status: () => ({ source: 'quiet', state: 'running', detail: 'nothing comes', since: 1 }),
    async *read(_, signal) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      yield* []
    },
  }
  const errors: unknown[] = []
  const ingest = startIngest(topics, [source], (error) => errors.push(error))
  try {
    await vi.waitFor(() => expect(refused).toBeGreaterThanOrEqual(3), 10_000)
    away = false
    await vi.waitFor(
      () => expect(taken).toMatchObject([{ kind: 'status', status: { source: 'quiet' } }]),
      10_000,
    )
    expect(errors.length).toBeGreaterThan(0)
  } finally {
    await ingest.stop()
  }
})
