/** A worker is not ready while the broker does not answer, though ClickHouse does. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startCli } from '../services/cli.ts'
import { openInstallation } from '../services/installation.ts'
import { startOwnKafka, type KafkaServer } from '../services/kafka.ts'
import { freePort } from '../services/server-process.ts'

const TEST_MS = 150_000

let kafka: KafkaServer
beforeAll(async () => {
  kafka = await startOwnKafka()
}, TEST_MS)
afterAll(() => kafka?.stop())

test(
  'and is again once it does',
  async () => {
    const namespace = `not_ready_${process.pid}`
    const clickhouse = inject('clickhouseUrl')
    await using installation = await openInstallation(namespace, kafka.brokers, clickhouse)
    const port = await freePort()
    const classify = startCli(['classify'], {
      ...installation.env,
      TALLYWATCH_HEALTH: `127.0.0.1:${port}`,
    })
    const status = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status
    try {
      await classify.until(/judging/)
      await expect.poll(status, { timeout: TEST_MS }).toBe(200)
      await kafka.freeze()
      try {
        await expect.poll(status, { timeout: TEST_MS }).toBe(503)
      } finally {
        await kafka.thaw()
      }
      await expect.poll(status, { timeout: TEST_MS }).toBe(200)
    } finally {
      classify.child.kill('SIGTERM')
      await classify.done
    }
  },
  TEST_MS,
)
