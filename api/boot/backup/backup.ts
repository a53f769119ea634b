/** A backup: a folder with the store's tables, the desk's database, the key of authors and where the sources stand. */
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { z } from 'zod'
import { readMigrations } from '../../../classify/store/migrate.ts'
import { openDesk } from '../../desk/desk.ts'
import { deskUrl, memoryFile, openStore } from '../backends.ts'
import { FailedError } from '../command.ts'
import type { Config } from '../config.ts'
import { readWhereTopicsStand, refuseWhileRead, setTopicsBack, type SetBack } from './stream.ts'
import { countRows, digestOf, loadTable, readTables, saveTable, type SavedTable } from './tables.ts'

const MANIFEST = 'manifest.json'
const DESK = 'desk.db'
const KEY = 'author.key'
const POSITIONS = 'positions'
const MEMORY = 'detector.json.gz'
const tableFile = (name: string): string => `${name}.jsonl.gz`

const manifestSchema = z.object({
  format: z.literal(1),
  /** Whatever was stored by then is in it. Earlier versions did not say it. */
  begunAt: z.iso.datetime().optional(),
  madeAt: z.iso.datetime(),
  namespace: z.string(),
  /** Of the store's tables. */
  schemaVersion: z.number().int(),
  tables: z.array(
    z.object({ name: z.string(), columns: z.array(z.string()), rows: z.number().int(), sha256: z.string() }),
  ),
  /** How far the classify role was by `begunAt` at least: by topic and partition, the offset that it read next. */
  topics: z.record(z.string(), z.record(z.string(), z.number().int().nonnegative())).optional(),
  /** SHA-256 of the other files. Earlier versions did not say it. */
  files: z.record(z.string(), z.string()).optional(),
  /** Null: the desk lies in a libSQL server, which has its own backups. */
  desk: z.object({ entries: z.number().int(), sha256: z.string() }).nullable(),
})
export type Manifest = z.infer<typeof manifestSchema>

type Where = Pick<Config, 'backends' | 'partitions' | 'deskUrl'> & { namespace: string }

export interface Report {
  rows: number
  /** Entries of the ledger; null: not part of it. */
  entries: number | null
}

/**
 * Writes `folder`, which must not be there yet; until it is whole it bears another name. `warn` is told what could not be
 * looked at. Throws FailedError.
 */
export async function makeBackup(
  where: Where,
  folder: string,
  warn: (text: string) => void,
): Promise<Report> {
  if (existsSync(folder)) throw new FailedError(`${folder} is there already: name a folder that is not`)
  const partial = `${folder}.partial`
  await rm(partial, { recursive: true, force: true })
  // It holds the key under which accounts are hashed.
  await mkdir(partial, { recursive: true, mode: 0o700 })
  try {
    const { dataDir } = where.backends
    const begunAt = new Date().toISOString()
    // Positions and offsets first: they claim least.
    const topics = await readWhereTopicsStand(where, warn)
    const copied = new Map([[KEY, join(dataDir, KEY)]])
    for (const name of await positionsOf(where.namespace, join(dataDir, POSITIONS)))
      copied.set(join(POSITIONS, name), join(dataDir, POSITIONS, name))
    // Without it, or where it no longer fits, the detector runs again: its writer puts a whole one in its place.
    copied.set(MEMORY, memoryFile(where))
    const files: Record<string, string> = {}
    for (const [name, from] of copied) {
      if (!existsSync(from)) continue
      await cp(from, join(partial, name))
      files[name] = await digestOf(join(partial, name))
    }
    const tables = await saveStore(where, partial)
    const desk = await saveDesk(where, join(partial, DESK))
    const manifest: Manifest = {
      format: 1,
      begunAt,
      madeAt: new Date().toISOString(),
      namespace: where.namespace,
      schemaVersion: (await readMigrations()).length,
      tables,
      topics,
      files,
      desk,
    }
    await writeFile(join(partial, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
    await rename(partial, folder)
    return { rows: sumRows(tables), entries: desk?.entries ?? null }
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error
  }
}

/** Of this night alone: those of others would say that posts are stored which are not part of the backup. */
async function positionsOf(namespace: string, folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => name.startsWith(`${namespace}.`) && name.endsWith('.json'))
}

async function saveStore(where: Where, folder: string): Promise<SavedTable[]> {
  const store = await openStore(where)
  try {
    const saved: SavedTable[] = []
    for (const [table, columns] of await readTables(store))
      saved.push(await saveTable(store, table, columns, join(folder, tableFile(table))))
    return saved
  } finally {
    await store.close()
  }
}

/** SQLite itself writes the copy, whatever is written meanwhile. */
async function saveDesk(where: Where, file: string): Promise<Manifest['desk']> {
  const url = deskUrl(where, where.deskUrl)
  if (!url.startsWith('file:')) return null
  if (!existsSync(url.slice('file:'.length))) return null
  const client = createClient({ url })
  try {
    await client.execute({ sql: 'VACUUM INTO ?', args: [file] })
  } finally {
    client.close()
  }
  const entries = await verifiedEntries(file)
  // The copy is whole by itself; these are of the looking.
  for (const end of ['-wal', '-shm']) await rm(`${file}${end}`, { force: true })
  return { entries, sha256: await digestOf(file) }
}

/** Throws FailedError where the ledger is not whole: it would be neither saved nor restored as if it were. */
async function verifiedEntries(file: string): Promise<number> {
  const desk = await openDesk({ url: `file:${file}` })
  try {
    const verified = await desk.verifyLedger()
    if (!verified.ok) throw new FailedError(`the ledger is broken at entry ${verified.seq}: ${verified.why}`)
    return verified.entries
  } finally {
    await desk.close()
  }
}

/**
 * Reads a backup into an installation that has nothing yet, and proves that all of it is there: digests before, rows and
 * the ledger's chain after. Without a namespace it has the one that it had. Throws FailedError; what is half restored is then removed by whoever called it, or tried again
 * into another place.
 */
export async function restoreBackup(
  options: Omit<Where, 'namespace'> & { namespace: string | undefined },
  folder: string,
): Promise<Report & { namespace: string; setBack: SetBack[] }> {
  const manifest = await readManifest(folder)
  const where: Where = { ...options, namespace: options.namespace ?? manifest.namespace }
  const { dataDir } = where.backends
  const url = deskUrl(where, where.deskUrl)
  const deskFile = url.startsWith('file:') ? url.slice('file:'.length) : null
  if (deskFile === null && manifest.desk !== null)
    throw new FailedError(
      'the backup holds a desk, and TALLYWATCH_DESK_URL names a server: unset it, or restore there',
    )
  // What was written to an earlier database and lies beside it would be taken into this one.
  for (const file of deskFile === null ? [] : [deskFile, `${deskFile}-wal`])
    if (existsSync(file))
      throw new FailedError(`${file} is there already: restore into an empty data folder (--data)`)
  await refuseAnotherKey(folder, dataDir)
  await mkdir(dataDir, { recursive: true })
  const { rows, setBack } = await restoreStore(where, manifest, folder)
  let entries: number | null = null
  if (manifest.desk !== null && deskFile !== null) {
    await cp(join(folder, DESK), deskFile)
    entries = await verifiedEntries(deskFile)
    if (entries !== manifest.desk.entries)
      throw new FailedError(`the ledger has ${entries} entries, and the backup says ${manifest.desk.entries}`)
  }
  if (existsSync(join(folder, KEY))) await cp(join(folder, KEY), join(dataDir, KEY))
  for (const name of await positionsOf(manifest.namespace, join(folder, POSITIONS))) {
    const restored = `${where.namespace}${name.slice(manifest.namespace.length)}`
    await cp(join(folder, POSITIONS, name), join(dataDir, POSITIONS, restored))
  }
  if (existsSync(join(folder, MEMORY))) await cp(join(folder, MEMORY), memoryFile(where))
  return { rows, entries, namespace: where.namespace, setBack }
}

/** Throws FailedError where accounts of another night are hashed under a key of their own: it would be lost. */
async function refuseAnotherKey(folder: string, dataDir: string): Promise<void> {
  const [saved, there] = await Promise.all(
    [folder, dataDir].map((at) => readFile(join(at, KEY), 'utf8').catch(() => null)),
  )
  if (saved !== null && there !== null && saved !== there)
    throw new FailedError(
      `${join(dataDir, KEY)} is there already, and is another one: restore into an empty data folder (--data)`,
    )
}

async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch((cause: unknown) => {
    throw new FailedError(`${folder} is no backup: it has no ${MANIFEST}`, { cause })
  })
  const manifest = manifestSchema.safeParse(jsonOrNull(text))
  if (!manifest.success) throw new FailedError(`${folder}: its ${MANIFEST} is not understood`)
  const { tables, desk, schemaVersion, files: others = {} } = manifest.data
  const known = (await readMigrations()).length
  if (schemaVersion > known)
    throw new FailedError(
      `the backup was made by a newer Tallywatch (tables of version ${schemaVersion}, this one knows ${known}): restore it with that one`,
    )
  const files = tables.map(({ name, sha256 }) => ({ file: tableFile(name), sha256 }))
  if (desk !== null) files.push({ file: DESK, sha256: desk.sha256 })
  files.push(...Object.entries(others).map(([file, sha256]) => ({ file, sha256 })))
  for (const { file, sha256 } of files) {
    const found = await digestOf(join(folder, file)).catch(() => null)
    if (found !== sha256)
      throw new FailedError(`${join(folder, file)} is missing or not what was saved: use another backup`)
  }
  return manifest.data
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function restoreStore(
  where: Where,
  manifest: Manifest,
  folder: string,
): Promise<{ rows: number; setBack: SetBack[] }> {
  const { tables } = manifest
  // Before there are tables: a worker would write what it has to say of its progress.
  await refuseWhileRead(where)
  const store = await openStore(where)
  try {
    for (const { name } of tables)
      if ((await countRows(store, name)) > 0)
        throw new FailedError(
          `the night \`${where.namespace}\` has rows in ${name} already: restore into an empty data folder, or under another TALLYWATCH_NAMESPACE`,
        )
    // Before the rows: a restore that is tried again after it finds nothing to set back, and one after the rows could not be.
    const setBack = await setTopicsBack(where, manifest)
    for (const saved of tables.toReversed()) {
      const rows = await loadTable(store, saved, join(folder, tableFile(saved.name)))
      const stored = await countRows(store, saved.name)
      if (rows !== saved.rows || stored > rows)
        throw new FailedError(`${saved.name}: ${rows} of ${saved.rows} rows were read, ${stored} are stored`)
    }
    return { rows: sumRows(tables), setBack }
  } finally {
    await store.close()
  }
}

function sumRows(tables: readonly SavedTable[]): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0)
}
