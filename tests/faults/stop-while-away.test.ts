/** A worker that is told to stop while ClickHouse does not answer is over before whoever watches kills it. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openTopics } from '../../api/boot/backends.ts'
import { readConfig } from '../../api/boot/config.ts'
import { openClickhouseStore } from '../../classify/store/clickhouse.ts'
import { sql } from '../../classify/store/sql.ts'
import { barePost } from '../services/bare-post.ts'
import { startCli } from '../services/cli.ts'
import { startOwnClickhouse } from '../services/clickhouse.ts'

const TEST_MS = 150_000
/** Compose and Kubernetes wait for so long. */
const WATCHER_MS = 30_000

let clickhouse: Awaited<ReturnType<typeof startOwnClickhouse>>
beforeAll(async () => {
  clickhouse = await startOwnClickhouse()
}, TEST_MS)
afterAll(() => clickhouse?.stop())

test(
  'and what it had taken is stored by the next',
  async () => {
    const namespace = `stop_away_${process.pid}`
    const env = {
      KAFKA_BROKERS: inject('kafkaBrokers').join(','),
      CLICKHOUSE_URL: clickhouse.url,
      TALLYWATCH_NAMESPACE: namespace,
      TALLYWATCH_PARTITIONS: '1',
    }
    const { backends, partitions } = readConfig(env)
    const topics = await openTopics({ backends, namespace, partitions })
    async function publish(id: string): Promise<void> {
      const now = Date.now()
      const post = barePost({ id, source: 'test', createdAt: now, capturedAt: now, text: 'Polls are open' })
      await (
        await topics.posts.publish([{ key: id, value: { kind: 'post', post } }])
      ).durable
    }
    const store = await openClickhouseStore({ url: clickhouse.url, database: namespace })
    const stored = async () => (await store.query(sql`SELECT post FROM seen FINAL`)).length
    let classify = startCli(['classify'], env)
    try {
      await publish('test:first')
      await expect.poll(stored, { timeout: TEST_MS, interval: 50 }).toBe(1)
      await clickhouse.freeze()
      await publish('test:second')
      // By now it has asked for what the post leads to, and waits.
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      const from = performance.now()
      classify.child.kill('SIGTERM')
      const { signal, stderr } = await classify.done
      expect({ signal, inTime: performance.now() - from < WATCHER_MS }, stderr).toEqual({
        signal: null,
        inTime: true,
      })
      await clickhouse.thaw()
      classify = startCli(['classify'], env)
      await expect.poll(stored, { timeout: TEST_MS, interval: 50 }).toBe(2)
    } finally {
      classify.child.kill('SIGKILL')
      await Promise.all([store.close(), topics.close()])
    }
  },
  TEST_MS,
)
