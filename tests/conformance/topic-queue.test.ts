import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openQueueTopic } from '../../ingest/topic/queue.ts'
import type { Topic } from '../../ingest/topic/topic.ts'
import {
  collector,
  items,
  itemSchema,
  topicConformance,
  until,
  type Item,
  type TopicHarness,
} from './topic.ts'

async function queueHarness(): Promise<TopicHarness> {
  const dir = await mkdtemp(path.join(tmpdir(), 'tallywatch-queue-'))
  let away = false
  return {
    durable: 'handled',
    sharesOffsets: false,
    async open(options) {
      const topic = await openQueueTopic({ ...options, schema: itemSchema, dir })
      return {
        ...topic,
        // The queue has no server; what can go away is the store behind its handlers.
        consume: (handler) =>
          topic.consume(async (delivery) => {
            if (away) throw new Error('The store is away')
            await handler(delivery)
          }),
      }
    },
    async putInvalid(topic, key) {
      // @ts-expect-error: what the types forbid, but a faulty source might still send
      await topic.publish([{ key, value: { key, seq: 'seven' } }])
      return { detail: 'seq', payload: '"seven"' }
    },
    async goAway() {
      away = true
      return async () => {
        away = false
      }
    },
    stop: () => rm(dir, { recursive: true, force: true }),
  }
}

topicConformance('queue', queueHarness)

describe('queue', () => {
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'tallywatch-queue-'))
  })
  afterAll(() => rm(dir, { recursive: true, force: true }))

  const openQueue = (options: {
    name: string
    capacity?: number
    capacitySize?: number
  }): Promise<Topic<Item>> => openQueueTopic({ partitions: 2, schema: itemSchema, dir, ...options })

  test('publish waits while the queue is full, and goes on when there is room', async () => {
    const topic = await openQueue({ name: 'full', capacity: 100 })
    await topic.publish(items('a', 0, 60))
    let taken = false
    const waiting = topic.publish(items('a', 60, 250)).then(() => (taken = true))
    await until('the queue is full', async () => (await topic.lag()) === 100)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(taken).toBe(false)
    expect(await topic.lag()).toBe(100)
    const got = collector()
    let most = 0
    await topic.consume(async (delivery) => {
      most = Math.max(most, await topic.lag())
      await got.handle(delivery)
    })
    await waiting
    await until('all records', () => got.received.length === 250)
    expect(got.seqs('a')).toEqual(Array.from({ length: 250 }, (_, seq) => seq))
    expect(most).toBeLessThanOrEqual(100)
    await topic.close()
  })

  test('publish waits while what is held is large, however few records it is', async () => {
    const topic = await openQueue({ name: 'large', capacitySize: 10_000 })
    const large = (seq: number, size: number) => ({
      key: 'a',
      value: { key: 'a', seq, pad: 'x'.repeat(size) },
    })
    const records = [...Array.from({ length: 30 }, (_, seq) => large(seq, 1_000)), large(30, 20_000)]
    let most = 0
    const publishing = topic.publish(records)
    await until('the queue is full', async () => (await topic.lag()) >= 9)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await topic.lag()).toBe(9)
    const got = collector()
    const lags: number[] = []
    await topic.consume(async (delivery) => {
      most = Math.max(most, await topic.lag())
      lags.push(delivery.lag)
      await got.handle(delivery)
    })
    await publishing
    await until('all records', () => got.received.length === 31)
    expect(got.seqs('a')).toEqual(Array.from({ length: 31 }, (_, seq) => seq))
    expect(most).toBe(9)
    // A delivery is a part of what is held by its size too, or it would not show that more waits.
    expect(lags[0]).toBeGreaterThan(0)
    await topic.close()
  })

  test('while more comes than fits, every delivery says that more waits behind it', async () => {
    const topic = await openQueueTopic({ name: 'behind', partitions: 8, schema: itemSchema, dir: null })
    const records = Array.from({ length: 50_000 }, (_, seq) => items(`key ${seq}`, seq, seq + 1)[0]!)
    let published = false
    const lags: number[] = []
    await topic.consume(async ({ lag }) => {
      if (!published) lags.push(lag)
      await new Promise((resolve) => setTimeout(resolve, 1))
    })
    await topic.publish(records)
    published = true
    expect(lags.length).toBeGreaterThan(8)
    expect(lags).not.toContain(0)
    await until('none waits', async () => (await topic.lag()) === 0)
    await topic.close()
  })

  test('what was not handled when the queue is closed is refused, and so its position is not saved', async () => {
    const topic = await openQueue({ name: 'refused', capacity: 10 })
    const { durable } = await topic.publish(items('a', 0, 10))
    const waiting = Promise.allSettled([topic.publish(items('a', 10, 20))])
    await topic.close()
    await expect(durable).rejects.toMatchObject({ code: 'closed' })
    expect(await waiting).toMatchObject([{ status: 'rejected', reason: { code: 'closed' } }])
  })

  test('close waits for the deliveries under way', async () => {
    const topic = await openQueue({ name: 'under-way' })
    let finish: () => void = () => {}
    let started = false
    await topic.consume(async () => {
      started = true
      await new Promise<void>((resolve) => (finish = resolve))
    })
    const { durable } = await topic.publish(items('a', 0, 10))
    await until('the handler is at work', () => started)
    const closing = topic.close()
    finish()
    await closing
    await expect(durable).resolves.toBeUndefined()
  })

  test('offsets of two runs never meet', async () => {
    const offsets: number[] = []
    for (let run = 0; run < 2; run++) {
      const topic = await openQueue({ name: 'runs' })
      const got = collector()
      await topic.consume(got.handle)
      await (
        await topic.publish(items('a', 0, 3))
      ).durable
      offsets.push(got.deliveries.at(-1)?.lastOffset ?? -1)
      await topic.close()
    }
    expect(offsets[0]).toBe(2)
    expect(offsets[1]).toBeGreaterThan(1_000_000_000)
    expect(Number.isSafeInteger(offsets[1])).toBe(true)
  })

  test('a save is a whole file in place of the old one, and a damaged file is not taken for an empty one', async () => {
    const topic = await openQueue({ name: 'positions' })
    await topic.savePosition('file:a', { line: 7 })
    expect((await readdir(dir)).filter((name) => name.startsWith('positions'))).toEqual([
      'positions.positions.json',
    ])
    const file = path.join(dir, 'positions.positions.json')
    const content = await readFile(file, 'utf8')
    expect(JSON.parse(content)).toMatchObject({ positions: { 'file:a': { line: 7 } } })
    await topic.close()
    await writeFile(file, content.slice(0, -5))
    await expect(openQueue({ name: 'positions' })).rejects.toThrow(/positions\.positions\.json is damaged/)
  })

  test('without a folder, positions live as long as the topic', async () => {
    const topic = await openQueueTopic({ name: 'memory', partitions: 1, schema: itemSchema, dir: null })
    const position = { cursor: 1 }
    await topic.savePosition('a', position)
    position.cursor = 2
    expect(await topic.loadPosition('a')).toEqual({ cursor: 1 })
    await topic.close()
  })

  test('a name that could leave the folder is refused', async () => {
    await expect(openQueue({ name: '../outside' })).rejects.toThrow(RangeError)
  })
})
