/** The configuration file: JSON or YAML, with a schema; secrets stay in the environment, and it names their variables. */
import { existsSync, readFileSync } from 'node:fs'
import { LineCounter, isMap, isNode, isScalar, parseDocument, type Document } from 'yaml'
import { z } from 'zod'
import { narrativeSchema } from '../../classify/contract.ts'
import { SASL_MECHANISMS } from '../../ingest/base/kafka-security.ts'
import type { PushSender } from '../../ingest/sources/push/port.ts'

/** Looked for in the folder in which a command is run, the first that is there. */
const NAMES = ['tallywatch.config.json', 'tallywatch.config.yaml', 'tallywatch.config.yml']
/** What one sender may push where nothing else is said; ten times the busiest tipline. */
export const PUSH_POSTS_PER_MINUTE = 6_000
export const SENDER_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/
/** A shorter one could be guessed. */
export const TOKEN_MIN = 16

const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable')
  .describe('name of the environment variable that holds the secret')

const pushSchema = z.strictObject({
  name: z
    .string()
    .regex(SENDER_NAME, 'must be lower-case letters, digits and dashes')
    .refine((name) => name !== 'upload', 'is the name of the desk’s own uploads')
    .describe('names the source push:<name>, and its address /api/ingest/<name>'),
  tokenEnv: variable,
  postsPerMinute: z.number().int().min(1).max(10_000_000).default(PUSH_POSTS_PER_MINUTE),
  bytesMax: z.number().int().min(1_024).optional().describe('of one body, unpacked; default 1 GiB'),
})

const pem = z.string().min(1).describe('PEM file')
const kafkaSafety = {
  tls: z.enum(['on', 'off']).optional(),
  caFile: pem.optional(),
  certFile: pem.optional(),
  keyFile: pem.optional(),
  sasl: z.enum(SASL_MECHANISMS).optional(),
  user: z.string().min(1).optional(),
  passwordEnv: variable.optional(),
}

/** Every key is optional; what a variable of the environment says goes before it. */
export const configFileSchema = z.strictObject({
  $schema: z.string().optional(),
  data: z.string().min(1).optional().describe('data folder'),
  namespace: z.string().optional().describe('names the database and begins the topics’ names'),
  host: z.string().min(1).optional(),
  port: z.number().int().min(0).max(65_535).optional(),
  office: z.string().min(1).max(200).optional().describe('as public pages show it'),
  publicUrl: z.url().optional(),
  sources: z.array(z.string().min(1)).optional().describe('bluesky, folder:PATH, file:PATH, …'),
  push: z.array(pushSchema).optional().describe('who may push, each with a token and a quota'),
  spikeNarratives: z.array(narrativeSchema).min(1).optional(),
  partitions: z.number().int().min(1).max(256).optional(),
  kafka: z
    .strictObject({
      brokers: z.array(z.string().min(1)).min(1),
      replication: z.number().int().min(1).max(9).optional(),
      compression: z
        .enum(['none', 'gzip'])
        .optional()
        .describe('of what is sent; gzip where disk or network is short'),
      ...kafkaSafety,
    })
    .optional(),
  clickhouse: z
    .strictObject({
      url: z.url(),
      user: z.string().optional(),
      passwordEnv: variable.optional(),
      caFile: pem.optional(),
      certFile: pem.optional(),
      keyFile: pem.optional(),
      cluster: z.string().optional().describe('spreads the tables over this cluster'),
    })
    .optional(),
  kafkaSource: z.strictObject(kafkaSafety).optional().describe('for brokers of others that sources read'),
  deskUrl: z.string().min(1).optional(),
  authorKeyEnv: variable.optional(),
  deskPasswordEnv: variable.optional(),
  metricsTokenEnv: variable.optional(),
})
type ConfigFile = z.infer<typeof configFileSchema>

type Env = Readonly<Record<string, string | undefined>>

export interface ReadFile {
  path: string
  /** By the variable that would say the same. */
  values: Record<string, string>
  /** Where each stands: `tallywatch.config.yaml, line 3: port`. */
  places: Map<string, string>
  push: PushSender[]
  /** Each names its line. */
  problems: string[]
}

/** The file named by TALLYWATCH_CONFIG, or one of the usual names; null where there is none. */
export function findConfigFile(env: Env): string | null {
  const named = env['TALLYWATCH_CONFIG']
  if (named !== undefined && named !== '') return named
  return NAMES.find((name) => existsSync(name)) ?? null
}

/** Reads it; whatever is wrong is among the problems. */
export function readConfigFile(path: string, env: Env): ReadFile {
  const result: ReadFile = { path, values: {}, places: new Map(), push: [], problems: [] }
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    result.problems.push(`${path}: ${(error as Error).message}`)
    return result
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number): string => `${path}, line ${lines.linePos(offset).line}`
  for (const error of document.errors) result.problems.push(`${at(error.pos[0])}: ${error.message}`)
  if (result.problems.length > 0) return result
  if (document.contents === null) {
    // Somebody may be writing it: taken as it is, it would end every source and refuse every sender.
    result.problems.push(`${path}: the file is empty`)
    return result
  }
  const parsed = configFileSchema.safeParse(document.toJS())
  if (!parsed.success) {
    const found = parsed.error.issues.map((issue) => {
      const key = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
      const where = issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''
      return { offset: offsetOf(document, issue.path, key), words: where + issue.message }
    })
    found.sort((one, other) => one.offset - other.offset)
    result.problems.push(...found.map(({ offset, words }) => `${at(offset)}: ${words}`))
    return result
  }
  const place = (key: string): string => `${at(offsetOf(document, key.split('.')))}: ${key}`
  take(parsed.data, result, place, env)
  return result
}

/** Where the value at this path stands, or its key where that is what is wrong, or the nearest thing around it. */
function offsetOf(document: Document, path: readonly PropertyKey[], key?: string): number {
  const keys = path.map((part) => (typeof part === 'number' ? part : String(part)))
  for (let length = keys.length; length >= 0; length--) {
    const node: unknown = length === 0 ? document.contents : document.getIn(keys.slice(0, length), true)
    if (!isNode(node)) continue
    const pair =
      isMap(node) && key !== undefined ? node.items.find((item) => nameOf(item.key) === key) : undefined
    const found = isNode(pair?.key) ? pair.key : node
    return found.range?.[0] ?? 0
  }
  return 0
}

function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : ''
}

/** The keys whose values the environment has variables for. */
const VARIABLES: readonly [key: string, variable: string][] = [
  ['data', 'TALLYWATCH_DATA'],
  ['namespace', 'TALLYWATCH_NAMESPACE'],
  ['host', 'TALLYWATCH_HOST'],
  ['port', 'TALLYWATCH_PORT'],
  ['office', 'TALLYWATCH_OFFICE'],
  ['publicUrl', 'TALLYWATCH_PUBLIC_URL'],
  ['partitions', 'TALLYWATCH_PARTITIONS'],
  ['deskUrl', 'TALLYWATCH_DESK_URL'],
  ['kafka.replication', 'TALLYWATCH_REPLICATION'],
  ['kafka.compression', 'TALLYWATCH_COMPRESSION'],
  ['clickhouse.url', 'CLICKHOUSE_URL'],
  ['clickhouse.user', 'CLICKHOUSE_USER'],
  ['clickhouse.caFile', 'CLICKHOUSE_CA'],
  ['clickhouse.certFile', 'CLICKHOUSE_CERT'],
  ['clickhouse.keyFile', 'CLICKHOUSE_KEY'],
  ['clickhouse.cluster', 'CLICKHOUSE_CLUSTER'],
  ...(['kafka', 'kafkaSource'] as const).flatMap((key): [string, string][] => {
    const prefix = key === 'kafka' ? 'KAFKA_' : 'KAFKA_SOURCE_'
    return [
      [`${key}.tls`, `${prefix}TLS`],
      [`${key}.caFile`, `${prefix}CA`],
      [`${key}.certFile`, `${prefix}CERT`],
      [`${key}.keyFile`, `${prefix}KEY`],
      [`${key}.sasl`, `${prefix}SASL`],
      [`${key}.user`, `${prefix}USER`],
    ]
  }),
]
const LISTS: readonly [key: string, variable: string, separator: string][] = [
  ['sources', 'TALLYWATCH_SOURCES', ' '],
  ['spikeNarratives', 'TALLYWATCH_SPIKE_NARRATIVES', ','],
  ['kafka.brokers', 'KAFKA_BROKERS', ','],
]
const SECRETS: readonly [key: string, variable: string][] = [
  ['clickhouse.passwordEnv', 'CLICKHOUSE_PASSWORD'],
  ['kafka.passwordEnv', 'KAFKA_PASSWORD'],
  ['kafkaSource.passwordEnv', 'KAFKA_SOURCE_PASSWORD'],
  ['authorKeyEnv', 'TALLYWATCH_AUTHOR_KEY'],
  ['deskPasswordEnv', 'TALLYWATCH_DESK_PASSWORD'],
  ['metricsTokenEnv', 'TALLYWATCH_METRICS_TOKEN'],
]

function take(file: ConfigFile, result: ReadFile, place: (key: string) => string, env: Env): void {
  const { values, places, push, problems } = result
  const set = (key: string, name: string, value: string): void => {
    values[name] = value
    places.set(name, place(key))
  }
  const secret = (key: string, name: string): string | null => {
    const value = env[name]
    if (value !== undefined && value !== '') return value
    problems.push(`${place(key)}: the environment has no variable ${name}`)
    return null
  }
  for (const [key, name] of VARIABLES) {
    const value = lookUp(file, key)
    if (typeof value === 'string' || typeof value === 'number') set(key, name, String(value))
  }
  for (const [key, name, separator] of LISTS) {
    const value = lookUp(file, key)
    if (!Array.isArray(value)) continue
    const broken = value.findIndex((one) => String(one).includes(separator))
    if (broken >= 0) problems.push(`${place(`${key}.${broken}`)}: must not hold "${separator}"`)
    else set(key, name, value.join(separator))
  }
  for (const [key, name] of SECRETS) {
    const from = lookUp(file, key)
    const value = typeof from === 'string' ? secret(key, from) : null
    if (value !== null) set(key, name, value)
  }
  for (const [index, { name, tokenEnv, postsPerMinute, bytesMax }] of (file.push ?? []).entries()) {
    const key = `push.${index}.tokenEnv`
    const token = secret(key, tokenEnv)
    if (token === null) continue
    if (token.length < TOKEN_MIN)
      problems.push(`${place(key)}: ${tokenEnv} must have at least ${TOKEN_MIN} characters`)
    else if (push.some((one) => one.name === name))
      problems.push(`${place(`push.${index}.name`)}: is there twice`)
    else push.push({ name, token, postsPerMinute, bytesMax })
  }
}

function lookUp(file: ConfigFile, key: string): unknown {
  let value: unknown = file
  for (const part of key.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[part]
  }
  return value
}
