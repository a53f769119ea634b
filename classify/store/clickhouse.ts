/** The store on a ClickHouse server, over HTTP. */
import { Agent } from 'node:https'
import { Readable } from 'node:stream'
import { rootCertificates } from 'node:tls'
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client'
import { createClientStore } from './client-store.ts'
import { CLUSTER_SETTINGS, forCluster, onCluster } from './cluster.ts'
import { ENGINE_SETTINGS, INSERT_SETTINGS, STREAM_BLOCK_ROWS, type Engine } from './engine.ts'
import { toStoreError } from './errors.ts'
import { migrate } from './migrate.ts'
import { PATIENCE, withRetries, type Patience } from './retry.ts'
import { ident, joinSql, sql } from './sql.ts'
import { StoreError, type Store } from './store.ts'

export interface ClickhouseStoreOptions {
  /** `http://host:8123` or `https://…`. */
  url: string
  /** Letters, digits and underscores; made if missing. */
  database: string
  username?: string
  password?: string
  /** PEM texts for `https://`; without `ca` the authorities that Node knows. */
  tls?: { ca?: string; cert?: string; key?: string }
  /** Tables are made on every machine of this cluster; see cluster.ts. */
  cluster?: string
  /** How long to keep trying while the server is away; about a minute unless told. */
  patience?: Partial<Patience>
}

/** A statement that says nothing for so long is lost; none of ours needs more than a few seconds. */
const REQUEST_TIMEOUT_MS = 30_000
/** A stream is silent while its reader is slow: an export to a poor connection may pause for minutes. */
const STREAM_TIMEOUT_MS = 600_000
/** Statements under way at once; more wait here, not at the server. */
const CONNECTIONS_MAX = 10

/** Answers are small, or are read slowly: threads to write them out cost half a millisecond of CPU a statement. */
const WRITTEN_ALONE = { output_format_parallel_formatting: 0 } as const

type Params = Readonly<Record<string, unknown>>

/**
 * Connects, makes the database if it is missing, and brings its tables up to date. Throws StoreError `unavailable`
 * after bounded retries, `newer_schema`, `wrong_cluster`.
 */
export async function openClickhouseStore(options: ClickhouseStoreOptions): Promise<Store> {
  const patience = { ...PATIENCE, ...options.patience }
  const { signal } = new AbortController()
  const where = `ClickHouse at ${options.url}`
  await makeDatabase(options, where, patience, signal)
  const single = createHttpEngine(options, where)
  const { cluster, database } = options
  const engine = cluster === undefined ? single : onCluster(single, { name: cluster, database })
  try {
    await checkLayout(single, options, patience, signal)
    await migrate(engine, patience, signal)
  } catch (error) {
    await engine.close()
    throw error
  }
  return createClientStore(engine, patience)
}

/** Tables that are there stay as they were made. Spread ones, written to as plain ones, acknowledge what is not yet kept. */
async function checkLayout(
  engine: Engine,
  { database, cluster }: ClickhouseStoreOptions,
  patience: Patience,
  signal: AbortSignal,
): Promise<void> {
  const asked = sql`SELECT engine FROM system.tables WHERE database = currentDatabase() AND name = 'schema_versions'`
  const read = () => engine.query<{ engine: string }>(asked.text, asked.params)
  let made: { engine: string } | undefined
  try {
    ;[made] = await withRetries(read, patience, signal)
  } catch (error) {
    throw toStoreError(error, `reading how ${database} was made`, engine.where)
  }
  if (made === undefined || (made.engine === 'Distributed') === (cluster !== undefined)) return
  throw new StoreError(
    'wrong_cluster',
    cluster === undefined
      ? `${database} at ${engine.where} is spread over a cluster: set CLICKHOUSE_CLUSTER to its name, for every role`
      : `${database} at ${engine.where} was made without a cluster: unset CLICKHOUSE_CLUSTER, or name another namespace and restore a backup into it`,
  )
}

async function makeDatabase(
  options: ClickhouseStoreOptions,
  where: string,
  patience: Patience,
  signal: AbortSignal,
): Promise<void> {
  const client = connect({ ...options, database: 'default' }, REQUEST_TIMEOUT_MS)
  const { cluster, database } = options
  const { text } = sql`CREATE DATABASE IF NOT EXISTS ${ident(database)}`
  const query = cluster === undefined ? text : forCluster(text, { name: cluster, database })[0]!
  async function make(): Promise<void> {
    const { text: asked } = sql`EXISTS DATABASE ${ident(database)}`
    const answer = await client.query({ query: asked, format: 'JSONEachRow' })
    const [made] = await answer.json<{ result: number }>()
    // As with tables (migrate.ts): a cluster's machine that is away would be waited for.
    if (made!.result === 0) await client.command({ query })
  }
  try {
    await withRetries(make, patience, signal)
  } catch (error) {
    throw toStoreError(error, `making the database ${options.database}`, where)
  } finally {
    await client.close()
  }
}

function connect(
  { url, database, username, password, tls, cluster }: ClickhouseStoreOptions,
  timeoutMs: number,
): ClickHouseClient {
  return createClient({
    url,
    database,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : secured(tls, password)),
    application: 'tallywatch',
    request_timeout: timeoutMs,
    max_open_connections: CONNECTIONS_MAX,
    clickhouse_settings: {
      ...ENGINE_SETTINGS,
      ...WRITTEN_ALONE,
      ...(cluster === undefined ? {} : CLUSTER_SETTINGS),
    },
    // Errors are thrown to whoever asked; the client's own lines would be said twice.
    log: { level: ClickHouseLogLevel.OFF },
    // Lists of ids outgrow a URL.
    use_multipart_params_auto: true,
  })
}

/** With a certificate and no password it is the certificate that signs in; with both it only opens the connection. */
function secured(tls: NonNullable<ClickhouseStoreOptions['tls']>, password: string | undefined) {
  const { ca = rootCertificates.join('\n'), cert, key } = tls
  if (cert === undefined || key === undefined) return { tls: { ca_cert: Buffer.from(ca) } }
  if (password !== undefined) {
    // The client's own way to show a certificate tells the server to look at nothing else.
    return { http_agent: new Agent({ ca, cert, key, keepAlive: true, maxSockets: CONNECTIONS_MAX }) }
  }
  return { tls: { ca_cert: Buffer.from(ca), cert: Buffer.from(cert), key: Buffer.from(key) } }
}

function createHttpEngine(options: ClickhouseStoreOptions, where: string): Engine {
  const client = connect(options, REQUEST_TIMEOUT_MS)
  const streams = connect(options, STREAM_TIMEOUT_MS)
  return {
    where,
    query: <T>(text: string, params: Params) => query<T>(client, text, params),
    command: (text, params) => command(client, text, params),
    insert: (table, columns, lines) => insert(client, table, columns, lines),
    async *stream<T>(text: string, params: Params) {
      const result = await streams.query({
        ...bound(text, params),
        format: 'JSONEachRow',
        clickhouse_settings: { max_block_size: String(STREAM_BLOCK_ROWS) },
      })
      for await (const rows of result.stream<T>()) yield rows.map((row) => row.json<T>())
    },
    async close() {
      await Promise.all([client.close(), streams.close()])
    },
  }
}

/** The server takes fields of 128 KiB; a list is cut before, though each character took four bytes. */
const FIELD_CHARACTERS = 30_000

/** A statement as the client takes it; a long list goes in several parameters, joined by the engine. */
function bound(text: string, params: Params): { query: string; query_params: Record<string, unknown> } {
  const query_params: Record<string, unknown> = {}
  let query = text
  for (const [name, value] of Object.entries(params)) {
    const parts = Array.isArray(value) ? cut(value) : [value]
    if (parts.length === 1) {
      query_params[name] = parts[0]
      continue
    }
    const names = parts.map((part, i) => {
      query_params[`${name}_${i}`] = part
      return `${name}_${i}`
    })
    const slots = (_: string, type: string) =>
      `arrayConcat(${names.map((one) => `{${one}:${type}}`).join(', ')})`
    query = query.replace(new RegExp(`\\{${name}:([^}]+)\\}`), slots)
  }
  return { query, query_params }
}

function cut(list: readonly unknown[]): unknown[][] {
  const parts: unknown[][] = [[]]
  let characters = 0
  for (const value of list) {
    // Quotes and a comma; an escape may double a character.
    const size = String(value).length * 2 + 3
    if (characters + size > FIELD_CHARACTERS && parts.at(-1)!.length > 0) {
      parts.push([])
      characters = 0
    }
    parts.at(-1)!.push(value)
    characters += size
  }
  return parts
}

/**
 * The server holds the answer back until it is whole, so that an error is an error and not half an answer: up to 1 MiB in
 * memory, the rest in a file.
 */
const WHOLE = { wait_end_of_query: 1, http_response_buffer_size: '1048576' } as const

async function query<T>(client: ClickHouseClient, text: string, params: Params): Promise<T[]> {
  const result = await client.query({
    ...bound(text, params),
    format: 'JSONEachRow',
    clickhouse_settings: WHOLE,
  })
  const rows = await result.json<T>()
  checkWhole(rows.length, result.response_headers['x-clickhouse-summary'])
  return rows
}

/**
 * On a full disk the server cannot write that file, and then answers with status 200 and no row, or some. How many there
 * are it still says in the summary; a proxy may have taken that away. The words count as those of a lost connection.
 */
function checkWhole(rows: number, summary: string | string[] | undefined): void {
  if (typeof summary !== 'string') return
  const { result_rows: told } = JSON.parse(summary) as { result_rows?: string }
  if (Number(told) > rows)
    throw new Error(`premature close: ${rows} of ${told} rows came, as when its disk is full`)
}

async function command(client: ClickHouseClient, text: string, params: Params): Promise<void> {
  await client.command({ ...bound(text, params), clickhouse_settings: WHOLE })
}

async function insert(
  client: ClickHouseClient,
  table: string,
  columns: readonly string[],
  lines: Buffer,
): Promise<void> {
  const names = joinSql(
    columns.map((column) => sql`${ident(column)}`),
    ', ',
  )
  const { stream } = await client.exec({
    query: sql`INSERT INTO ${ident(table)} (${names}) FORMAT JSONCompactEachRow`.text,
    values: Readable.from([lines], { objectMode: false }),
    clickhouse_settings: { ...WHOLE, ...INSERT_SETTINGS, input_format_parallel_parsing: 0 },
  })
  // An answer that is not read keeps its connection.
  for await (const _ of stream) continue
}
