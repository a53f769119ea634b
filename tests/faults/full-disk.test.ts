/** Who finds the store's disk full ends, whatever there was still to write, and so can be started again. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startCli } from '../services/cli.ts'
import { startOwnClickhouse } from '../services/clickhouse.ts'
import { openInstallation } from '../services/installation.ts'

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
    await using installation = await openInstallation(namespace, inject('kafkaBrokers'), clickhouse.url)
    const { env, publish, stored } = installation
    const classify = startCli(['classify'], env)
    try {
      await publish('test:first')
      await expect.poll(stored, { timeout: TEST_MS, interval: 20 }).toBe(1)
      // What the first post came to is stored; how far the worker has come is said a second later, and cannot be.
      await clickhouse.fillDisk()
      await publish('test:second')
      const { code, stderr } = await classify.done
      expect(code).toBe(1)
      expect(stderr).toMatch(/tallywatch classify: The disk that holds ClickHouse .* is full/)
    } finally {
      classify.child.kill('SIGKILL')
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
