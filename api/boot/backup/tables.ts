/**
 * Tables out of a store into files, and back: a line of JSON for each row, packed. The same for the engine in the process,
 * a server and a cluster, so that what was saved from one can be read into another.
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { ident, joinSql, sql, type Sql } from '../../../classify/store/sql.ts'
import type { Row, Store } from '../../../classify/store/store.ts'

/**
 * In this order they are written, and read back in the opposite one: what claims something is saved before what it
 * claims and restored after it, so that at no moment a claim stands alone. Tables that are not named come in between.
 * That a post of `hasty_posts` is settled claims that its rows are those of the second look, so that comes before them; what
 * is judged in haste meanwhile and is not among them comes again out of the topic (stream.ts). Of `waiting_reposts` nothing
 * is ever taken back: there it is `seen` that claims.
 */
const CLAIMS_FIRST = ['hasty_posts', 'progress', 'ended_sources', 'pushes', 'seen'] as const
const PROOF_LAST = ['posts'] as const
/** Says which form the tables have; the code that opens the store writes it. */
const NOT_SAVED = new Set(['schema_versions'])
/** Rows of one insert when read back. */
const BATCH_ROWS = 5_000

export interface SavedTable {
  name: string
  columns: string[]
  rows: number
  /** Of the file as it lies there. */
  sha256: string
}

/** Names and types of the columns of every table that is saved, in the order of saving. */
export async function readTables(store: Store): Promise<Map<string, { name: string; type: string }[]>> {
  const rows = await store.query<{ table: string; name: string; type: string }>(sql`
    SELECT table, name, type FROM system.columns WHERE database = currentDatabase()
    ORDER BY table, position`)
  const tables = new Map<string, { name: string; type: string }[]>()
  // On a cluster a table's rows lie in `_local` ones, and are read through their face.
  const faces = new Set(rows.map(({ table }) => table))
  const isShard = (table: string) => table.endsWith('_local') && faces.has(table.slice(0, -'_local'.length))
  for (const { table, name, type } of rows) {
    if (NOT_SAVED.has(table) || isShard(table)) continue
    tables.set(table, [...(tables.get(table) ?? []), { name, type }])
  }
  const rank = (table: string): number => {
    const claim = (CLAIMS_FIRST as readonly string[]).indexOf(table)
    if (claim >= 0) return claim
    return (PROOF_LAST as readonly string[]).includes(table) ? CLAIMS_FIRST.length + 1 : CLAIMS_FIRST.length
  }
  return new Map([...tables].sort(([a], [b]) => rank(a) - rank(b)))
}

/** The newest version of each row, as the store takes it back. */
export async function saveTable(
  store: Store,
  table: string,
  columns: readonly { name: string; type: string }[],
  file: string,
): Promise<SavedTable> {
  const values = columns.map(({ name, type }, i) => asInserted(name, type, `c${i}`))
  const query = sql`SELECT ${joinSql(values, ', ')} FROM ${ident(table)} FINAL`
  let rows = 0
  async function* lines(): AsyncGenerator<string> {
    for await (const block of store.stream<Record<string, unknown>>(query)) {
      rows += block.length
      yield block.map((row) => `${JSON.stringify(columns.map((_, i) => row[`c${i}`]))}\n`).join('')
    }
  }
  await pipeline(Readable.from(lines()), createGzip({ level: 6 }), createWriteStream(file, { mode: 0o600 }))
  return { name: table, columns: columns.map(({ name }) => name), rows, sha256: await digestOf(file) }
}

/** Times as epoch ms, since that is what an insert wants; the rest as it is. `as`: a name that no column has. */
function asInserted(name: string, type: string, as: string): Sql {
  return /^(?:Nullable\()?DateTime64\(3\b/.test(type)
    ? sql`toFloat64(toUnixTimestamp64Milli(${ident(name)})) AS ${ident(as)}`
    : sql`${ident(name)} AS ${ident(as)}`
}

/** Reads a file of `saveTable` back; gives the number of rows. What columns were added since have their defaults. */
export async function loadTable(store: Store, saved: SavedTable, file: string): Promise<number> {
  let batch: Row[] = []
  let rows = 0
  const flush = async () => {
    await store.insert(saved.name, saved.columns, batch)
    rows += batch.length
    batch = []
  }
  for await (const lines of linesOf(file)) {
    for (const line of lines) batch.push(JSON.parse(line) as Row)
    if (batch.length >= BATCH_ROWS) await flush()
  }
  await flush()
  return rows
}

/** Split at line feeds only: a text may hold U+2028, at which node:readline ends a line too from Node 24 on. */
async function* linesOf(file: string): AsyncGenerator<string[]> {
  const text = createReadStream(file).pipe(createGunzip()).setEncoding('utf8')
  let rest = ''
  for await (const chunk of text as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    yield lines
  }
}

export async function countRows(store: Store, table: string): Promise<number> {
  const [row] = await store.query<{ n: number }>(
    sql`SELECT toFloat64(count()) AS n FROM ${ident(table)} FINAL`,
  )
  return row!.n
}

/** SHA-256 of a file, hex. */
export async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
