/** The store over any engine: pieces, checks, retries, errors. Both adapters are this one, over their own `Engine`. */
import { setMaxListeners } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { checkFor, type Check } from './columns.ts'
import type { Engine } from './engine.ts'
import { toStoreError } from './errors.ts'
import { withRetries, type Patience } from './retry.ts'
import { param, sql, type Sql } from './sql.ts'
import { StoreError, type Row, type Store } from './store.ts'

/** One part on disk for each piece: enough rows that parts stay few, few enough that a piece is 100 ms of work. */
const PIECE_ROWS = 20_000
/** Texts of the greatest length, 10,000 characters, would make a piece of 20,000 rows 200 MB. */
const PIECE_CHARACTERS = 8 * 1024 * 1024
/** Rows written out as JSON between two turns of the event loop: some 5 ms. */
const SERIALIZE_TURN = 1_000

/** Somebody waits for the answer, and can ask again. */
const READ_PATIENCE_MS = 10_000

/** `patience` is for writing; reading waits `READ_PATIENCE_MS` at most. */
export function createClientStore(engine: Engine, patience: Patience): Store {
  const closing = new AbortController()
  // Every statement that waits for an engine that is away listens; how many there are, their callers bound.
  setMaxListeners(0, closing.signal)
  const readPatience = { ...patience, totalMs: Math.min(patience.totalMs, READ_PATIENCE_MS) }
  const checks = new Map<string, Promise<Map<string, Check>>>()
  const underWay = new Set<Promise<unknown>>()
  let closed: Promise<void> | null = null

  function ensureOpen(doing: string): void {
    if (closed !== null)
      throw new StoreError('unavailable', `The store in ${engine.where} is closed (${doing})`)
  }

  /** What was taken before `close` is finished by it. */
  async function take<T>(doing: string, work: () => Promise<T>): Promise<T> {
    ensureOpen(doing)
    const working = work()
    underWay.add(working)
    try {
      return await working
    } finally {
      underWay.delete(working)
    }
  }

  async function attempt<T>(doing: string, how: Patience, work: () => Promise<T>): Promise<T> {
    try {
      return await withRetries(work, how, closing.signal)
    } catch (error) {
      throw toStoreError(error, doing, engine.where)
    }
  }

  async function loadChecks(table: string): Promise<Map<string, Check>> {
    const rows = await attempt(`insert into ${table}`, patience, () => {
      const { text, params } = sql`
        SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = ${param.string(table)}`
      return engine.query<{ name: string; type: string }>(text, params)
    })
    return new Map(rows.map(({ name, type }) => [name, checkFor(type)]))
  }

  async function checksOf(table: string, columns: readonly string[]): Promise<Check[]> {
    let known = checks.get(table)
    if (known === undefined) checks.set(table, (known = loadChecks(table)))
    try {
      const byName = await known
      return columns.map((column) => {
        const check = byName.get(column)
        if (check === undefined)
          throw new StoreError('query_failed', `insert into ${table}: no column ${column}`)
        return check
      })
    } catch (error) {
      checks.delete(table)
      throw error
    }
  }

  async function insert(table: string, columns: readonly string[], rows: readonly Row[]): Promise<void> {
    const valid = await checksOf(table, columns)
    for await (const lines of pieces(table, columns, rows, valid)) {
      await attempt(`insert into ${table}`, patience, () => engine.insert(table, columns, lines))
    }
  }

  return {
    async insert(table, columns, rows) {
      if (rows.length > 0) await take(`insert into ${table}`, () => insert(table, columns, rows))
    },
    query: <T>({ text, params }: Sql) =>
      take('query', () => attempt('query', readPatience, () => engine.query<T>(text, params))),
    command: ({ text, params }) =>
      take('statement', () => attempt('statement', patience, () => engine.command(text, params))),
    async *stream<T>({ text, params }: Sql) {
      ensureOpen('query')
      let blocks!: AsyncIterator<T[]>
      let next = await attempt('query', readPatience, () => {
        blocks = engine.stream<T>(text, params)[Symbol.asyncIterator]()
        return blocks.next()
      })
      try {
        while (!next.done) {
          yield next.value
          next = await blocks.next().catch((error: unknown) => {
            throw toStoreError(error, 'query', engine.where)
          })
        }
        // An engine that is closed ends its streams: half an answer must not look like a whole one.
        ensureOpen('query')
      } finally {
        await blocks.return?.()
      }
    },
    async ping() {
      if (closed !== null) return false
      return engine.query('SELECT 1', {}).then(
        () => true,
        () => false,
      )
    },
    close() {
      closed ??= (async () => {
        closing.abort()
        await Promise.allSettled(underWay)
        await engine.close()
      })()
      return closed
    },
  }
}

/** Writes rows out as JSONCompactEachRow; throws `invalid_value` before the piece that holds the value is given. */
async function* pieces(
  table: string,
  columns: readonly string[],
  rows: readonly Row[],
  checks: readonly Check[],
): AsyncGenerator<Buffer> {
  let text = ''
  let first = 0
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    checkRow(table, columns, row, i, checks)
    text += `${JSON.stringify(row)}\n`
    const count = i + 1 - first
    if (count >= PIECE_ROWS || text.length >= PIECE_CHARACTERS || i === rows.length - 1) {
      yield Buffer.from(text)
      text = ''
      first = i + 1
    } else if (count % SERIALIZE_TURN === 0) await nextTurn()
  }
}

function checkRow(
  table: string,
  columns: readonly string[],
  row: Row,
  index: number,
  checks: readonly Check[],
): void {
  if (row.length !== columns.length) {
    throw new StoreError(
      'invalid_value',
      `insert into ${table}, row ${index}: ${row.length} values for ${columns.length} columns`,
    )
  }
  for (let c = 0; c < checks.length; c++) {
    const wrong = checks[c]!(row[c])
    if (wrong === null) continue
    throw new StoreError(
      'invalid_value',
      `insert into ${table}, column ${columns[c]}, row ${index}: ${wrong}`,
    )
  }
}
