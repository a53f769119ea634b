import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../../api/boot/config.ts'

const PEM = '-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n'
const SERVERS = { KAFKA_BROKERS: 'k:9093', CLICKHOUSE_URL: 'https://c:8443' }
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-pem-'))
  await Promise.all([writeFile(at('ca.pem'), PEM), writeFile(at('notes.txt'), 'no certificate')])
})
afterAll(() => rm(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

const problemsOf = (env: Record<string, string>): string[] => {
  try {
    readConfig({ ...SERVERS, ...env })
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
  }
  return []
}

test('without any of it brokers are reached as they are', () => {
  expect(readConfig(SERVERS).backends).toMatchObject({
    security: null,
    clickhouse: { tls: null, cluster: null },
  })
})

test('a certificate means TLS; the password comes with a name and a way', () => {
  const env = {
    ...SERVERS,
    KAFKA_CA: at('ca.pem'),
    KAFKA_SASL: 'plain',
    KAFKA_USER: 'u',
    KAFKA_PASSWORD: 'p',
  }
  expect(readConfig(env).backends).toMatchObject({
    security: { tls: { ca: PEM }, sasl: { mechanism: 'plain', username: 'u', password: 'p' } },
  })
  expect(readConfig({ ...SERVERS, KAFKA_TLS: 'on' }).backends).toMatchObject({
    security: { tls: {}, sasl: null },
  })
})

test('brokers of others have settings of their own', () => {
  const config = readConfig({ ...SERVERS, KAFKA_SOURCE_TLS: 'off' })
  expect(config.kafkaSource).toEqual({ tls: null, sasl: null })
  expect(config.backends).toMatchObject({ security: null })
})

test('what does not go together is told, all at once', () => {
  expect(
    problemsOf({
      KAFKA_SASL: 'plain',
      KAFKA_USER: 'u',
      KAFKA_CERT: at('ca.pem'),
      KAFKA_TLS: 'off',
      KAFKA_SOURCE_PASSWORD: 'p',
      CLICKHOUSE_KEY: at('ca.pem'),
      CLICKHOUSE_CA: at('ca.pem'),
      CLICKHOUSE_URL: 'http://c:8123',
      CLICKHOUSE_CLUSTER: 'a b',
    }).map((line) => line.replace(/:.*/, '')),
  ).toEqual([
    'CLICKHOUSE_CLUSTER',
    'KAFKA_SASL',
    'KAFKA_SASL',
    'KAFKA_CERT',
    'KAFKA_SOURCE_SASL',
    'CLICKHOUSE_CERT',
    'CLICKHOUSE_URL',
  ])
})

test('a file that is missing, or holds no certificate, is told by its variable', () => {
  expect(problemsOf({ KAFKA_CA: at('none.pem'), CLICKHOUSE_CA: at('notes.txt') })).toEqual([
    expect.stringMatching(/^KAFKA_CA: cannot be read: .*none\.pem/),
    expect.stringMatching(/^CLICKHOUSE_CA: .*notes\.txt holds no PEM/),
  ])
})

test('the file says the same; the password stays in the environment', async () => {
  const file = at('tallywatch.config.yaml')
  await writeFile(
    file,
    `kafka: { brokers: ['k:9093'], caFile: ${at('ca.pem')}, sasl: scram-sha-512, user: u, passwordEnv: SECRET }
kafkaSource: { tls: 'on' }
clickhouse: { url: 'https://c:8443', caFile: ${at('ca.pem')}, cluster: night }
`,
  )
  const config = readConfig({ TALLYWATCH_CONFIG: file, SECRET: 'p' })
  expect(config.backends).toMatchObject({
    security: { tls: { ca: PEM }, sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' } },
    clickhouse: { tls: { ca: PEM }, cluster: 'night' },
  })
  expect(config.kafkaSource).toEqual({ tls: {}, sasl: null })
})
