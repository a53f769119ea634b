/** An installation of which only its topic and its store are there, for a test that starts a role between them. */
import { openTopics } from '../../api/boot/backends.ts'
import { readConfig } from '../../api/boot/config.ts'
import { openClickhouseStore } from '../../classify/store/clickhouse.ts'
import { sql } from '../../classify/store/sql.ts'
import { barePost } from './bare-post.ts'

export interface Installation extends AsyncDisposable {
  /** With which a role joins it. */
  env: Record<string, string>
  /** Resolves when the post is in the topic. */
  publish: (id: string) => Promise<void>
  /** Distinct posts in the store. */
  stored: () => Promise<number>
}

export async function openInstallation(
  namespace: string,
  brokers: readonly string[],
  clickhouseUrl: string,
): Promise<Installation> {
  const env = {
    KAFKA_BROKERS: brokers.join(','),
    CLICKHOUSE_URL: clickhouseUrl,
    TALLYWATCH_NAMESPACE: namespace,
    TALLYWATCH_PARTITIONS: '1',
  }
  const { backends, partitions } = readConfig(env)
  const topics = await openTopics({ backends, namespace, partitions })
  const store = await openClickhouseStore({ url: clickhouseUrl, database: namespace })
  return {
    env,
    async publish(id) {
      const now = Date.now()
      const post = barePost({ id, source: 'test', createdAt: now, capturedAt: now, text: 'Polls are open' })
      const published = await topics.posts.publish([{ key: id, value: { kind: 'post', post } }])
      await published.durable
    },
    stored: async () => (await store.query(sql`SELECT post FROM seen FINAL`)).length,
    async [Symbol.asyncDispose]() {
      await Promise.all([store.close(), topics.close()])
    },
  }
}
