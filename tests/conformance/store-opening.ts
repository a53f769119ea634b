/** Opening, closing, and opening again. */
import { expect, it } from 'vitest'
import { ident, sql } from '../../classify/store/sql.ts'
import {
  distinctSeen,
  insertSeen,
  newDatabase,
  seenRows,
  storeError,
  type StoreHarness,
} from './store-helpers.ts'

export function openingTests(harness: StoreHarness): void {
  const applied = sql`SELECT version, toUInt32(count()) AS times FROM schema_versions GROUP BY version ORDER BY version`

  async function withDatabase(work: (database: string) => Promise<void>): Promise<void> {
    const database = newDatabase()
    try {
      await work(database)
    } finally {
      const store = await harness.open(newDatabase())
      await store.command(sql`DROP DATABASE IF EXISTS ${ident(database)} SYNC`)
      await store.close()
    }
  }

  it('keeps everything when it is closed and opened again, and makes its tables once', () =>
    withDatabase(async (database) => {
      const first = await harness.open(database)
      await insertSeen(first, seenRows(0, 1_000))
      const before = await first.query(applied)
      await first.close()
      const again = await harness.open(database)
      expect(await distinctSeen(again)).toBe(1_000)
      expect(await again.query(applied)).toEqual(before)
      await again.close()
    }))

  it('may be opened twice at once while it is still empty', () =>
    withDatabase(async (database) => {
      const both = await Promise.all([harness.open(database), harness.open(database)])
      await insertSeen(both[0], seenRows(0, 10))
      expect(await distinctSeen(both[1])).toBe(10)
      for (const store of both) await store.close()
    }))

  it('holds two databases side by side that know nothing of each other', () =>
    withDatabase((night) =>
      withDatabase(async (drill) => {
        const [a, b] = await Promise.all([harness.open(night), harness.open(drill)])
        await Promise.all([insertSeen(a, seenRows(0, 10)), insertSeen(b, seenRows(0, 20))])
        expect([await distinctSeen(a), await distinctSeen(b)]).toEqual([10, 20])
        await b.close()
        expect(await distinctSeen(a)).toBe(10)
        await a.close()
      }),
    ))

  it('refuses a database that newer code has written', () =>
    withDatabase(async (database) => {
      const store = await harness.open(database)
      await store.insert('schema_versions', ['version', 'name'], [[999, 'of tomorrow']])
      await store.close()
      const error = await storeError(harness.open(database))
      expect(error.code).toBe('newer_schema')
      expect(error.message).toMatch(/999.*newer version/)
    }))

  it('answers until it is closed, and then says that it is', () =>
    withDatabase(async (database) => {
      const store = await harness.open(database)
      expect(await store.ping()).toBe(true)
      const underWay = insertSeen(store, seenRows(0, 5_000))
      const waiting = store.query<{ slept: number }>(sql`SELECT sleep(0.2) AS slept`)
      const stream = store.stream(sql`SELECT number FROM numbers(100000000)`)[Symbol.asyncIterator]()
      await stream.next()
      await store.close()
      await store.close()
      await underWay
      expect(await waiting).toEqual([{ slept: 0 }])
      expect((await storeError(drained(stream))).code).toBe('unavailable')
      expect(await store.ping()).toBe(false)
      for (const late of [insertSeen(store, seenRows(0, 1)), store.query(sql`SELECT 1`)]) {
        expect(await storeError(late)).toMatchObject({
          code: 'unavailable',
          message: expect.stringContaining('closed'),
        })
      }
    }))

  it('refuses a name that is no identifier', async () => {
    await expect(harness.open('night; DROP DATABASE night')).rejects.toThrow(RangeError)
  })
}

async function drained(stream: AsyncIterator<unknown>): Promise<void> {
  for (let next = await stream.next(); !next.done;) next = await stream.next()
}
