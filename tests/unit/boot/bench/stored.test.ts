/** When posts were stored, whatever was stored of them again. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readStored } from '../../../../api/boot/bench/load/stored.ts'
import { openChdbStore } from '../../../../classify/store/chdb.ts'
import { sql } from '../../../../classify/store/sql.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-stored-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('a second look makes no post later', async () => {
  const store = await openChdbStore({ path: folder, database: 'bench' })
  try {
    await store.command(sql`SYSTEM STOP MERGES`)
    const start = Math.floor(Date.now() / 1_000) * 1_000
    const row = (post: number, election: boolean, after: number) => [
      1,
      String(post),
      'bluesky',
      election,
      ['US'],
      start + after,
    ]
    const columns = ['minute', 'post', 'source', 'election', 'counted_places', 'stored_at']
    await store.insert('seen', columns, [row(1, true, 0), row(2, false, 1_000)])
    await store.insert('seen', columns, [row(1, true, 9_000)])
    const second = start / 1_000
    expect(await readStored(store)).toMatchObject({
      posts: 2,
      election: 1,
      lastAt: start + 1_000,
      bySecond: new Map([
        [second, 1],
        [second + 1, 1],
      ]),
    })
  } finally {
    await store.close()
  }
})
