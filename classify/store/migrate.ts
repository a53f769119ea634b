/**
 * Brings a store's tables to this code's version. The numbered files of `schema/` run in order, each once; every
 * statement of theirs may run twice (`IF NOT EXISTS`), so that two processes may start at once and a process that was
 * killed half-way goes on where it was.
 */
import { readdir, readFile } from 'node:fs/promises'
import type { Engine } from './engine.ts'
import { toStoreError } from './errors.ts'
import { withRetries, type Patience } from './retry.ts'
import { param, sql, type Sql } from './sql.ts'
import { StoreError } from './store.ts'

const SCHEMA = new URL('./schema/', import.meta.url)

export interface Migration {
  version: number
  name: string
  statements: string[]
}

/** The files of `schema/`, in order. Throws where two bear one number or a name is none of ours. */
export async function readMigrations(folder: URL = SCHEMA): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const migrations = await Promise.all(
    files.map(async (file, index) => {
      const [, digits, name] = /^(\d{3})_(\w+)\.sql$/.exec(file) ?? []
      if (Number(digits) !== index + 1)
        throw new Error(`${file}: schema files are numbered from 001 without a gap`)
      return {
        version: index + 1,
        name: name!,
        statements: splitStatements(await readFile(new URL(file, folder), 'utf8')),
      }
    }),
  )
  return migrations
}

/** Runs what is missing. Throws StoreError `newer_schema` where the store was made by newer code. */
export async function migrate(
  engine: Engine,
  patience: Patience,
  signal: AbortSignal,
  migrations?: readonly Migration[],
): Promise<void> {
  const all = migrations ?? (await readMigrations())
  const run = ({ text, params }: Sql) => withRetries(() => engine.command(text, params), patience, signal)
  try {
    const [made] = await withRetries(
      () => engine.query<{ result: number }>('EXISTS TABLE schema_versions', {}),
      patience,
      signal,
    )
    // A statement that makes something waits for every machine of a cluster: a start must not need the one that is away.
    if (made!.result === 0)
      await run(sql`
        CREATE TABLE IF NOT EXISTS schema_versions (
          version UInt32, name String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
        ) ENGINE = ReplacingMergeTree(applied_at) ORDER BY version`)
    const current = await currentVersion(engine, patience, signal)
    if (current > all.length) throw newer(engine.where, current, all.length)
    for (const { version, name, statements } of all.slice(current)) {
      for (const text of statements) await run({ kind: 'sql', text, params: {} })
      await run(
        sql`INSERT INTO schema_versions (version, name) SELECT ${param.int(version)}, ${param.string(name)}`,
      )
    }
  } catch (error) {
    throw toStoreError(error, 'bringing the tables up to date', engine.where)
  }
}

async function currentVersion(engine: Engine, patience: Patience, signal: AbortSignal): Promise<number> {
  const rows = await withRetries(
    () => engine.query<{ version: number }>('SELECT max(version) AS version FROM schema_versions', {}),
    patience,
    signal,
  )
  return rows[0]!.version
}

function newer(where: string, current: number, known: number): StoreError {
  return new StoreError(
    'newer_schema',
    `${where} was written by a newer Tallywatch (tables of version ${current}, this one knows ${known}): ` +
      'run that newer version, or name another folder or database',
  )
}

/** Splits at `;` outside strings, quoted names and comments; comments go, since a statement may not begin with one. */
export function splitStatements(text: string): string[] {
  const statements: string[] = []
  let current = ''
  for (const [token] of text.matchAll(
    /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\[\s\S]|''|[^'\\])*'|`[^`]*`|"[^"]*"|[\s\S]/g,
  )) {
    if (token === ';') {
      statements.push(current)
      current = ''
    } else current += token.startsWith('--') || token.startsWith('/*') ? ' ' : token
  }
  statements.push(current)
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== '')
}
