/** A worker that is told to stop while ClickHouse does not answer is over before whoever watches kills it. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startCli } from '../services/cli.ts'
import { startOwnClickhouse } from '../services/clickhouse.ts'
import { openInstallation } from '../services/installation.ts'

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
    await using installation = await openInstallation(namespace, inject('kafkaBrokers'), clickhouse.url)
    const { env, publish, stored } = installation
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
    }
  },
  TEST_MS,
)
