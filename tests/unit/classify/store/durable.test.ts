/** What is stored outlives a power cut: rows are written through to the disk before their insert resolves. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openChdbStore } from '../../../../classify/store/chdb.ts'
import { sql } from '../../../../classify/store/sql.ts'
import type { Store } from '../../../../classify/store/store.ts'

/** What is told of progress and of sources only hints, and comes again; a version of the schema is made again. */
const HINTS = ['progress', 'schema_versions', 'source_status']

let folder: string
let store: Store
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-durable-'))
  store = await openChdbStore({ path: folder, database: 'night' })
})
afterAll(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

const synced = async (): Promise<{ files: number; folders: number }> => {
  const [row] = await store.query<{ files: number; folders: number }>(sql`
    SELECT toFloat64(sumIf(value, event = 'FileSync')) AS files,
      toFloat64(sumIf(value, event = 'DirectorySync')) AS folders
    FROM system.events`)
  return row!
}

test('the files of an insert, and their folder, are synced', async () => {
  const insert = (post: number) =>
    store.insert(
      'seen',
      ['minute', 'post', 'source', 'election', 'counted_places'],
      [[1, post, 's', true, []]],
    )
  await insert(1)
  const before = await synced()
  await insert(2)
  const after = await synced()
  expect(after.files).toBeGreaterThan(before.files)
  expect(after.folders).toBeGreaterThan(before.folders)
})

test('that holds for every table but those that only hint', async () => {
  const rows = await store.query<{ name: string }>(sql`
    SELECT name FROM system.tables
    WHERE database = currentDatabase()
      AND NOT (engine_full LIKE '%fsync_after_insert = 1%' AND engine_full LIKE '%fsync_part_directory = 1%')
    ORDER BY name`)
  expect(rows.map(({ name }) => name)).toEqual(HINTS)
})
