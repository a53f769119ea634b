/** A worker that finds the store's disk full ends, whatever it had still to write, so that it is started again. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openTopics } from '../../api/boot/backends.ts'
import { readConfig } from '../../api/boot/config.ts'
import { openClickhouseStore } from '../../classify/store/clickhouse.ts'
import { sql } from '../../classify/store/sql.ts'
import { barePost } from '../services/bare-post.ts'
import { startCli } from '../services/cli.ts'
import { startOwnClickhouse } from '../services/clickhouse.ts'

const TEST_MS = 90_000

let clickhouse: Awaited<ReturnType<typeof startOwnClickhouse>>
beforeAll(async () => {
  clickhouse = await startOwnClickhouse({ disk: '150m' })
}, TEST_MS)
afterAll(() => clickhouse?.stop())

test(
  'it says so and ends with 1',
  async () => {
    const namespace = `full_disk_${process.pid}`
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
    const classify = startCli(['classify'], env)
    try {
      await publish('test:first')
      const stored = async () => (await store.query(sql`SELECT post FROM seen`)).length
      await expect.poll(stored, { timeout: TEST_MS, interval: 20 }).toBe(1)
      // What the first post came to is stored; how far the worker has come is said a second later, and cannot be.
      await clickhouse.fillDisk()
      await publish('test:second')
      const { code, stderr } = await classify.done
      expect(code).toBe(1)
      expect(stderr).toMatch(/tallywatch classify: The disk that holds ClickHouse .* is full/)
    } finally {
      classify.child.kill('SIGKILL')
      await Promise.all([store.close(), topics.close()])
    }
  },
  TEST_MS,
)
