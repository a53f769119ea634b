/** The store in the process: chDB, which is ClickHouse's engine as a library. */
import { mkdir, statfs } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import type * as ChdbModule from 'chdb'
import { folderInUse, openingFailed } from './chdb-folder.ts'
import { createClientStore } from './client-store.ts'
import { ENGINE_SETTINGS, INSERT_SETTINGS, STREAM_BLOCK_ROWS, type Engine } from './engine.ts'
import { toStoreError } from './errors.ts'
import { migrate } from './migrate.ts'
import { PATIENCE } from './retry.ts'
import { createSemaphore } from './semaphore.ts'
import { ident, sql } from './sql.ts'
import { type Store } from './store.ts'

type Chdb = typeof ChdbModule
type Session = InstanceType<Chdb['Session']>

export interface ChdbStoreOptions {
  /** The data folder; made if missing. One process holds it at a time, and a process holds one. */
  path: string
  /** Letters, digits and underscores. Several databases of one folder may be open at once. */
  database: string
}

/**
 * Calls into the engine under way at once, over all stores of the process. Each holds one of libuv's four threads, and
 * files and name look-ups need the last. A session runs its calls one after another, so each call has its own.
 */
const CALLS_MAX = 3
const calls = createSemaphore(CALLS_MAX)

const MIB = 1024 * 1024
/** Of 1.5 GiB for the whole process: Node's heap, the library itself (150 MB) and the engine. */
const SERVER_MEMORY = 700 * MIB
const QUERY_MEMORY = 350 * MIB
/** Sorting and grouping beyond this goes to disk. The engine's ratio, if left on, takes the place of this bound. */
const SPILL = 100 * MIB
/** A laptop has other work to do, and memory grows with threads. */
const THREADS_MAX = 4
/** The desk's ledger shares the disk and must still be able to write. */
const FREE_DISK = 200 * MIB

const ENGINE_ARGUMENTS: Readonly<Record<string, string | number>> = {
  ...ENGINE_SETTINGS,
  ...INSERT_SETTINGS,
  max_server_memory_usage: SERVER_MEMORY,
  mark_cache_size: 32 * MIB,
  max_memory_usage: QUERY_MEMORY,
  max_bytes_before_external_sort: SPILL,
  max_bytes_before_external_group_by: SPILL,
  max_bytes_ratio_before_external_sort: 0,
  max_bytes_ratio_before_external_group_by: 0,
  max_threads: Math.min(THREADS_MAX, availableParallelism()),
  // Parameters are set by a statement of their own: lists of some thousand ids outgrow the engine's 256 KiB.
  max_query_size: 64 * MIB,
  // Pieces are small: a second thread to parse them costs more than it gives.
  input_format_parallel_parsing: 0,
  min_free_disk_bytes_to_perform_insert: FREE_DISK,
}

/**
 * Opens (or makes) a database in a data folder. Throws StoreError `in_use` where another process holds the folder,
 * `newer_schema`, `disk_full`.
 */
export async function openChdbStore({ path: folder, database }: ChdbStoreOptions): Promise<Store> {
  const where = path.resolve(folder)
  const name = ident(database)
  await mkdir(where, { recursive: true }).catch((error: unknown) => {
    throw openingFailed(where, error)
  })
  const engine = await openEngine(where, name.name)
  try {
    await migrate(engine, PATIENCE, new AbortController().signal)
  } catch (error) {
    await engine.close()
    throw error
  }
  return createClientStore(engine, PATIENCE)
}

async function openEngine(where: string, database: string): Promise<Engine> {
  const used = await folderInUse(where)
  if (used !== null) throw used
  // Loaded here and not above: the library is 540 MB, and with a ClickHouse server nobody needs it.
  const chdb = await import('chdb')
  const sessions: Session[] = []
  const open = (): Session => {
    try {
      return new chdb.Session(where, { connectionArgs: argumentsOf(ENGINE_ARGUMENTS) })
    } catch (error) {
      throw openingFailed(where, error)
    }
  }
  const use = (session: Session) => session.queryAsync(sql`USE ${ident(database)}`.text)
  try {
    while (sessions.length < CALLS_MAX) sessions.push(open())
    await makeDatabase(sessions[0]!, where, database)
    for (const session of sessions) await use(session)
  } catch (error) {
    for (const session of sessions) session.close()
    throw error
  }
  return createChdbEngine({
    where,
    chdb,
    sessions,
    openSession: async () => {
      const session = open()
      await use(session)
      return session
    },
  })
}

/** Statements after which the engine writes anew what a table or a database is. */
const DESCRIBES = /^\s*(?:CREATE|ALTER)\b/

/**
 * What it writes so on a full disk is an empty file, of which it says nothing, and then it never opens the folder again,
 * whatever lies there. Throws StoreError `disk_full`.
 */
async function checkRoom(where: string): Promise<void> {
  const { bavail, bsize } = await statfs(where)
  if (bavail * bsize < FREE_DISK)
    throw toStoreError(new Error('no space left on device'), 'making or changing tables', where)
}

async function makeDatabase(session: Session, where: string, database: string): Promise<void> {
  const asked = sql`EXISTS DATABASE ${ident(database)}`.text
  const answer = await session.queryAsync(asked, { format: 'JSONEachRow' })
  const [there] = parseLines<{ result: number }>(answer.text())
  if (there!.result === 1) return
  await checkRoom(where)
  await session.queryAsync(sql`CREATE DATABASE IF NOT EXISTS ${ident(database)}`.text)
}

/**
 * As a server's client gives an insert up after this long and sends it again. Rows bear the time of its beginning, and whoever
 * looks for what is new looks back a little further than this (api/spikes/dirty.ts): what is there later is stored anew. By
 * the wall clock, which goes on while the machine sleeps.
 */
const INSERT_MAX_MS = 30_000

interface EngineParts {
  where: string
  chdb: Chdb
  /** As many as calls may be under way, so that whoever may call finds one. */
  sessions: Session[]
  openSession: () => Promise<Session>
}

function createChdbEngine({ where, chdb, sessions, openSession }: EngineParts): Engine {
  const idle = [...sessions]
  const streams = new Set<Session>()

  async function call<T>(work: (session: Session) => Promise<T>): Promise<T> {
    using _ = await calls.acquire()
    const session = idle.pop()!
    try {
      return await work(session)
    } finally {
      idle.push(session)
    }
  }

  async function run(text: string, params: Readonly<Record<string, unknown>>, session: Session) {
    await setParams(session, params)
    return session.queryAsync(text, { format: 'JSONEachRow' })
  }

  return {
    where,
    query: <T>(text: string, params: Readonly<Record<string, unknown>>) =>
      call(async (session) => parseLines<T>((await run(text, params, session)).text())),
    command: (text, params) =>
      call(async (session) => {
        if (DESCRIBES.test(text)) await checkRoom(where)
        await run(text, params, session)
      }),
    insert: (table, columns, lines) =>
      call(async (session) => {
        const begun = Date.now()
        await session.insert({ table, columns: [...columns], format: 'JSONCompactEachRow', values: lines })
        if (Date.now() - begun > INSERT_MAX_MS) throw new Error('timeout error: an insert took too long')
      }),
    async *stream<T>(text: string, params: Readonly<Record<string, unknown>>) {
      const session = await openSession()
      streams.add(session)
      try {
        yield* readStream<T>(session, text, params)
      } finally {
        streams.delete(session)
        session.close()
      }
    },
    async close() {
      // The library itself puts off what is still used by a call under way; this waits for that.
      for (const session of [...streams, ...sessions]) session.close()
      await chdb.drainPending()
    },
  }
}

async function* readStream<T>(
  session: Session,
  text: string,
  params: Readonly<Record<string, unknown>>,
): AsyncGenerator<T[]> {
  const next = async <R>(work: () => Promise<R>): Promise<R> => {
    using _ = await calls.acquire()
    return work()
  }
  await next(async () => {
    await session.queryAsync(
      `SET max_block_size = ${STREAM_BLOCK_ROWS}, output_format_parallel_formatting = 0`,
    )
    await setParams(session, params)
  })
  const stream = session.queryStream(text, { format: 'JSONEachRow' })
  try {
    const chunks = stream[Symbol.asyncIterator]()
    for (let chunk = await next(() => chunks.next()); !chunk.done; chunk = await next(() => chunks.next())) {
      yield parseLines<T>(chunk.value.text())
    }
  } finally {
    stream.cancel()
  }
}

/**
 * Binds parameters for the session's next statement. The library's own way to bind is not safe between two sessions at
 * once, so it runs all such queries of a process one after another; a session's own parameters are safe and parallel.
 */
async function setParams(session: Session, params: Readonly<Record<string, unknown>>): Promise<void> {
  const names = Object.keys(params)
  if (names.length === 0) return
  await session.queryAsync(
    `SET ${names.map((name) => `param_${name} = ${literal(paramText(params[name]))}`).join(', ')}`,
  )
}

/** A value as the engine reads a parameter: text with tabs, line ends and backslashes escaped; an array as a literal. */
function paramText(value: unknown): string {
  if (Array.isArray(value))
    return `[${value.map((one) => (typeof one === 'string' ? literal(one) : String(one))).join(',')}]`
  return String(value).replace(/[\\\t\n\r\0\b\f]/g, (character) => ESCAPES[character]!)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
}

const literal = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`

function parseLines<T>(text: string): T[] {
  const lines = text.trimEnd()
  return lines === '' ? [] : (JSON.parse(`[${lines.replaceAll('\n', ',')}]`) as T[])
}

function argumentsOf(settings: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(settings).map(([name, value]) => `--${name}=${value}`)
}
