import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { DeadLetter, StreamRecord } from '../../../ingest/contract.ts'
import { runIngest } from '../../../ingest/pipeline.ts'
import type { Source, SourceBatch } from '../../../ingest/sources/source.ts'
import type { Topic, TopicRecord } from '../../../ingest/topic/topic.ts'

const batchOf = (position: number): SourceBatch => ({
  posts: [],
  deadLetters: [],
  coverage: [{ source: 'live', from: position, to: position + 1, kind: 'complete', share: 1 }],
  received: 1,
  position,
  progress: null,
})

/** Gives `count` batches; `ended` says how its reading was left. */
function sourceOf(count: number, ended: string[], fails?: Error): Source {
  return {
    name: 'live',
    live: true,
    status: () => ({ source: 'live', state: 'running', detail: '', since: 0 }),
    async *read() {
      try {
        for (let at = 1; at <= count; at++) yield batchOf(at)
        if (fails !== undefined) throw fails
        ended.push('read')
      } finally {
        ended.push('left')
      }
    },
  }
}

function topicOf<T>(
  publish: (records: readonly TopicRecord<T>[]) => void,
  saved: unknown[],
  durable: () => Promise<void> = () => Promise.resolve(),
): Topic<T> {
  return {
    name: 'topic',
    partitions: 1,
    async publish(records) {
      publish(records)
      return { durable: durable() }
    },
    consume: () => Promise.reject(new Error('not read here')),
    loadPosition: async () => null,
    savePosition: async (_, position) => void saved.push(position),
    lag: async () => 0,
    close: async () => {},
  }
}

const run = (
  source: Source,
  publish: (records: readonly TopicRecord<StreamRecord>[]) => void,
  saved: unknown[],
) =>
  runIngest(
    { source, posts: topicOf(publish, saved), deadLetters: topicOf<DeadLetter>(() => {}, []) },
    new AbortController().signal,
  )

test('every batch is published in order, and the last position saved', async () => {
  const ended: string[] = []
  const saved: unknown[] = []
  const published: number[] = []
  const done = await run(
    sourceOf(3, ended),
    (records) => {
      for (const { value } of records) if (value.kind === 'coverage') published.push(value.coverage.from)
    },
    saved,
  )
  expect(published).toEqual([1, 2, 3])
  expect(done.received).toBe(3)
  expect(saved.at(-1)).toMatchObject({ position: 3 })
  expect(ended).toEqual(['read', 'left'])
})

test('a topic that refuses ends the reading, and is told; the position stays before what it refused', async () => {
  const ended: string[] = []
  const saved: unknown[] = []
  let calls = 0
  const refused = new Error('refused')
  const running = run(
    sourceOf(3, ended),
    () => {
      if (++calls === 2) throw refused
    },
    saved,
  )
  await expect(running).rejects.toBe(refused)
  expect(ended).toEqual(['left'])
  expect(saved.at(-1)).toMatchObject({ position: 1, received: 1 })
})

test('what the source throws is thrown, after what it read was saved', async () => {
  const ended: string[] = []
  const saved: unknown[] = []
  const broken = new Error('broken')
  await expect(run(sourceOf(2, ended, broken), () => {}, saved)).rejects.toBe(broken)
  expect(ended).toEqual(['left'])
  expect(saved.at(-1)).toMatchObject({ position: 2 })
})

test('what the topic gives up on ends the reading, though nothing more comes', async () => {
  const saved: unknown[] = []
  const ended: string[] = []
  const quiet: Source = {
    ...sourceOf(0, ended),
    async *read(_, signal) {
      yield batchOf(1)
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      ended.push('told')
    },
  }
  const away = new Error('the broker is away')
  const refusing = async (): Promise<void> => {
    await sleep(20)
    throw away
  }
  const posts = topicOf<StreamRecord>(() => {}, saved, refusing)
  const deadLetters = topicOf<DeadLetter>(() => {}, [])
  const running = runIngest({ source: quiet, posts, deadLetters }, new AbortController().signal)
  await expect(running).rejects.toBe(away)
  expect(ended).toEqual(['told'])
  expect(saved).toEqual([])
})
