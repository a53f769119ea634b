/** Stores that were written by earlier versions of the schema are opened, keep what they have, and go on. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openChdbStore } from '../../../../classify/store/chdb.ts'
import { readMigrations } from '../../../../classify/store/migrate.ts'
import { sql } from '../../../../classify/store/sql.ts'
import type { Store } from '../../../../classify/store/store.ts'
import { countMinutes, loadMinutes, saveMinutes } from '../../../../api/spikes/minutes.ts'
import { DATABASE, FOLDER_OF, MINUTES, TEXT } from '../../../fixtures/schema/rows.ts'

const run = promisify(execFile)
const folderOf = (version: number): string =>
  fileURLToPath(new URL(`../../../fixtures/schema/${FOLDER_OF(version)}`, import.meta.url))
const newest = (await readMigrations()).length
/** The newest one's folder is kept when the next one comes. */
const versions = Array.from({ length: newest }, (_, i) => i + 1).filter(
  (version) => version < newest || existsSync(folderOf(version)),
)

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-version-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function opened(version: number): Promise<Store> {
  await run('tar', ['-xzf', folderOf(version), '-C', folder])
  return openChdbStore({ path: join(folder, 'clickhouse'), database: DATABASE })
}

test.each(versions)('version %i', async (version) => {
  const store = await opened(version)
  try {
    const [schema] = await store.query<{ version: number }>(
      sql`SELECT max(version) AS version FROM schema_versions`,
    )
    expect(schema).toEqual({ version: newest })
    const posts = await store.query(sql`
      SELECT id, text, narratives, score, language, sketch FROM posts FINAL ORDER BY post`)
    expect(posts).toHaveLength(MINUTES.count)
    const kept = { id: 'file:night/0', text: TEXT, narratives: ['machine_failure'], score: 0.75 }
    // What it lacked has the value that stands for "as it was then".
    expect(posts[0]).toEqual({ ...kept, language: 'en', sketch: '' })
    const last = MINUTES.first + MINUTES.count - 1
    // From the version on that has the table there is something in it.
    const minutes = Array.from({ length: MINUTES.count }, (_, i) => MINUTES.first + i)
    const counted = await countMinutes(store, MINUTES.first, last)
    expect(version < 2 ? minutes : [...counted.keys()].sort((a, b) => a - b)).toEqual(minutes)
    const [sums] = await store.query(sql`
      SELECT toUInt32(sum(posts)) AS posts, toUInt32(sum(charted)) AS charted
      FROM narrative_minutes FINAL WHERE place = 'US' AND narrative = 'machine_failure'`)
    expect(sums).toEqual({ posts: version < 3 ? 0 : MINUTES.count, charted: 0 })
    const status = await store.query(
      sql`SELECT source, state, toUInt32(received) AS received FROM source_status`,
    )
    expect(status).toEqual(version < 4 ? [] : [{ source: 'file:night', state: 'finished', received: 0 }])
    // Sealed minutes can be sealed again, and new ones added.
    await saveMinutes(
      store,
      [...counted].map(([minute, counts]) => ({ minute, counts, before: null })),
      Date.now(),
    )
    expect((await loadMinutes(store, MINUTES.first, last)).size).toBe(
      Math.max(counted.size, version < 3 ? 0 : MINUTES.count),
    )
  } finally {
    await store.close()
  }
})

test('a folder of a version is opened twice, by which nothing changes', async () => {
  await (await opened(1)).close()
  const store = await openChdbStore({ path: join(folder, 'clickhouse'), database: DATABASE })
  try {
    expect(await store.query(sql`SELECT toUInt32(count()) AS n FROM posts`)).toEqual([{ n: MINUTES.count }])
    const [runs] = await store.query<{ n: number }>(sql`SELECT toUInt32(count()) AS n FROM schema_versions`)
    expect(runs!.n).toBe(newest)
  } finally {
    await store.close()
  }
})
