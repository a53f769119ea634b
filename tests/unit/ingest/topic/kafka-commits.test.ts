import type { EachBatchPayload } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { createCommit } from '../../../../ingest/topic/kafka-commits.ts'

type Offsets = { topics: { topic: string; partitions: { partition: number; offset: string }[] }[] }

/** Payloads of one consumer, and what it was asked to commit; `answer` is the broker's, by the request's number. */
function consumer(answer: (request: number) => Promise<void> = async () => {}) {
  const requests: Offsets[] = []
  const payloadOf = (partition: number) =>
    ({
      batch: { topic: 'posts', partition },
      async commitOffsetsIfNecessary(offsets: Offsets) {
        requests.push(offsets)
        await answer(requests.length)
      },
    }) as unknown as EachBatchPayload
  const asked = () =>
    requests.map(({ topics }) =>
      topics[0]!.partitions.map(({ partition, offset }) => `${partition}:${offset}`),
    )
  return { payloadOf, asked }
}

function refused(type: string): Error {
  return Object.assign(new Error(type), { type })
}

describe('commits', () => {
  test('of several partitions at once are one request', async () => {
    const { payloadOf, asked } = consumer()
    const commit = createCommit()
    await Promise.all([1, 2, 3].map((partition) => commit(payloadOf(partition), 10 * partition)))
    expect(asked()).toEqual([['1:10', '2:20', '3:30']])
  })

  test('that come while one is under way go together after it', async () => {
    let settle: () => void = () => {}
    const first = new Promise<void>((resolve) => (settle = resolve))
    const { payloadOf, asked } = consumer((request) => (request === 1 ? first : Promise.resolve()))
    const commit = createCommit()
    const one = commit(payloadOf(0), 5)
    await expect.poll(asked).toEqual([['0:5']])
    const others = [commit(payloadOf(1), 6), commit(payloadOf(2), 7)]
    await new Promise((resolve) => setImmediate(resolve))
    expect(asked()).toEqual([['0:5']])
    settle()
    await Promise.all([one, ...others])
    expect(asked()).toEqual([['0:5'], ['1:6', '2:7']])
  })

  test('are refused to all of them where the group must be joined anew, and the next goes its own way', async () => {
    const { payloadOf, asked } = consumer(async (request) => {
      if (request === 1) throw refused('ILLEGAL_GENERATION')
    })
    const commit = createCommit()
    const both = await Promise.allSettled([commit(payloadOf(0), 1), commit(payloadOf(1), 1)])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await commit(payloadOf(0), 2)
    expect(asked()).toEqual([['0:1', '1:1'], ['0:2']])
  })

  test('are tried again after anything else', async () => {
    const { payloadOf, asked } = consumer(async (request) => {
      if (request === 1) throw refused('COORDINATOR_LOAD_IN_PROGRESS')
    })
    await createCommit()(payloadOf(4), 9)
    expect(asked()).toEqual([['4:9'], ['4:9']])
  })
})
