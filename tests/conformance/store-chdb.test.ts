import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openChdbStore } from '../../classify/store/chdb.ts'
import { param, sql } from '../../classify/store/sql.ts'
import { distinctSeen, insertSeen, seenRows, storeError } from './store-helpers.ts'
import { storeSuite } from './store.ts'

const CHILD = fileURLToPath(new URL('store-chdb-child.ts', import.meta.url))

const MIB = 1024 * 1024

let work: string
beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'tallywatch-store-'))
})
afterAll(async () => {
  await rm(work, { recursive: true, force: true })
})

storeSuite('chDB', { open: (database) => openChdbStore({ path: path.join(work, 'suite'), database }) })

interface Inserting {
  /** Resolves with the number acknowledged once it is `enough` or more. */
  acknowledged(enough: number): Promise<number>
  pid: number
  /** SIGKILL; resolves with all that was acknowledged. */
  kill(): Promise<number>
}

/** Another process that inserts rows from number `from` on. */
function startInserting(folder: string, from: number): Inserting {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, folder, 'night', String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let count = from
  let waiting: { enough: number; resolve: (count: number) => void } | null = null
  createInterface({ input: child.stdout }).on('line', (line) => {
    count = Number(line)
    if (waiting !== null && count >= waiting.enough) waiting.resolve(count)
  })
  return {
    pid: child.pid!,
    acknowledged: (enough) =>
      new Promise((resolve, reject) => {
        waiting = { enough, resolve }
        child.once('close', (code) => reject(new Error(`the inserting process ended with ${code}`)))
      }),
    kill: () =>
      new Promise((resolve) => {
        child.once('close', () => resolve(count))
        child.kill('SIGKILL')
      }),
  }
}

describe('chDB within its memory', () => {
  it('sorts more than it may hold on disk, and gives every row in order', async () => {
    const store = await openChdbStore({ path: path.join(work, 'suite'), database: 'sorting' })
    // 480 MB, where a query may hold 350. Stored first: the engine puts off what it can compute after sorting.
    for (let first = 0; first < 60_000; first += 2_000) {
      await store.command(sql`INSERT INTO dead_letters (id, detail, payload)
        SELECT toString(number), hex(cityHash64(number)), randomPrintableASCII(8000)
        FROM numbers(${param.uint64(String(first))}, 2000)`)
    }
    let rowCount = 0
    let last = ''
    let inOrder = true
    let peak = 0
    for await (const rows of store.stream<{ key: string }>(
      sql`SELECT detail AS key, payload FROM dead_letters ORDER BY detail`,
    )) {
      rowCount += rows.length
      for (const { key } of rows) {
        inOrder &&= key >= last
        last = key
      }
      const [running] = await store.query<{ peak: number }>(sql`
        SELECT toFloat64(max(peak_memory_usage)) AS peak FROM system.processes WHERE query LIKE 'SELECT detail%'`)
      peak = Math.max(peak, running!.peak)
    }
    expect({ rowCount, inOrder }).toEqual({ rowCount: 60_000, inOrder: true })
    expect(peak).toBeGreaterThan(0)
    expect(peak / MIB).toBeLessThan(200)
    await store.command(sql`DROP DATABASE sorting SYNC`)
    await store.close()
  })
})

describe('chDB in a process that is killed', () => {
  it('has every acknowledged row when it is opened again, whenever the kill came', async () => {
    const folder = path.join(work, 'killed')
    let acknowledged = 0
    for (const batches of [1, 20, 7]) {
      const inserting = startInserting(folder, acknowledged)
      await inserting.acknowledged(acknowledged + batches * 500)
      acknowledged = await inserting.kill()
      const store = await openChdbStore({ path: folder, database: 'night' })
      expect(await distinctSeen(store, acknowledged)).toBe(acknowledged)
      await insertSeen(store, seenRows(9_000_000, 10))
      await store.close()
    }
  })
})

describe("chDB's data folder", () => {
  it('is refused while another process has it, and free when that one is gone', async () => {
    const folder = path.join(work, 'shared')
    const inserting = startInserting(folder, 0)
    await inserting.acknowledged(1)
    const error = await storeError(openChdbStore({ path: folder, database: 'night' }))
    expect(error.code).toBe('in_use')
    expect(error.message).toContain(folder)
    expect(error.message).toContain(String(inserting.pid))
    expect(error.message).toMatch(/stop that one, or name another folder/)
    await inserting.kill()
    const store = await openChdbStore({ path: folder, database: 'night' })
    expect(await distinctSeen(store)).toBeGreaterThan(0)
    await store.close()
  })

  it('is one for a process at a time', async () => {
    const store = await openChdbStore({ path: path.join(work, 'one'), database: 'night' })
    const error = await storeError(openChdbStore({ path: path.join(work, 'other'), database: 'night' }))
    expect([error.code, error.message]).toEqual(['in_use', expect.stringContaining(path.join(work, 'one'))])
    await store.close()
    const other = await openChdbStore({ path: path.join(work, 'other'), database: 'night' })
    await other.close()
  })

  it('says so when it cannot be made', async () => {
    const file = path.join(work, 'a-file')
    await writeFile(file, 'no folder')
    const error = await storeError(openChdbStore({ path: path.join(file, 'data'), database: 'night' }))
    expect([error.code, error.message]).toEqual([
      'unavailable',
      expect.stringContaining(path.join(file, 'data')),
    ])
  })
})
