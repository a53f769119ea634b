/** Who finds the store's disk full ends, whatever there was still to write, and so can be started again. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
  'a worker says so and ends with 1',
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

test(
  'a desk whose drill cannot be stored any more ends when it is told to',
  async () => {
    await clickhouse.freeDisk()
    const data = await mkdtemp(join(tmpdir(), 'tallywatch-full-'))
    const desk = startCli(['desk', '--port', '0'], {
      KAFKA_BROKERS: inject('kafkaBrokers').join(','),
      CLICKHOUSE_URL: clickhouse.url,
      TALLYWATCH_NAMESPACE: `full_disk_desk_${process.pid}`,
      TALLYWATCH_PARTITIONS: '1',
      TALLYWATCH_DATA: data,
    })
    try {
      const url = (await desk.until(/Tallywatch is at (\S+)/))[1]!
      const headers = { 'content-type': 'application/json' }
      const started = await fetch(`${url}api/demo/drill`, { method: 'POST', headers, body: '{}' })
      expect(started.status).toBe(201)
      const posts = async () => {
        const status = (await (await fetch(`${url}drill/api/status`)).json()) as { posts: number }
        return status.posts
      }
      await expect.poll(posts, { timeout: TEST_MS, interval: 100 }).toBeGreaterThan(0)
      await clickhouse.fillDisk()
      await desk.until(/disk_full/)
      desk.child.kill('SIGTERM')
      expect(await desk.done).toMatchObject({ code: 0 })
    } finally {
      desk.child.kill('SIGKILL')
      await rm(data, { recursive: true, force: true })
    }
  },
  TEST_MS,
)
