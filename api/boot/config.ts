/** The one place that reads the environment and the configuration file; every problem is reported at once. */
import { z } from 'zod'
import { FLAGGED_NARRATIVES, narrativeSchema, type Narrative } from '../../classify/contract.ts'
import type { KafkaSecurity, TlsOptions } from '../../ingest/base/kafka-security.ts'
import type { PushSender } from '../../ingest/sources/push/port.ts'
import { UsageError } from './command.ts'
import { clickhouseTls, kafkaSecurity, securityProblems, securityVariables } from './config-security.ts'
import { findConfigFile, PUSH_POSTS_PER_MINUTE, readConfigFile } from './config-file.ts'

const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)

const senders = z.string().transform((value, context): PushSender[] =>
  value
    .split(/\s+/)
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [, name, token] = /^([a-z0-9][a-z0-9-]{0,39})=(\S{16,})$/.exec(part) ?? []
      if (name !== undefined && token !== undefined && name !== 'upload')
        return [{ name, token, postsPerMinute: PUSH_POSTS_PER_MINUTE }]
      // A part of a token is not shown.
      const message =
        'must be name=token, parted by spaces: names of a-z, 0-9 and -, tokens of 16 characters or more'
      context.addIssue({ code: 'custom', message })
      return []
    }),
)

const environmentSchema = z.object({
  KAFKA_BROKERS: list.optional(),
  CLICKHOUSE_URL: z.url().optional(),
  CLICKHOUSE_USER: z.string().optional(),
  CLICKHOUSE_PASSWORD: z.string().optional(),
  ...securityVariables,
  TALLYWATCH_NAMESPACE: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,40}$/, 'must be lower-case letters, digits and underscores, at most 41')
    // Of those a desk beside it makes away with what is there (demo.ts).
    .regex(/(?<!_drill|_replay)$/, 'must not end with _drill or _replay: so nights beside another are named')
    .optional(),
  TALLYWATCH_PARTITIONS: z.coerce.number().int().min(1).max(256).default(8),
  TALLYWATCH_REPLICATION: z.coerce.number().int().min(1).max(9).default(1),
  TALLYWATCH_COMPRESSION: z.enum(['none', 'gzip']).default('none'),
  TALLYWATCH_AUTHOR_KEY: z.string().min(32, 'must have at least 32 characters').optional(),
  TALLYWATCH_DESK_URL: z.string().min(1).optional(),
  TALLYWATCH_DESK_PASSWORD: z.string().min(12, 'must have at least 12 characters').optional(),
  TALLYWATCH_HOST: z.string().min(1).default('127.0.0.1'),
  TALLYWATCH_PORT: z.coerce.number().int().min(0).max(65_535).default(4270),
  TALLYWATCH_DATA: z.string().min(1).default('tallywatch-data'),
  // Parted by spaces: one source may name several addresses, parted by commas.
  TALLYWATCH_SOURCES: z
    .string()
    .transform((value) => value.split(/\s+/).filter((spec) => spec !== ''))
    .default(['bluesky']),
  TALLYWATCH_PUSH: senders.default([]),
  TALLYWATCH_METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  TALLYWATCH_HEALTH: z
    .string()
    .regex(/^\S+:\d{1,5}$/, 'must be HOST:PORT')
    .transform((value) => {
      const colon = value.lastIndexOf(':')
      return { host: value.slice(0, colon), port: Number(value.slice(colon + 1)) }
    })
    .optional(),
  // Below the minute that sealing may take, a desk would never be ready.
  TALLYWATCH_READY_BEHIND: z.coerce.number().min(10).max(86_400).default(120),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.url().optional(),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(0.001),
  TALLYWATCH_CHANGED_POSTS: z.enum(['hold', 'keep']).default('hold'),
  // `social.example=TOKEN`, parted by spaces.
  TALLYWATCH_MASTODON_TOKENS: z
    .string()
    .transform((value) => value.split(/\s+/).filter((part) => part !== ''))
    .pipe(z.array(z.string().regex(/^[\w.:-]+=\S+$/, 'must be HOST=TOKEN, parted by spaces')))
    .transform((pairs) =>
      Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s, 2) as [string, string])),
    )
    .default({}),
  TALLYWATCH_JETSTREAM_DICTIONARY: z.string().min(1).optional(),
  TALLYWATCH_OFFICE: z.string().min(1).max(200).default('Election office'),
  TALLYWATCH_PUBLIC_URL: z.url().optional(),
  // Below one in a hundred nights nothing but a landslide is told; above a hundred a night, nobody reads them.
  TALLYWATCH_FALSE_ALARMS: z.coerce.number().min(0.01).max(100).default(2),
  // Seconds; 0: never. An alarm is promised within minutes, so being an hour behind is no choice.
  TALLYWATCH_HASTE_AFTER: z.coerce.number().min(0).max(600).default(15),
  TALLYWATCH_SPIKE_NARRATIVES: list.pipe(z.array(narrativeSchema).min(1)).default([...FLAGGED_NARRATIVES]),
})

/** Where the stream and the counts live. Nothing past `backends.ts` looks at it. */
export type BackendsConfig =
  | { kind: 'embedded'; dataDir: string }
  | {
      kind: 'server'
      dataDir: string
      brokers: string[]
      replication: number
      compress: boolean
      security: KafkaSecurity | null
      clickhouse: {
        url: string
        username: string | undefined
        password: string | undefined
        tls: TlsOptions | null
        /** Name of the cluster over which the tables are spread; null: one server. */
        cluster: string | null
      }
    }

export interface Config {
  /** The configuration file that was read, or null. */
  file: string | null
  backends: BackendsConfig
  /** Names the database and prefixes the topics; undefined: the command's own default. */
  namespace: string | undefined
  partitions: number
  authorKey: string | undefined
  deskUrl: string | undefined
  deskPassword: string | undefined
  host: string
  port: number
  sources: string[]
  /** Who may push. */
  push: PushSender[]
  metricsToken: string | undefined
  /** Where roles without a page tell how they are; null: nowhere. */
  health: { host: string; port: number } | null
  /** Who is behind by more is not ready, ms. */
  readyBehindMs: number
  /** Where traces of a sample of posts go, and of how many; null: there are none. */
  traces: { url: string; ratio: number } | null
  mastodonTokens: Record<string, string>
  jetstreamDictionary: string | undefined
  /** For brokers of others that sources read; null: by their address. */
  kafkaSource: KafkaSecurity | null
  /** Words of posts that were edited or deleted since. */
  changedPosts: 'hold' | 'keep'
  office: string
  publicUrl: string | undefined
  /** Which narratives raise spikes; the others are charted only. */
  spikeNarratives: Narrative[]
  /** False alarms accepted in a night, over everything that is watched. */
  falseAlarmsPerNight: number
  /** From how far behind on posts are judged in haste, ms; null: never. */
  hasteAfterMs: number | null
}

/** Flags of the command line that override the environment. */
export interface Overrides {
  data?: string | undefined
  port?: string | undefined
  sources?: string[] | undefined
}

/** The variable that each flag stands for. */
const FLAGGED = { data: 'TALLYWATCH_DATA', port: 'TALLYWATCH_PORT' } as const

/** Throws UsageError that lists every variable or flag that is wrong, and what it must be. */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  overrides: Overrides = {},
): Config {
  const path = findConfigFile(env)
  const file = path === null ? null : readConfigFile(path, env)
  const given: Record<string, string | undefined> = { ...file?.values }
  // Where somebody would look for the mistake: the line of the file, the flag, or the variable itself.
  const names = new Map(file?.places)
  for (const [name, value] of Object.entries(env)) {
    // An empty variable, as compose files leave them, counts as not set.
    if (value === undefined || value === '') continue
    given[name] = value
    names.delete(name)
  }
  for (const flag of ['data', 'port'] as const) {
    if (overrides[flag] === undefined) continue
    given[FLAGGED[flag]] = overrides[flag]
    names.set(FLAGGED[flag], `--${flag}`)
  }
  const parsed = environmentSchema.safeParse(given)
  const problems = [...(file?.problems ?? [])]
  for (const { path: issuePath, message } of parsed.error?.issues ?? []) {
    const name = String(issuePath[0])
    problems.push(`${names.get(name) ?? name}: ${message}`)
  }
  const { KAFKA_BROKERS: brokers, CLICKHOUSE_URL: url } = given
  if ((brokers === undefined) !== (url === undefined)) {
    const missing = brokers === undefined ? 'KAFKA_BROKERS' : 'CLICKHOUSE_URL'
    problems.push(
      `${missing}: server mode needs both KAFKA_BROKERS and CLICKHOUSE_URL; set it, or unset the other`,
    )
  }
  problems.push(...securityProblems(given))
  if (!parsed.success || problems.length > 0)
    throw new UsageError(`the configuration is wrong:\n  ${problems.join('\n  ')}`)
  const config = { ...toConfig(parsed.data), file: path }
  if (parsed.data.TALLYWATCH_PUSH.length === 0 && file !== null) config.push = file.push
  return overrides.sources?.length ? { ...config, sources: overrides.sources } : config
}

function toConfig(env: z.infer<typeof environmentSchema>): Omit<Config, 'file'> {
  const dataDir = env.TALLYWATCH_DATA
  return {
    backends:
      env.KAFKA_BROKERS && env.CLICKHOUSE_URL
        ? {
            kind: 'server',
            dataDir,
            brokers: env.KAFKA_BROKERS,
            replication: env.TALLYWATCH_REPLICATION,
            compress: env.TALLYWATCH_COMPRESSION === 'gzip',
            security: kafkaSecurity(env, 'KAFKA_'),
            clickhouse: {
              url: env.CLICKHOUSE_URL,
              username: env.CLICKHOUSE_USER,
              password: env.CLICKHOUSE_PASSWORD,
              tls: clickhouseTls(env),
              cluster: env.CLICKHOUSE_CLUSTER ?? null,
            },
          }
        : { kind: 'embedded', dataDir },
    namespace: env.TALLYWATCH_NAMESPACE,
    partitions: env.TALLYWATCH_PARTITIONS,
    authorKey: env.TALLYWATCH_AUTHOR_KEY,
    deskUrl: env.TALLYWATCH_DESK_URL,
    deskPassword: env.TALLYWATCH_DESK_PASSWORD,
    host: env.TALLYWATCH_HOST,
    port: env.TALLYWATCH_PORT,
    sources: env.TALLYWATCH_SOURCES,
    push: env.TALLYWATCH_PUSH,
    metricsToken: env.TALLYWATCH_METRICS_TOKEN,
    health: env.TALLYWATCH_HEALTH ?? null,
    readyBehindMs: env.TALLYWATCH_READY_BEHIND * 1_000,
    traces: tracesOf(env),
    mastodonTokens: env.TALLYWATCH_MASTODON_TOKENS,
    jetstreamDictionary: env.TALLYWATCH_JETSTREAM_DICTIONARY,
    kafkaSource: kafkaSecurity(env, 'KAFKA_SOURCE_'),
    changedPosts: env.TALLYWATCH_CHANGED_POSTS,
    office: env.TALLYWATCH_OFFICE,
    publicUrl: env.TALLYWATCH_PUBLIC_URL,
    spikeNarratives: env.TALLYWATCH_SPIKE_NARRATIVES,
    falseAlarmsPerNight: env.TALLYWATCH_FALSE_ALARMS,
    hasteAfterMs: env.TALLYWATCH_HASTE_AFTER === 0 ? null : env.TALLYWATCH_HASTE_AFTER * 1000,
  }
}

/** By OpenTelemetry's own variables: an address for traces is taken as it is, the general one is their beginning. */
function tracesOf(env: z.infer<typeof environmentSchema>): Config['traces'] {
  const general = env.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/*$/, '/v1/traces')
  const url = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? general
  return url === undefined ? null : { url, ratio: env.OTEL_TRACES_SAMPLER_ARG }
}

/** Throws UsageError unless Kafka and ClickHouse are configured. */
export function serverOnly(config: Config, command: string): Config {
  if (config.backends.kind === 'server') return config
  throw new UsageError(
    `\`${command}\` is a role of server mode: set KAFKA_BROKERS and CLICKHOUSE_URL, or use \`start\`, which needs neither`,
  )
}
