import { expect, test } from 'vitest'
import { positionsConfig } from '../../../../ingest/topic/kafka-positions.ts'
import {
  recordsConfig,
  unsafePositions,
  unsafeSettings,
  type TopicSettings,
} from '../../../../ingest/topic/kafka-settings.ts'

function made(copies: number, changes: TopicSettings['values'] = {}): TopicSettings {
  const { configEntries } = recordsConfig('night.posts', 8, copies)
  const values = Object.fromEntries(configEntries.map(({ name, value }) => [name, value]))
  return { topic: 'night.posts', copies, partitions: 8, values: { ...values, ...changes } }
}

test('what is made here with three copies is safe', () => {
  expect(unsafeSettings(made(3), 8)).toEqual([])
  expect(made(3).values['min.insync.replicas']).toBe('2')
  const positions = positionsConfig('night.posts.positions', 3)
  const values = Object.fromEntries((positions.configEntries ?? []).map(({ name, value }) => [name, value]))
  expect(unsafePositions({ topic: positions.topic, copies: 3, partitions: 1, values })).toEqual([])
  expect(values['min.insync.replicas']).toBe('2')
})

test('the broker chooses what must be in step where it chooses the copies', () => {
  expect(recordsConfig('t', 8, -1).configEntries.map(({ name }) => name)).not.toContain('min.insync.replicas')
})

test.each([
  ['one copy', made(1), 8, /one copy/],
  ['two copies, of which one acknowledges', made(2), 8, /min\.insync\.replicas is 1 for 2 copies/],
  [
    'as many in step as there are',
    made(3, { 'min.insync.replicas': '3' }),
    8,
    /one broker away stops the stream/,
  ],
  ['leaders that lack records', made(3, { 'unclean.leader.election.enable': 'true' }), 8, /unclean/],
  ['a day of retention', made(3, { 'retention.ms': '86400000' }), 8, /retention\.ms is 24 h/],
  ['a bound in bytes', made(3, { 'retention.bytes': '1000000' }), 8, /retention\.bytes is set/],
  [
    'the time of its writers',
    made(3, { 'message.timestamp.type': 'CreateTime' }),
    8,
    /message\.timestamp\.type is CreateTime: .*clock.*set LogAppendTime/,
  ],
  ['other partitions', made(3), 16, /8 partitions and TALLYWATCH_PARTITIONS says 16/],
  [
    'a packing that is not read',
    made(3, { 'compression.type': 'lz4' }),
    8,
    /lz4, which this client cannot read/,
  ],
])('%s is told, and nothing else', (_, settings, wanted, words) => {
  expect(unsafeSettings(settings, wanted)).toEqual([expect.stringMatching(words)])
})

test('a topic without end is kept for ever, and settings that may not be read are no accusation', () => {
  expect(unsafeSettings(made(3, { 'retention.ms': '-1' }), 8)).toEqual([])
  expect(
    unsafeSettings({ topic: 't', copies: 3, partitions: 8, values: { 'min.insync.replicas': '2' } }, 8),
  ).toEqual([])
})

function madePositions(copies: number, changes: TopicSettings['values'] = {}): TopicSettings {
  const { topic, configEntries = [] } = positionsConfig('night.posts.positions', copies)
  const values = Object.fromEntries(configEntries.map(({ name, value }) => [name, value]))
  return { topic, copies, partitions: 1, values: { ...values, ...changes } }
}

test.each([
  ['one copy', madePositions(1), /one copy/],
  [
    'no compaction',
    madePositions(3, { 'cleanup.policy': 'delete' }),
    /cleanup\.policy is delete: .*set compact/,
  ],
  [
    'a retention beside the compaction',
    madePositions(3, { 'cleanup.policy': 'compact,delete' }),
    /cleanup\.policy is compact,delete: .*set compact/,
  ],
  [
    'the time of its writers',
    madePositions(3, { 'message.timestamp.type': 'CreateTime' }),
    /message\.timestamp\.type is CreateTime/,
  ],
  [
    'a packing that is not read',
    madePositions(3, { 'compression.type': 'zstd' }),
    /compression\.type is zstd, which this client cannot read; set producer/,
  ],
  [
    'one that acknowledges',
    madePositions(3, { 'min.insync.replicas': '1' }),
    /min\.insync\.replicas is 1 for 3 copies/,
  ],
  [
    'as many in step as there are',
    madePositions(3, { 'min.insync.replicas': '3' }),
    /one broker away stops the stream/,
  ],
  [
    'leaders that lack records',
    madePositions(3, { 'unclean.leader.election.enable': 'true' }),
    /unclean\.leader\.election\.enable is true/,
  ],
])('of the topic of positions %s is told, and nothing else', (_, settings, words) => {
  expect(unsafePositions(settings)).toEqual([expect.stringMatching(words)])
})

test('nothing is said of settings of the topic of positions that may not be read', () => {
  const values = { 'min.insync.replicas': '2' }
  expect(unsafePositions({ topic: 't.positions', copies: 3, partitions: 1, values })).toEqual([])
})
