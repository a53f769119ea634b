/** What a process tells of its topics when deliveries and publishing fail, hang, or go to another process. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createBacklog } from '../../../api/boot/watching/backlog.ts'
import { createMetrics } from '../../../api/boot/watching/metrics.ts'
import { createPublishing } from '../../../api/boot/watching/publishing.ts'
import { watchTopics } from '../../../api/boot/watching/watch-topics.ts'
import type { StreamRecord } from '../../../ingest/contract.ts'
import type { Handler, Published, Topic } from '../../../ingest/topic/topic.ts'
import { barePost } from '../../services/bare-post.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

let clock = 30_000_000 * MINUTE
const now = () => clock

describe('the backlog', () => {
  test('forgets a refused delivery whose partition went to another worker', () => {
    const backlog = createBacklog(now)
    backlog.begin('posts/3', [clock])
    backlog.fail('posts/3')
    clock += 10 * SECOND
    expect(backlog.behindMs()).toBe(10 * SECOND)
    for (let minute = 0; minute < 600; minute++) {
      backlog.begin('posts/1', [clock])
      clock += MINUTE
      backlog.end('posts/1', [clock], 0)
    }
    expect(backlog.behindMs()).toBe(0)
  })

  test('counts one that comes again after each pause from when it first came', () => {
    const backlog = createBacklog(now)
    for (let again = 0; again < 60; again++) {
      backlog.begin('posts/3', [clock])
      backlog.fail('posts/3')
      clock += 10 * SECOND
    }
    expect(backlog.behindMs()).toBe(10 * MINUTE)
  })

  test('counts one that hangs for as long as it hangs', () => {
    const backlog = createBacklog(now)
    backlog.begin('posts/3', [clock])
    clock += 10 * HOUR
    expect(backlog.behindMs()).toBe(10 * HOUR)
  })

  test('begins anew with a partition that comes back after others had it', () => {
    const backlog = createBacklog(now)
    backlog.begin('posts/3', [clock])
    backlog.fail('posts/3')
    clock += HOUR
    backlog.begin('posts/3', [clock - SECOND])
    expect(backlog.behindMs()).toBe(SECOND)
  })
})

describe('publishing', () => {
  test('has stopped since the oldest that is not acknowledged, and since one that was refused until one succeeds', () => {
    const publishing = createPublishing(now)
    expect(publishing.stuckMs()).toBe(0)
    const [first, second] = [publishing.begin(), publishing.begin()]
    clock += SECOND
    second.acknowledged()
    expect(publishing.stuckMs()).toBe(SECOND)
    clock += MINUTE
    first.refused()
    clock += HOUR
    expect(publishing.stuckMs()).toBe(HOUR + MINUTE + SECOND)
    const third = publishing.begin()
    clock += SECOND
    expect(publishing.stuckMs()).toBe(HOUR + MINUTE + 2 * SECOND)
    third.acknowledged()
    expect(publishing.stuckMs()).toBe(0)
  })
})

describe('the topics', () => {
  beforeEach(() => void vi.useFakeTimers({ now: clock, toFake: ['Date'] }))
  afterEach(() => void vi.useRealTimers())

  /** A topic whose brokers are away or not, and whose one delivery of a partition a test gives by hand. */
  async function open() {
    const metrics = createMetrics('all')
    const backlog = createBacklog(Date.now)
    let away = false
    let handle: Handler<StreamRecord> = async () => {}
    let refuses = false
    const inner = {
      publish: async (records: readonly unknown[]): Promise<Published> => ({
        durable: away && records.length > 0 ? Promise.reject(new Error('away')) : Promise.resolve(),
      }),
      consume: async (handler: Handler<StreamRecord>) => {
        handle = handler
        return { stop: async () => {} }
      },
    } as unknown as Topic<StreamRecord>
    const topics = { posts: inner, deadLetters: inner as never, close: async () => {} }
    const watched = watchTopics(topics, { metrics, backlog, traces: null, now: Date.now })
    await watched.posts.consume(async () => {
      if (refuses) throw new Error('full')
    })
    const told = async (series: string): Promise<number | null> => {
      const line = (await metrics.write()).split('\n').find((one) => one.startsWith(`${series} `))
      return line === undefined ? null : Number(line.split(' ')[1])
    }
    return {
      told,
      behindMs: () => backlog.behindMs(),
      setAway: (is: boolean) => void (away = is),
      setRefuses: (is: boolean) => void (refuses = is),
      publish: async (count = 1): Promise<void> => {
        const value = { kind: 'end', source: 's', lastEventAt: 1 } as const
        const { durable } = await watched.posts.publish(
          Array.from({ length: count }, () => ({ key: 's', value })),
        )
        await Promise.allSettled([durable])
        await Promise.resolve()
      },
      deliver: async (partition: number, lag: number): Promise<void> => {
        const at = Date.now()
        const post = barePost({ id: 'p', source: 's', createdAt: at, capturedAt: at, text: 'Polls are open' })
        const records = [{ kind: 'post', post } as const]
        await Promise.allSettled([handle({ partition, records, invalid: [], lastOffset: 1, lag })])
      },
    }
  }

  const STUCK = 'tallywatch_topic_unacknowledged_seconds{topic="posts"}'

  test('an outage of the brokers is told for as long as it lasts, though nothing is published meanwhile', async () => {
    const { told, behindMs, setAway, publish } = await open()
    await publish()
    expect([await told(STUCK), behindMs()]).toEqual([0, 0])
    setAway(true)
    await publish()
    vi.setSystemTime(Date.now() + HOUR)
    expect([await told(STUCK), behindMs()]).toEqual([3_600, HOUR])
    // Of nothing it takes all.
    await publish(0)
    expect([await told(STUCK), behindMs()]).toEqual([3_600, HOUR])
    setAway(false)
    await publish()
    expect([await told(STUCK), behindMs()]).toEqual([0, 0])
  })

  test('a delivery that was refused and never comes again is another worker’s', async () => {
    const { behindMs, setRefuses, deliver } = await open()
    setRefuses(true)
    await deliver(3, 0)
    vi.setSystemTime(Date.now() + 30 * SECOND)
    expect(behindMs()).toBe(30 * SECOND)
    vi.setSystemTime(Date.now() + HOUR)
    expect(behindMs()).toBe(0)
  })

  test('what waits in a partition is told while it is this process’s', async () => {
    const { told, setRefuses, deliver } = await open()
    const lag = (partition: number) =>
      told(`tallywatch_topic_lag_records{topic="posts",partition="${partition}"}`)
    await deliver(0, 700)
    expect(await lag(0)).toBe(700)
    setRefuses(true)
    await deliver(1, 900)
    vi.setSystemTime(Date.now() + 50 * SECOND)
    await deliver(1, 950)
    vi.setSystemTime(Date.now() + 50 * SECOND)
    expect([await lag(0), await lag(1)]).toEqual([null, 950])
  })
})
