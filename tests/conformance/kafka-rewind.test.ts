/** A topic's group is set back to where it stood, or to a time, and never forward. */
import { expect, inject, test } from 'vitest'
import { groupOf, openKafkaTopic } from '../../ingest/topic/kafka.ts'
import { readStands, setBackGroups } from '../../ingest/topic/kafka-rewind.ts'
import type { Topic } from '../../ingest/topic/topic.ts'
import { collector, items, itemSchema, until, type Item } from './topic.ts'

const brokers = () => inject('kafkaBrokers')

async function carry(topic: Topic<Item>, from: number, to: number): Promise<void> {
  const got = collector()
  const consumption = await topic.consume(got.handle)
  for (const item of items('a', from, to)) await (await topic.publish([item])).durable
  await until('all records', () => got.received.length === to - from)
  await consumption.stop()
}

async function readAgain(topic: Topic<Item>, expected: number): Promise<number[]> {
  const got = collector()
  const consumption = await topic.consume(got.handle)
  await until('all records', () => got.received.length >= expected)
  await consumption.stop()
  return got.received.map(({ seq }) => seq)
}

test('by where it stood, by a time, and not while it has members', { timeout: 120_000 }, async () => {
  const name = `rewind-${process.pid}`
  const open = { name, partitions: 1, schema: itemSchema, brokers: brokers(), group: 'test' }
  const topic = await openKafkaTopic({ ...open, clientId: 'conformance' })
  const absent = { topic: `${name}-absent`, group: 'test.absent' }
  const groups = { brokers: brokers(), groups: [{ topic: name, group: groupOf('test', name) }, absent] }
  try {
    expect(await readStands(groups)).toEqual({})
    await carry(topic, 0, 3)
    const stands = await readStands(groups)
    expect(stands).toEqual({ [name]: { 0: 3 } })
    const between = Date.now()
    await carry(topic, 3, 5)
    const never = between + 86_400_000

    const member = await topic.consume(async () => {})
    await expect(setBackGroups(groups, { time: 0, stands })).rejects.toMatchObject({ code: 'in_use' })
    await member.stop()

    expect(await setBackGroups(groups, { time: never, stands })).toEqual([{ topic: name, again: 2, gone: 0 }])
    expect(await readAgain(topic, 2)).toEqual([3, 4])
    expect(await setBackGroups(groups, { time: between, stands: {} })).toEqual([
      { topic: name, again: 2, gone: 0 },
    ])
    expect(await readAgain(topic, 2)).toEqual([3, 4])
    // As after brokers that lost all: an earlier topic of this name was further, and a time is the earlier of both.
    const elsewhere = { [name]: { 0: 1_000 } }
    expect(await setBackGroups(groups, { time: 0, stands: elsewhere })).toMatchObject([{ again: 5 }])
    expect(await readAgain(topic, 5)).toEqual([0, 1, 2, 3, 4])
    expect(await setBackGroups(groups, { time: never, stands: elsewhere })).toMatchObject([{ again: 0 }])
    expect(await readStands(groups)).toEqual({ [name]: { 0: 5 } })
  } finally {
    await topic.close()
  }
})
