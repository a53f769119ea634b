/** What a load made on the servers is removed: by whoever may, and each part whatever became of the others. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { openStore } from '../../api/boot/backends.ts'
import { measureConsumer } from '../../api/boot/bench/load/ceilings.ts'
import { removeMade } from '../../api/boot/bench/load/remove.ts'
import type { BackendsConfig } from '../../api/boot/config.ts'
import { readConfig } from '../../api/boot/config.ts'
import { openClickhouseStore } from '../../classify/store/clickhouse.ts'
import { param, sql } from '../../classify/store/sql.ts'
import { openKafkaTopic } from '../../ingest/topic/kafka.ts'
import { createAuthority } from '../services/certificate.ts'
import { freePort } from '../services/server-process.ts'
import { startSecureKafka, USER } from '../services/secure-kafka.ts'
import { items, itemSchema } from './topic.ts'

type Server = Extract<BackendsConfig, { kind: 'server' }>

function server(brokers: string[], clickhouseUrl: string, security: Server['security'] = null): Server {
  const { backends } = readConfig({ KAFKA_BROKERS: brokers.join(','), CLICKHOUSE_URL: clickhouseUrl })
  if (backends.kind !== 'server') throw new Error('both are set')
  return { ...backends, security }
}

async function makeDatabase(backends: Server, namespace: string): Promise<void> {
  await (await openStore({ backends, namespace, partitions: 1 })).close()
}

async function isThere(namespace: string): Promise<boolean> {
  const store = await openClickhouseStore({ url: inject('clickhouseUrl'), database: 'default' })
  try {
    const found = await store.query(
      sql`SELECT name FROM system.databases WHERE name = ${param.string(namespace)}`,
    )
    return found.length > 0
  } finally {
    await store.close()
  }
}

test('from brokers that ask for TLS and who comes', { timeout: 180_000 }, async () => {
  await using authority = await createAuthority()
  await using kafka = await startSecureKafka(authority)
  const folder = await mkdtemp(join(tmpdir(), 'tallywatch-removal-'))
  try {
    const security: Server['security'] = {
      tls: { ca: authority.ca },
      sasl: { mechanism: 'scram-sha-512', ...USER },
    }
    const backends = server([kafka.sasl], inject('clickhouseUrl'), security)
    const namespace = `removal_${process.pid}`
    await makeDatabase(backends, namespace)
    const name = `${namespace}.posts`
    const open = () =>
      openKafkaTopic({
        name,
        partitions: 1,
        schema: itemSchema,
        brokers: backends.brokers,
        group: 'test',
        clientId: 'conformance',
        security,
      })
    const topic = await open()
    await (
      await topic.publish(items('a', 0, 200))
    ).durable
    expect(await measureConsumer(backends, name, 200)).toMatchObject({ stage: 'kafkajs' })
    await topic.close()
    const told: string[] = []
    await removeMade({ backends, namespace, folder, tell: (text) => void told.push(text) })
    expect(told).toEqual([])
    expect(await isThere(namespace)).toBe(false)
    // Made anew by this opening, it holds nothing.
    const again = await open()
    expect(await again.lag()).toBe(0)
    await again.close()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test(
  'the database, also where the brokers are gone, and it is said what stayed',
  { timeout: 90_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tallywatch-removal-'))
    try {
      const backends = server([`127.0.0.1:${await freePort()}`], inject('clickhouseUrl'))
      const namespace = `removal_b_${process.pid}`
      await makeDatabase(backends, namespace)
      const told: string[] = []
      await removeMade({ backends, namespace, folder, tell: (text) => void told.push(text) })
      expect(told).toEqual([expect.stringMatching(`^the topics ${namespace}\\.\\* may be there still`)])
      expect(await isThere(namespace)).toBe(false)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
)
