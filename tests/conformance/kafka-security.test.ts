import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { checkSource } from '../../api/boot/check-sources.ts'
import { SASL_MECHANISMS, type KafkaSecurity } from '../../ingest/base/kafka-security.ts'
import { createKafkaSource } from '../../ingest/sources/kafka.ts'
import { openKafkaTopic, type KafkaOptions } from '../../ingest/topic/kafka.ts'
import { createAuthority, type Authority } from '../services/certificate.ts'
import { runCli } from '../services/cli.ts'
import { startSecureKafka, USER, type SecureKafka } from '../services/secure-kafka.ts'
import { followSource } from '../unit/ingest/sources/follow.ts'
import { normalize } from '../unit/ingest/sources/read.ts'
import { collector, items, itemSchema, until, type Item } from './topic.ts'

let authority: Authority
let stranger: Authority
let kafka: SecureKafka
beforeAll(async () => {
  ;[authority, stranger] = await Promise.all([createAuthority(), createAuthority()])
  kafka = await startSecureKafka(authority)
}, 120_000)
afterAll(async () => {
  await Promise.all([kafka, authority, stranger].map((one) => one?.[Symbol.asyncDispose]()))
})

const open = (
  name: string,
  broker: string,
  security: KafkaSecurity,
  more: Partial<KafkaOptions<Item>> = {},
) =>
  openKafkaTopic({
    name,
    partitions: 2,
    schema: itemSchema,
    brokers: [broker],
    group: 'test',
    clientId: 'conformance',
    security,
    ...more,
  })

async function expectCarries(
  name: string,
  broker: string,
  security: KafkaSecurity,
  compress = false,
): Promise<void> {
  const topic = await open(name, broker, security, { compress })
  try {
    const got = collector()
    await topic.consume(got.handle)
    await (
      await topic.publish(items('a', 0, 50))
    ).durable
    await topic.savePosition('source', { at: 7 })
    await until('all records', () => got.received.length === 50)
    expect(got.seqs('a')).toHaveLength(50)
    expect(await topic.loadPosition('source')).toEqual({ at: 7 })
  } finally {
    await topic.close()
  }
}

describe('Kafka that asks who comes', () => {
  test.each(SASL_MECHANISMS)('carries records over TLS after signing in by %s', async (mechanism) => {
    await expectCarries(`by-${mechanism}`, kafka.sasl, {
      tls: { ca: authority.ca },
      sasl: { mechanism, ...USER },
    })
  })

  test('carries records without TLS where no password is sent', async () => {
    await expectCarries('scram', kafka.scram, { tls: null, sasl: { mechanism: 'scram-sha-512', ...USER } })
  })

  test('carries records where both sides show a certificate, packed ones too', async () => {
    const own = await authority.issue('classify')
    await expectCarries('mutual', kafka.mutual, { tls: { ca: authority.ca, ...own }, sasl: null }, true)
  })

  test('a wrong password, a broker whose authority is unknown and a certificate of a stranger are told at once', async () => {
    const sasl = { mechanism: 'scram-sha-512', ...USER } as const
    const wrong = { ...sasl, password: 'not-it' }
    const refusal = async (broker: string, security: KafkaSecurity) => {
      const began = performance.now()
      const error: unknown = await open('refused', broker, security).catch((cause: unknown) => cause)
      // Far from the minute for which a broker that is away is waited for.
      expect(performance.now() - began).toBeLessThan(20_000)
      return error
    }
    const refused = (words: RegExp) => ({
      name: 'TopicError',
      code: 'refused',
      message: expect.stringMatching(words),
    })
    const byPassword = await refusal(kafka.sasl, { tls: { ca: authority.ca }, sasl: wrong })
    expect(byPassword).toMatchObject(refused(/user or the password/))
    expect(String(byPassword)).not.toContain('not-it')
    expect(await refusal(kafka.sasl, { tls: { ca: stranger.ca }, sasl })).toMatchObject(
      refused(/certificate/),
    )
    expect(await refusal(kafka.sasl, { tls: {}, sasl })).toMatchObject(refused(/certificate/))
    const strange = await stranger.issue('classify')
    expect(await refusal(kafka.mutual, { tls: { ca: authority.ca, ...strange }, sasl: null })).toMatchObject(
      refused(/certificate/),
    )
  })

  test('a topic of others is read with a sign-in, and a wrong password is told in the source’s status', async () => {
    const security: KafkaSecurity = { tls: { ca: authority.ca }, sasl: { mechanism: 'plain', ...USER } }
    const topic = await open('theirs', kafka.sasl, security)
    await (
      await topic.publish(items('a', 1_793_736_001, 1_793_736_002))
    ).durable
    await topic.close()
    const of = (password: string) =>
      createKafkaSource({
        brokers: [kafka.sasl],
        topic: 'theirs',
        map: 'text=key,id=key,createdAt=seq',
        normalize,
        security: { ...security, sasl: { mechanism: 'plain', username: USER.username, password } },
        firstRetryMs: 50,
      })
    await using followed = followSource(of(USER.password))
    await followed.has(1)
    expect(followed.ids()).toEqual(['kafka:theirs/a'])
    const wrong = of('not-it')
    await using refused = followSource(wrong)
    await refused.until(() => wrong.status().state === 'unreachable')
    expect(wrong.status().detail).toMatch(/authentication/i)
  })

  test('doctor says of a topic of others what is lacking: a sign-in, an authority, TLS', async () => {
    const { ca } = authority
    const sasl = { mechanism: 'plain', ...USER } as const
    const topic = await open('asked', kafka.sasl, { tls: { ca }, sasl })
    await topic.close()
    const backends = { kind: 'embedded', dataDir: 'nowhere' } as const
    const ask = async (kafkaSource: KafkaSecurity | null) =>
      (await checkSource(`kafka:asked@${kafka.sasl}`, { mastodonTokens: {}, backends, kafkaSource })).text
    expect(await ask({ tls: { ca }, sasl })).toMatch(/the topic asked is there/)
    const wrong = await ask({ tls: { ca }, sasl: { ...sasl, password: 'not-it' } })
    expect(wrong).toMatch(/refuse the user or the password.*KAFKA_SOURCE_USER and KAFKA_SOURCE_PASSWORD/)
    expect(wrong).not.toContain('not-it')
    expect(await ask({ tls: {}, sasl })).toMatch(/a certificate does not hold.*KAFKA_SOURCE_CA/)
    expect(await ask({ tls: { ca }, sasl: null })).toMatch(/KAFKA_SOURCE_SASL/)
    expect(await ask(null)).toMatch(/KAFKA_SOURCE_TLS/)
  })

  test('all of it comes from the environment, apart for the project’s own brokers and those of a source', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tallywatch-secure-'))
    try {
      await writeFile(join(folder, 'ca.pem'), authority.ca)
      const env = {
        KAFKA_BROKERS: kafka.sasl,
        KAFKA_CA: join(folder, 'ca.pem'),
        KAFKA_SASL: 'scram-sha-256',
        KAFKA_USER: USER.username,
        KAFKA_PASSWORD: USER.password,
        CLICKHOUSE_URL: inject('clickhouseUrl'),
        TALLYWATCH_NAMESPACE: 'secure',
        TALLYWATCH_DATA: join(folder, 'data'),
        // Another of its doors as somebody else's brokers, with a password that opens nothing.
        KAFKA_SOURCE_SASL: 'scram-sha-512',
        KAFKA_SOURCE_USER: USER.username,
        KAFKA_SOURCE_PASSWORD: 'not-it',
        TALLYWATCH_SOURCES: `kafka:theirs@${kafka.scram}`,
      }
      const { stdout, stderr } = await runCli(['doctor'], env)
      expect(stderr).toBe('')
      expect(stdout).toMatch(new RegExp(`ok +Kafka at ${kafka.sasl} answers`))
      expect(stdout).toMatch(/WARNING +topic secure\.posts: it has one copy/)
      expect(stdout).toMatch(/^\S+ +source kafka:theirs@.*refuse the user or the password/m)
      expect(stdout).not.toContain('not-it')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
