/** Where a topic's group stands, to be kept with a backup of the store, and how it is set back to there. */
import type { Admin } from 'kafkajs'
import type { KafkaSecurity } from '../base/kafka-security.ts'
import { createKafkaClient, type KafkaClient } from './kafka-client.ts'
import { TopicError } from './topic.ts'

/** As long as an opening of the topic is patient. */
const UNAVAILABLE_AFTER_MS = 60_000
/** States in which a group has no member (kafkajs's `setOffsets` wants one of them). */
const WITHOUT_MEMBERS = new Set(['Empty', 'Dead'])

export interface GroupsOptions {
  /** `host:port` of some brokers. */
  brokers: string[]
  security?: KafkaSecurity | undefined
  /** Topics, each with its group. */
  groups: readonly { topic: string; group: string }[]
  unavailableAfterMs?: number
}

/** By topic and partition: the offset that its group reads next. Where it never read, and topics that are not there, are left out. */
export type Stands = Record<string, Record<string, number>>

/** What a group reads again, in records: of those that the topic still holds, and how many it holds no more. */
export interface SetBack {
  topic: string
  again: number
  gone: number
}

/** Throws TopicError `unavailable` or `refused`. */
export function readStands(options: GroupsOptions): Promise<Stands> {
  return withAdmin(options, async (admin, groups) => {
    const stands: Stands = {}
    for (const { topic, group } of groups) {
      const committed = await readCommitted(admin, topic, group)
      if (committed.size > 0) stands[topic] = Object.fromEntries(committed)
    }
    return stands
  })
}

/** Throws TopicError `in_use` where a group has members; `unavailable` or `refused`. */
export function checkWithoutMembers(options: GroupsOptions): Promise<void> {
  return withAdmin(options, refuseMembers)
}

async function refuseMembers(admin: Admin, groups: GroupsOptions['groups']): Promise<void> {
  const { groups: found } = await admin.describeGroups(groups.map(({ group }) => group))
  for (const { groupId, state } of found)
    if (!WITHOUT_MEMBERS.has(state)) throw new TopicError('in_use', `The group ${groupId} has members`)
}

/**
 * Sets each group back to where it stood by `stands`, or at `time` (epoch ms, by the broker's clock) where that is
 * earlier, never forward: the offsets are of another topic where it was made anew since, and times alone say nothing of
 * what waited then. Throws TopicError `in_use` before anything is changed where a group has members, which would commit
 * over it; `unavailable` or `refused`.
 */
export function setBackGroups(
  options: GroupsOptions,
  { time, stands }: { time: number; stands: Stands },
): Promise<SetBack[]> {
  return withAdmin(options, async (admin, groups) => {
    await refuseMembers(admin, groups)
    const all: SetBack[] = []
    for (const one of groups) all.push(await setBack(admin, one, time, stands[one.topic] ?? {}))
    return all
  })
}

async function setBack(
  admin: Admin,
  { topic, group }: { topic: string; group: string },
  time: number,
  stand: Stands[string],
): Promise<SetBack> {
  const committed = await readCommitted(admin, topic, group)
  const held = new Map(
    (await admin.fetchTopicOffsets(topic)).map(({ partition, low }) => [partition, Number(low)]),
  )
  const partitions: { partition: number; offset: string }[] = []
  let again = 0
  let gone = 0
  for (const { partition, offset } of await admin.fetchTopicOffsetsByTimestamp(topic, time)) {
    const now = committed.get(partition)
    if (now === undefined) continue
    const target = Math.min(now, Number(offset), stand[partition] ?? Infinity)
    if (target === now) continue
    const from = Math.max(target, held.get(partition) ?? 0)
    again += Math.max(0, now - from)
    gone += Math.min(from, now) - target
    partitions.push({ partition, offset: String(target) })
  }
  if (partitions.length > 0) await admin.setOffsets({ groupId: group, topic, partitions })
  return { topic, again, gone }
}

async function readCommitted(admin: Admin, topic: string, group: string): Promise<Map<number, number>> {
  const committed = new Map<number, number>()
  for (const { partitions } of await admin.fetchOffsets({ groupId: group, topics: [topic] }))
    for (const { partition, offset } of partitions)
      if (Number(offset) >= 0) committed.set(partition, Number(offset))
  return committed
}

/** Gives those of the groups whose topic is there. */
async function withAdmin<R>(
  { brokers, security, groups, unavailableAfterMs = UNAVAILABLE_AFTER_MS }: GroupsOptions,
  work: (admin: Admin, groups: GroupsOptions['groups']) => Promise<R>,
): Promise<R> {
  const client: KafkaClient = createKafkaClient({
    brokers,
    clientId: 'tallywatch',
    unavailableAfterMs,
    security,
  })
  const admin = client.kafka.admin()
  try {
    await client.insistOnConnecting(() => admin.connect())
    return await client.insist('read where the topics stand', async () => {
      const there = new Set(await admin.listTopics())
      return work(
        admin,
        groups.filter(({ topic }) => there.has(topic)),
      )
    })
  } finally {
    client.close()
    await admin.disconnect()
  }
}
