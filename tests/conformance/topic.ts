/** What every topic adapter promises, in tests. Each adapter's own file runs this with a harness. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  placeOf,
  type Delivery,
  type InvalidRecord,
  type Topic,
  type TopicRecord,
} from '../../ingest/topic/topic.ts'

export const itemSchema = z.object({ key: z.string(), seq: z.number().int(), pad: z.string().optional() })
export type Item = z.infer<typeof itemSchema>

export interface OpenOptions {
  name: string
  partitions: number
  /** Most records held, where the adapter is bounded by their number. */
  capacity?: number
  deliveryMax?: number
}

export interface TopicHarness {
  /** When `durable` settles: once a consumer has handled the records, or once the brokers have them. */
  durable: 'handled' | 'acknowledged'
  /** Records of one call may share an offset: `lag()` then counts offsets, and what waits behind a delivery is a guess. */
  sharesOffsets: boolean
  /** Opens the topic; again with the same name, it is the same topic in a new process, as far as that can be. */
  open(options: OpenOptions): Promise<Topic<Item>>
  /** Puts something into the topic that is not an Item: `detail` and `payload` are parts of what is told of it. */
  putInvalid(topic: Topic<Item>, key: string): Promise<{ detail: string; payload: string }>
  /** What the topic depends on goes away, without notice. Gives how it comes back. */
  goAway(): Promise<() => Promise<void>>
  stop(): Promise<void>
}

/** Generous: reached only when something is broken, or the machine is very busy. */
const WAIT_MS = 25_000

/** Resolves when the condition holds; throws with `what` when that takes too long. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + WAIT_MS
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`Waited too long: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export function items(key: string, from: number, to: number): TopicRecord<Item>[] {
  return Array.from({ length: to - from }, (_, at) => ({ key, value: { key, seq: from + at } }))
}

/** A handler that keeps what it got. */
export function collector() {
  const deliveries: Delivery<Item>[] = []
  const received: Item[] = []
  const invalid: InvalidRecord[] = []
  return {
    deliveries,
    received,
    invalid,
    handle: async (delivery: Delivery<Item>) => {
      deliveries.push(delivery)
      received.push(...delivery.records)
      invalid.push(...delivery.invalid)
    },
    /** The numbers of one key, each where it came first. */
    seqs: (key: string) => [...new Set(received.filter((item) => item.key === key).map(({ seq }) => seq))],
  }
}

/** Whether the promise is still open, after everything that is ready to run has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open')
  const later = new Promise((resolve) => setTimeout(() => resolve(open), 30))
  return (await Promise.race([promise, later])) === open
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at)

export function topicConformance(adapter: string, makeHarness: () => Promise<TopicHarness>): void {
  describe(`topic: ${adapter}`, () => {
    let harness: TopicHarness
    let count = 0
    const open: Topic<Item>[] = []

    /** Opens a topic of its own for this test, or the one that it already has under another handle. */
    const openTopic = async (options: Partial<OpenOptions> = {}): Promise<Topic<Item>> => {
      const topic = await harness.open({ name: `topic-${count}`, partitions: 3, ...options })
      open.push(topic)
      return topic
    }

    beforeAll(async () => {
      harness = await makeHarness()
    })
    afterEach(async () => {
      count++
      for (const topic of open.splice(0)) await topic.close()
    })
    afterAll(() => harness?.stop())

    test('a partition keeps its order, and a key stays in one partition', async () => {
      const topic = await openTopic()
      const keys = range(0, 12).map((number) => `key-${number}`)
      const got = collector()
      await topic.consume(got.handle)
      for (let from = 0; from < 300; from += 50) {
        await topic.publish(
          range(from, from + 50).flatMap((seq) => keys.map((key) => ({ key, value: { key, seq } }))),
        )
      }
      await until('all records', () => got.received.length === 3_600)
      const homes = new Map<string, Set<number>>()
      for (const { partition, records } of got.deliveries) {
        for (const { key } of records) homes.set(key, (homes.get(key) ?? new Set()).add(partition))
      }
      for (const key of keys) {
        expect(got.seqs(key)).toEqual(range(0, 300))
        expect(homes.get(key)?.size).toBe(1)
      }
      expect(new Set([...homes.values()].flatMap((home) => [...home]))).toEqual(new Set([0, 1, 2]))
    })

    test('publish calls that are not awaited keep their order too', async () => {
      const topic = await openTopic({ capacity: 500 })
      const got = collector()
      await topic.consume(got.handle)
      await Promise.all(range(0, 40).map((at) => topic.publish(items('one', at * 50, at * 50 + 50))))
      await until('all records', () => got.received.length === 2_000)
      expect(got.received.map(({ seq }) => seq)).toEqual(range(0, 2_000))
    })

    test('a record goes to the partition that it names, and to no other', async () => {
      const topic = await openTopic()
      const got = collector()
      await topic.consume(got.handle)
      const everywhere = range(0, 3).map((partition) => ({
        key: 'end',
        partition,
        value: { key: 'end', seq: partition },
      }))
      await topic.publish(everywhere)
      await until('one record a partition', () => got.received.length === 3)
      for (const { partition, records } of got.deliveries)
        expect(records.map(({ seq }) => seq)).toEqual([partition])
      await expect(topic.publish([{ key: 'a', partition: 3, value: { key: 'a', seq: 0 } }])).rejects.toThrow(
        RangeError,
      )
    })

    test('offsets grow, and lag tells what waits behind a delivery', async () => {
      const topic = await openTopic({ partitions: 1, deliveryMax: 100 })
      const taken = await topic.publish(items('a', 0, 250))
      const got = collector()
      await topic.consume(got.handle)
      await taken.durable
      await until('all records', () => got.received.length === 250)
      const sizes = got.deliveries.map(({ records }) => records.length)
      expect(Math.max(...sizes)).toBeLessThanOrEqual(100)
      const lasts = got.deliveries.map(({ lastOffset }) => lastOffset)
      const steps = lasts.slice(1).map((last, at) => last - lasts[at]!)
      const [first, last] = [got.deliveries[0]!, got.deliveries.at(-1)!]
      const behind = 250 - first.records.length
      // As many as there are records, or fewer where these share offsets.
      expect(steps.every((step, at) => step > 0 && step <= sizes[at + 1]!)).toBe(true)
      expect(steps.every((step, at) => step === sizes[at + 1])).toBe(!harness.sharesOffsets)
      const guess = harness.sharesOffsets ? 2 : 1
      expect(first.lag).toBeGreaterThanOrEqual(behind / guess)
      expect(first.lag).toBeLessThanOrEqual(behind * guess)
      expect(last.lag).toBe(0)
      await until('everything committed', async () => (await topic.lag()) === 0)
    })

    test('what the handler refused is delivered again, the same and before anything newer', async () => {
      const topic = await openTopic({ partitions: 1, deliveryMax: 50 })
      const got = collector()
      const refused: Delivery<Item>[] = []
      await topic.publish(items('a', 0, 200))
      await topic.consume(async (delivery) => {
        if (refused.length < 3 && delivery.records.some(({ seq }) => seq >= 100)) {
          refused.push(delivery)
          throw new Error('The store is away')
        }
        await got.handle(delivery)
      })
      await until('all records', () => got.received.length >= 200)
      expect(got.received.map(({ seq }) => seq)).toEqual(range(0, 200))
      expect(refused).toHaveLength(3)
      for (const { records } of refused) expect(records).toEqual(refused[0]?.records)
      await until('everything committed', async () => (await topic.lag()) === 0)
    })

    test('durable says what it promises, and the lag goes down only when the handler is done', async () => {
      const topic = await openTopic()
      const taken = await topic.publish(items('a', 0, 10))
      const waitsForHandler = harness.durable === 'handled'
      if (!waitsForHandler) await taken.durable
      expect(await isPending(taken.durable)).toBe(waitsForHandler)
      const waiting = harness.sharesOffsets ? 1 : 10
      await until('the records wait', async () => (await topic.lag()) === waiting)
      let finish: () => void = () => {}
      const finished = new Promise<void>((resolve) => (finish = resolve))
      let seen = 0
      await topic.consume(async ({ records }) => {
        seen += records.length
        await finished
      })
      await until('the handler has them', () => seen > 0)
      expect(await isPending(taken.durable)).toBe(waitsForHandler)
      expect(await topic.lag()).toBe(waiting)
      finish()
      await taken.durable
      await until('everything committed', async () => (await topic.lag()) === 0)
      await (
        await topic.publish([])
      ).durable
    })

    test('positions: none at first, then the newest of each source, also after opening again', async () => {
      const topic = await openTopic()
      expect(await topic.loadPosition('jetstream')).toBeNull()
      for (const cursor of range(0, 20)) await topic.savePosition('jetstream', { cursor })
      await Promise.all([topic.savePosition('file:a', { line: 1 }), topic.savePosition('file:b', 'b2')])
      await topic.close()
      const again = await openTopic()
      expect(await again.loadPosition('jetstream')).toEqual({ cursor: 19 })
      expect(await again.loadPosition('file:a')).toEqual({ line: 1 })
      expect(await again.loadPosition('file:b')).toBe('b2')
      expect(await again.loadPosition('file:c')).toBeNull()
    })

    test('a source that goes on from its saved position loses nothing, wherever it was stopped', async () => {
      const handled = new Set<number>()
      const total = 1_200
      for (const stopAt of [150, 700, Infinity]) {
        const topic = await openTopic({ capacity: 200, deliveryMax: 50 })
        const start = Number((await topic.loadPosition('source')) ?? 0)
        let stopped = false
        await topic.consume(async ({ records }) => {
          if (stopped) throw new Error('The process is going down')
          for (const { seq } of records) handled.add(seq)
          stopped = handled.size >= stopAt
        })
        let saved: Promise<unknown> = Promise.resolve()
        const publishing = (async () => {
          for (let from = start; from < total; from += 60) {
            const to = Math.min(from + 60, total)
            const batch = range(from, to).map((seq) => ({
              key: `k${seq % 7}`,
              value: { key: `k${seq % 7}`, seq },
            }))
            const { durable } = await topic.publish(batch)
            saved = Promise.all([saved, durable]).then(() => topic.savePosition('source', to))
            // What failed is seen where `saved` is awaited; here it only must not count as overlooked.
            saved.catch(() => {})
          }
          await saved
        })()
        if (stopAt === Infinity) await publishing
        else {
          await until('the stop', () => stopped)
          // The process ends here: whatever was promised or not, what counts is the position that was saved.
          const ended = Promise.allSettled([publishing])
          await topic.close()
          await ended
        }
      }
      await until('all records', () => handled.size === total)
      expect([...handled].sort((a, b) => a - b)).toEqual(range(0, total))
    })

    test('a consumer that starts later goes on where the one before it stopped', async () => {
      const topic = await openTopic({ deliveryMax: 20 })
      await topic.publish(
        range(0, 300).map((seq) => ({ key: `k${seq % 9}`, value: { key: `k${seq % 9}`, seq } })),
      )
      const first = collector()
      const consumption = await topic.consume(async (delivery) => {
        await first.handle(delivery)
        await new Promise((resolve) => setTimeout(resolve, 2))
      })
      await until('some records', () => first.received.length >= 40)
      await consumption.stop()
      const atStop = first.received.length
      const second = collector()
      await topic.publish(items('late', 300, 320))
      await topic.consume(second.handle)
      await until('the rest', () => first.received.length + second.received.length >= 320)
      expect(first.received).toHaveLength(atStop)
      const seqs = [...first.received, ...second.received].map(({ seq }) => seq).sort((a, b) => a - b)
      expect(seqs).toEqual(range(0, 320))
    })

    test('stop waits for the delivery under way, and what it handled is not delivered again', async () => {
      const topic = await openTopic({ partitions: 1 })
      let finish: () => void = () => {}
      const finished = new Promise<void>((resolve) => (finish = resolve))
      let started = false
      const consumption = await topic.consume(async () => {
        started = true
        await finished
      })
      for (let seq = 0; seq < 10; seq++) await topic.publish(items('a', seq, seq + 1))
      await until('the handler is at work', () => started)
      const stopping = consumption.stop()
      expect(await isPending(stopping)).toBe(true)
      finish()
      await stopping
      const lagAtStop = await topic.lag()
      const got = collector()
      await topic.consume(got.handle)
      await topic.publish(items('a', 10, 20))
      await until('the new records', () => got.seqs('a').includes(19))
      // A fetch may have ended in the middle of the ten; what was in the handler's hands is committed all the same.
      expect(got.received.filter(({ seq }) => seq < 10)).toHaveLength(lagAtStop)
      expect(lagAtStop).toBeLessThan(10)
    })

    test('a batch of 50,000 records is taken in pieces', async () => {
      const topic = await openTopic({ capacity: 5_000 })
      const got = collector()
      await topic.consume(got.handle)
      const pad = 'x'.repeat(150)
      const batch = range(0, 50_000).map((seq) => ({
        key: `k${seq % 50}`,
        value: { key: `k${seq % 50}`, seq, pad },
      }))
      const { durable } = await topic.publish(batch)
      await durable
      await until('all records', () => got.received.length >= 50_000)
      expect(new Set(got.received.map(({ seq }) => seq)).size).toBe(50_000)
      for (const key of ['k0', 'k31']) {
        const seqs = got.seqs(key)
        expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
      }
    })

    test('a record that is too large is refused, and with it all of its batch', async () => {
      const topic = await openTopic()
      const got = collector()
      await topic.consume(got.handle)
      const large = { key: 'a', value: { key: 'a', seq: 1, pad: 'ü'.repeat(600_000) } }
      await expect(topic.publish([...items('a', 0, 1), large, ...items('a', 2, 3)])).rejects.toMatchObject({
        name: 'TopicError',
        code: 'record_too_large',
      })
      const nearlyTooLarge = { key: 'a', value: { key: 'a', seq: 4, pad: 'x'.repeat(900_000) } }
      await (
        await topic.publish([...items('a', 3, 4), nearlyTooLarge, { ...nearlyTooLarge }])
      ).durable
      await until('what came later', () => got.received.length === 3)
      expect(got.received.map(({ seq }) => seq)).toEqual([3, 4, 4])
    })

    test('a value that is not of the schema is set aside and does not stop the stream', async () => {
      const topic = await openTopic({ partitions: 1 })
      const got = collector()
      const before = await topic.publish(items('a', 0, 5))
      if (harness.durable === 'acknowledged') await before.durable
      const { detail, payload } = await harness.putInvalid(topic, 'a')
      await topic.publish(items('a', 5, 10))
      await topic.consume(got.handle)
      await until('all records', () => got.received.length === 10)
      expect(got.seqs('a')).toEqual(range(0, 10))
      expect(got.invalid).toHaveLength(1)
      expect(got.invalid[0]).toMatchObject({ partition: 0 })
      expect(got.invalid[0]?.detail).toContain(detail)
      expect(got.invalid[0]?.payload).toContain(payload)
      const last = got.deliveries.at(-1)?.lastOffset ?? 0
      expect(got.invalid[0]?.offset).toBe(harness.sharesOffsets ? last - 1 : last - 5)
      await until('everything committed', async () => (await topic.lag()) === 0)
    })

    test('what is set aside has one place, however often it is delivered', async () => {
      const topic = await openTopic({ partitions: 1 })
      const before = await topic.publish(items('a', 0, 5))
      if (harness.durable === 'acknowledged') await before.durable
      await harness.putInvalid(topic, 'a')
      await harness.putInvalid(topic, 'a')
      const places: string[] = []
      let refusals = 0
      await topic.consume(async ({ invalid }) => {
        places.push(...invalid.map(placeOf))
        if (invalid.length > 0 && refusals++ < 3) throw new Error('The store is away')
      })
      await until('everything committed', async () => refusals > 3 && (await topic.lag()) === 0)
      expect(places.length).toBeGreaterThan(2)
      expect(new Set(places).size).toBe(2)
    })

    test('three consumers share the partitions; one leaves; nothing is lost and no order is broken', async () => {
      const topic = await openTopic({ partitions: 6, deliveryMax: 25, capacity: 2_000 })
      const inHand = new Set<number>()
      const got = collector()
      const shares = [new Set<number>(), new Set<number>(), new Set<number>()]
      let overlaps = 0
      const join = (share: Set<number>) =>
        topic.consume(async (delivery) => {
          if (inHand.has(delivery.partition)) overlaps++
          inHand.add(delivery.partition)
          await new Promise((resolve) => setTimeout(resolve, 1))
          inHand.delete(delivery.partition)
          share.add(delivery.partition)
          await got.handle(delivery)
        })
      const consumptions = await Promise.all(shares.map(join))
      let next = 0
      const publishSome = async () => {
        const batch = range(next, next + 60).map((seq) => ({
          key: `k${seq % 30}`,
          value: { key: `k${seq % 30}`, seq },
        }))
        next += 60
        await topic.publish(batch)
      }
      const sharedBy = (number: number) => shares.filter((share) => share.size > 0).length === number
      await until('all three at work', async () => {
        await publishSome()
        return sharedBy(3)
      })
      await consumptions[0]?.stop()
      for (const share of shares) share.clear()
      await until('the other two have all partitions', async () => {
        await publishSome()
        return sharedBy(2) && new Set(shares.flatMap((share) => [...share])).size === 6
      })
      expect(shares[0]?.size).toBe(0)
      await until('all records', () => new Set(got.received.map(({ seq }) => seq)).size === next)
      expect(overlaps).toBe(0)
      for (const key of range(0, 30).map((number) => `k${number}`)) {
        const seqs = got.seqs(key)
        expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
      }
    })

    test('a partition whose handler fails does not hold up the others for good', async () => {
      const topic = await openTopic({ partitions: 2 })
      const got = collector()
      let failing = true
      await topic.consume(async (delivery) => {
        if (failing && delivery.partition === 0) throw new Error('The store refuses this partition')
        await got.handle(delivery)
      })
      const both = (seq: number) =>
        [0, 1].map((partition) => ({ key: 'a', partition, value: { key: `p${partition}`, seq } }))
      for (const seq of range(0, 4)) {
        await topic.publish(both(seq))
        await until('the healthy partition', () => got.seqs('p1').length === seq + 1)
      }
      expect(got.seqs('p0')).toEqual([])
      failing = false
      await until('the other one', () => got.seqs('p0').length === 4)
      expect(got.seqs('p0')).toEqual(range(0, 4))
    })

    test('what was there goes away and comes back: nothing that was promised is lost', async () => {
      const topic = await openTopic({ capacity: 1_000, deliveryMax: 100 })
      const got = collector()
      await topic.consume(got.handle)
      const keys = range(0, 6).map((number) => `k${number}`)
      const promised: Promise<void>[] = []
      let sent = 0
      const publishOn = async (to: number) => {
        for (; sent < to; sent++) {
          const batch = range(sent * 20, sent * 20 + 20).flatMap((seq) =>
            keys.map((key) => ({ key, value: { key, seq } })),
          )
          promised.push((await topic.publish(batch)).durable)
        }
      }
      await publishOn(20)
      await until('records flow', () => got.received.length > 0)
      const comeBack = await harness.goAway()
      const publishing = publishOn(60)
      await comeBack()
      await publishing
      await Promise.all(promised)
      await until('all records', () => keys.every((key) => got.seqs(key).length === 1_200))
      for (const key of keys) expect(got.seqs(key)).toEqual(range(0, 1_200))
      await topic.savePosition('source', 'afterwards')
      expect(await topic.loadPosition('source')).toBe('afterwards')
      await until('everything committed', async () => (await topic.lag()) === 0)
    })

    test('a closed topic says so', async () => {
      const topic = await openTopic()
      await topic.close()
      const closed = { name: 'TopicError', code: 'closed' }
      await expect(topic.publish(items('a', 0, 1))).rejects.toMatchObject(closed)
      await expect(topic.consume(async () => {})).rejects.toMatchObject(closed)
      await expect(topic.savePosition('a', 1)).rejects.toMatchObject(closed)
      await expect(topic.loadPosition('a')).rejects.toMatchObject(closed)
      await expect(topic.lag()).rejects.toMatchObject(closed)
      await topic.close()
    })
  })
}
