/** What is pushed while nothing can be stored is not acknowledged, and is the same when it is sent again. */
import { expect, onTestFinished, test } from 'vitest'
import { deadLetterSchema, streamRecordSchema, type Post } from '../../../../ingest/contract.ts'
import { createIntake } from '../../../../ingest/sources/push/intake.ts'
import { openQueueTopic } from '../../../../ingest/topic/queue.ts'
import { normalize } from './read.ts'

const RECEIVED = Date.UTC(2026, 10, 4, 2)
const LINES = 50

async function* body(): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < LINES; i++) {
    const record = { text: `tip ${i}`, createdAt: new Date(RECEIVED - 60_000).toISOString() }
    yield Buffer.from(`${JSON.stringify(record)}\n`)
  }
}

test('a store that is away is told (503), and nothing is lost or doubled when it is back', async () => {
  const posts = await openQueueTopic({ name: 'posts', partitions: 2, schema: streamRecordSchema, dir: null })
  const deadLetters = await openQueueTopic({
    name: 'dead',
    partitions: 1,
    schema: deadLetterSchema,
    dir: null,
  })
  const stored = new Map<string, Post>()
  let away = true
  const consumption = await posts.consume(async ({ records }) => {
    if (away) throw new Error('the store is away')
    for (const record of records) if (record.kind === 'post') stored.set(record.post.id, record.post)
  })
  onTestFinished(async () => {
    await consumption.stop()
    await Promise.all([posts.close(), deadLetters.close()])
  })
  const take = createIntake({
    name: 'push:tips',
    normalize,
    posts,
    deadLetters,
    allow: () => 0,
    onTaken: () => {},
    durablePatienceMs: 300,
  })
  const request = {
    format: 'jsonl',
    gzip: false,
    bytesMax: 1_000_000,
    receivedAt: RECEIVED,
    key: 'a'.repeat(64),
    strict: true,
    networkIds: false,
  } as const
  expect(await take(body(), request)).toMatchObject({ ok: false, code: 'not_durable', line: null })
  expect(stored.size).toBe(0)
  away = false
  await expect
    .poll(async () => (await take(body(), request)).ok, { timeout: 20_000, interval: 100 })
    .toBe(true)
  expect(stored.size).toBe(LINES)
})
