/** Settings by which Kafka and ClickHouse are reached safely: files are named, passwords come from the environment. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { SASL_MECHANISMS, type KafkaSecurity, type TlsOptions } from '../../ingest/base/kafka-security.ts'

/** A file of certificates or of a key; its text. */
const pemFile = z.string().transform((path, context) => {
  try {
    const text = readFileSync(path, 'utf8')
    if (/-----BEGIN [A-Z ]+-----/.test(text)) return text
    context.addIssue({ code: 'custom', message: `${path} holds no PEM (-----BEGIN …)` })
  } catch (error) {
    context.addIssue({ code: 'custom', message: `cannot be read: ${(error as Error).message}` })
  }
  return z.NEVER
})

const kafkaVariables = {
  TLS: z.enum(['on', 'off']).optional(),
  CA: pemFile.optional(),
  CERT: pemFile.optional(),
  KEY: pemFile.optional(),
  SASL: z.enum(SASL_MECHANISMS).optional(),
  USER: z.string().min(1).optional(),
  PASSWORD: z.string().min(1).optional(),
}
type KafkaVariables = { [Name in keyof typeof kafkaVariables]: z.infer<(typeof kafkaVariables)[Name]> }

/** `KAFKA_` for the project's own brokers, `KAFKA_SOURCE_` for somebody else's that a source reads. */
type Prefix = 'KAFKA_' | 'KAFKA_SOURCE_'

export const securityVariables = {
  KAFKA_TLS: kafkaVariables.TLS,
  KAFKA_CA: kafkaVariables.CA,
  KAFKA_CERT: kafkaVariables.CERT,
  KAFKA_KEY: kafkaVariables.KEY,
  KAFKA_SASL: kafkaVariables.SASL,
  KAFKA_USER: kafkaVariables.USER,
  KAFKA_PASSWORD: kafkaVariables.PASSWORD,
  KAFKA_SOURCE_TLS: kafkaVariables.TLS,
  KAFKA_SOURCE_CA: kafkaVariables.CA,
  KAFKA_SOURCE_CERT: kafkaVariables.CERT,
  KAFKA_SOURCE_KEY: kafkaVariables.KEY,
  KAFKA_SOURCE_SASL: kafkaVariables.SASL,
  KAFKA_SOURCE_USER: kafkaVariables.USER,
  KAFKA_SOURCE_PASSWORD: kafkaVariables.PASSWORD,
  CLICKHOUSE_CA: pemFile.optional(),
  CLICKHOUSE_CERT: pemFile.optional(),
  CLICKHOUSE_KEY: pemFile.optional(),
  CLICKHOUSE_CLUSTER: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be letters, digits and underscores')
    .optional(),
}

type SecurityEnv = {
  [Name in keyof typeof securityVariables]?: z.infer<(typeof securityVariables)[Name]>
}

/** Null where nothing of it is set. TLS is on with a certificate of any kind, unless it is said to be off. */
export function kafkaSecurity(env: SecurityEnv, prefix: Prefix): KafkaSecurity | null {
  const of = <Name extends keyof KafkaVariables>(name: Name) =>
    env[`${prefix}${name}`] as KafkaVariables[Name]
  const tls = tlsOf(of('CA'), of('CERT'), of('KEY'))
  const on = of('TLS') === 'on' || (of('TLS') === undefined && tls !== null)
  const [mechanism, username, password] = [of('SASL'), of('USER'), of('PASSWORD')]
  const sasl =
    mechanism === undefined || username === undefined || password === undefined
      ? null
      : { mechanism, username, password }
  if (!on && sasl === null && of('TLS') === undefined) return null
  return { tls: on ? (tls ?? {}) : null, sasl }
}

export function clickhouseTls(env: SecurityEnv): TlsOptions | null {
  return tlsOf(env.CLICKHOUSE_CA, env.CLICKHOUSE_CERT, env.CLICKHOUSE_KEY)
}

function tlsOf(ca?: string, cert?: string, key?: string): TlsOptions | null {
  if (ca === undefined && cert === undefined && key === undefined) return null
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
}

/** What does not go together, a line for each, by what is set. */
export function securityProblems(given: Readonly<Record<string, string | undefined>>): string[] {
  const problems: string[] = []
  for (const prefix of ['KAFKA_', 'KAFKA_SOURCE_'] as const) {
    const has = (name: keyof KafkaVariables) => given[`${prefix}${name}`] !== undefined
    const sasl = given[`${prefix}SASL`]
    const tls = given[`${prefix}TLS`] === 'on' || (!has('TLS') && (has('CA') || has('CERT')))
    if (has('SASL') && !(has('USER') && has('PASSWORD')))
      problems.push(`${prefix}SASL: needs ${prefix}USER and ${prefix}PASSWORD`)
    if (!has('SASL') && (has('USER') || has('PASSWORD')))
      problems.push(`${prefix}SASL: say how ${prefix}USER signs in: ${SASL_MECHANISMS.join(', ')}`)
    if (sasl === 'plain' && !tls)
      problems.push(
        `${prefix}SASL: plain sends the password as it is: set ${prefix}TLS=on, or use scram-sha-512`,
      )
    if (has('CERT') !== has('KEY')) problems.push(`${prefix}CERT: a certificate and its key go together`)
  }
  const has = (name: string) => given[name] !== undefined
  if (has('CLICKHOUSE_CERT') !== has('CLICKHOUSE_KEY'))
    problems.push('CLICKHOUSE_CERT: a certificate and its key go together')
  if ((has('CLICKHOUSE_CA') || has('CLICKHOUSE_CERT')) && given['CLICKHOUSE_URL']?.startsWith('http:'))
    problems.push('CLICKHOUSE_URL: with certificates it begins with https://')
  return problems
}
