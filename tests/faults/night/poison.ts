/** Records that no worker can make sense of, in every partition, in the middle of the night. */
import kafkajs from 'kafkajs'
import { barePost } from '../../services/bare-post.ts'
import type { Scene } from './play.ts'

/** What a program that is none of ours may write, or a version of ours with a fault. */
function records(now: number): (string | Buffer | null)[] {
  const [id, source, text] = ['bluesky:did:plc:poison/1', 'bluesky', 'Scanners are down']
  const post = barePost({ id, source, createdAt: now, capturedAt: now, text })
  const asPost = (change: object) => JSON.stringify({ kind: 'post', post: { ...post, ...change } })
  return [
    'this is no JSON',
    '',
    null,
    Buffer.from([0xff, 0xfe, 0x00, 0x80]),
    '{"kind":"post"}',
    JSON.stringify({ kind: 'unknown', post }),
    // Whole by its form, and of a time that no table takes.
    asPost({ createdAt: -1 }),
    asPost({ createdAt: Number.MAX_SAFE_INTEGER }),
    asPost({ capturedAt: -62_000_000_000_000 }),
    JSON.stringify({
      kind: 'coverage',
      coverage: { source: 'x', from: -1e15, to: 1e15, kind: 'none', share: 0 },
    }),
    JSON.stringify({
      kind: 'change',
      change: { source: 'x', of: 'post', subject: 'x', change: 'deleted', at: 9e15 },
    }),
    JSON.stringify({ kind: 'end', source: 'x', lastEventAt: -9e15 }),
    JSON.stringify({
      kind: 'status',
      status: { source: 'x', state: 'running', detail: '', since: 9e15 },
    }),
    'x'.repeat(500_000),
    LINES.join('\n'),
  ]
}

/** Of one record, each set aside by itself. */
const LINES = ['no JSON', '{"kind":"post"}', '{"kind":"unknown"}']

/** How many are set aside, in each partition. */
export const POISONED = records(0).length - 1 + LINES.length

/** Puts them into every partition; gives how many there are. */
export async function poison({ servers, namespace }: Scene): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: servers.kafka.brokers, logLevel: kafkajs.logLevel.NOTHING })
  const [admin, producer] = [
    kafka.admin(),
    kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner }),
  ]
  await Promise.all([admin.connect(), producer.connect()])
  try {
    const topic = `${namespace}.posts`
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    for (const { partitionId } of topics[0]!.partitions) {
      for (const value of records(Date.now()))
        await producer.send({ topic, messages: [{ partition: partitionId, key: 'poison', value }] })
    }
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect()])
  }
}
