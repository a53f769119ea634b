/** What officials add by hand is counted as every source's posts are. */
import { expect, test } from 'vitest'
import { createPushSource } from '../../../../ingest/sources/push/source.ts'
import { createUploadSource } from '../../../../ingest/sources/push/upload.ts'

const counts = { received: 3, accepted: 2, duplicate: 0, dead: 1, lastEventAt: 70 }

test('nobody hears of it before the first file; then it has counts and no coverage', async () => {
  const source = createUploadSource('push:upload', () => 1_000)
  const stop = new AbortController()
  const batches = source.read(null, stop.signal)[Symbol.asyncIterator]()
  expect(source.isUnused?.()).toBe(true)
  const next = batches.next()
  source.note(counts)
  source.note({ received: 1, accepted: 1, duplicate: 0, dead: 0, lastEventAt: null })
  expect((await next).value).toEqual({
    posts: [],
    deadLetters: [],
    coverage: [],
    received: 4,
    duplicates: 0,
    elsewhere: { accepted: 3, dead: 1, lastEventAt: 70 },
    position: { accepted: 3 },
    progress: null,
  })
  expect(source.isUnused?.()).toBe(false)
  expect(source.status()).toMatchObject({ state: 'finished', detail: '3 posts were added from files.' })
  const ended = batches.next()
  stop.abort()
  expect(await ended).toMatchObject({ done: true })
})

test('after a start it goes on from what was counted, also where nothing could be read', async () => {
  const source = createUploadSource('push:upload', () => 1_000)
  const stop = new AbortController()
  const batches = source.read({ accepted: 0 }, stop.signal)[Symbol.asyncIterator]()
  const next = batches.next()
  await expect.poll(() => source.isUnused?.()).toBe(false)
  source.note(counts)
  expect((await next).value).toMatchObject({ received: 3, position: { accepted: 2 } })
  stop.abort()
})

test.each([
  ['upload', createUploadSource, '5 posts were added from files.'],
  ['push', createPushSource, '5 posts were pushed.'],
] as const)(
  'read again after the topic was away, the %s source counts nothing twice',
  async (_, create, words) => {
    const source = create('push:some', () => 1_000)
    source.note(counts)
    for (let run = 0; run < 3; run++) {
      const stop = new AbortController()
      const batches = source.read({ accepted: 3, coveredTo: 1_000 }, stop.signal)[Symbol.asyncIterator]()
      const next = batches.next()
      await expect.poll(() => source.status().detail).toContain('posts were')
      stop.abort()
      await next
      await batches.return?.(undefined)
    }
    expect(source.status().detail).toBe(words)
  },
)
