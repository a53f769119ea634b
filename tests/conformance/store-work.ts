/** Batches, streams, and what is said when something is wrong. */
import { expect, it } from 'vitest'
import { param, sql, type Sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import { insertSeen, seenRows, storeError } from './store-helpers.ts'
import { HARD_TEXT } from './store-rows.ts'

export function batchTests(store: () => Store): void {
  it('counts rows that are stored twice once', async () => {
    const rows = seenRows(10_000, 500)
    await insertSeen(store(), rows)
    await insertSeen(store(), rows.slice(100))
    const counts = sql`SELECT toUInt32(uniqExact(post)) AS distinct, toUInt32(count()) AS final
      FROM seen FINAL WHERE post BETWEEN 10000 AND 10499`
    expect(await store().query(counts)).toEqual([{ distinct: 500, final: 500 }])
  })

  it('keeps the row that was stored last of those with one key', async () => {
    const columns = ['minute', 'place', 'seen', 'election', 'version']
    await store().insert('exposure_minutes', columns, [[7, 'US', 1, 1, 10]])
    await store().insert('exposure_minutes', columns, [[7, 'US', 3, 2, 11]])
    await store().insert('exposure_minutes', columns, [[7, 'US', 2, 2, 9]])
    const found = await store().query(sql`SELECT seen, election FROM exposure_minutes FINAL WHERE minute = 7`)
    expect(found).toEqual([{ seen: 3, election: 2 }])
  })

  it('takes a batch of 100,000 rows, and one of none', async () => {
    await insertSeen(store(), seenRows(1_000_000, 100_000))
    await insertSeen(store(), [])
    const counts = sql`SELECT toUInt32(uniqExact(post)) AS n, toUInt32(min(post)) AS first, toUInt32(max(post)) AS last
      FROM seen WHERE post BETWEEN 1000000 AND 2000000`
    expect(await store().query(counts)).toEqual([{ n: 100_000, first: 1_000_000, last: 1_099_999 }])
  })

  it('serves inserts and queries at the same time', async () => {
    const writers = [3, 4, 5].map(async (million) => {
      for (let i = 0; i < 10; i++) await insertSeen(store(), seenRows(million * 1_000_000 + i * 100, 100))
    })
    const readers = Array.from({ length: 30 }, async (_, i) => {
      const text = `${i} ${HARD_TEXT}`
      const rows = await store().query(sql`SELECT ${param.string(text)} AS text, sleep(0.01) AS slept`)
      expect(rows).toEqual([{ text, slept: 0 }])
    })
    await Promise.all([...writers, ...readers])
    const counts = sql`SELECT toUInt32(uniqExact(post)) AS n FROM seen WHERE post BETWEEN 3000000 AND 5999999`
    expect(await store().query(counts)).toEqual([{ n: 3_000 }])
  })
}

export function errorTests(store: () => Store): void {
  const good = seenRows(7_000_000, 2)
  const bad: [string, number, unknown][] = [
    ['minute', 0, 4_294_967_296],
    ['minute', 0, -1],
    ['minute', 0, 1.5],
    ['minute', 0, '1'],
    ['post', 1, '18446744073709551616'],
    ['post', 1, 'x'],
    ['post', 1, 2 ** 60],
    ['source', 2, null],
    ['source', 2, undefined],
    ['source', 2, 'half \ud83d'],
    ['election', 3, 1],
    ['counted_places', 4, 'US'],
    ['counted_places', 4, ['US', null]],
  ]
  it.each(bad)(
    'refuses a %s that does not fit (%#), and stores nothing of its piece',
    async (column, index, value) => {
      const row = good[1]!.map((given, i) => (i === index ? value : given))
      const error = await storeError(insertSeen(store(), [good[0]!, row]))
      expect(error.code).toBe('invalid_value')
      expect(error.message).toMatch(new RegExp(`seen.*column ${column}.*row 1`))
      expect(
        await store().query(sql`SELECT post FROM seen WHERE post >= 7000000 AND post < 8000000`),
      ).toEqual([])
    },
  )

  it('says table and column where only the engine knows that a value does not fit', async () => {
    await store().command(sql`CREATE TABLE odd (n UInt32, kind Enum('a', 'b')) ENGINE = MergeTree ORDER BY n`)
    const error = await storeError(
      store().insert(
        'odd',
        ['n', 'kind'],
        [
          [1, 'a'],
          [2, 'c'],
        ],
      ),
    )
    expect(error.code).toBe('invalid_value')
    expect(error.message).toMatch(/insert into odd, column kind/)
    expect(error.cause).toBeInstanceOf(Error)
    expect(await store().query(sql`SELECT * FROM odd`)).toEqual([])
  })

  it('says what is wrong with a table, a column or a row of the wrong length', async () => {
    const table = await storeError(store().insert('nowhere', ['a'], [[1]]))
    expect([table.code, table.message]).toEqual(['query_failed', expect.stringContaining('nowhere')])
    const column = await storeError(store().insert('seen', ['minute', 'hour'], [[1, 2]]))
    expect([column.code, column.message]).toEqual(['query_failed', expect.stringContaining('hour')])
    const row = await storeError(store().insert('seen', ['minute', 'post'], [[1]]))
    expect([row.code, row.message]).toEqual(['invalid_value', expect.stringContaining('row 0')])
  })

  it('gives a query that fails a code and a cause', async () => {
    for (const failing of [sql`SELECT nothing FROM seen`, sql`SELEC 1`, sql`SELECT throwIf(1, 'late')`]) {
      const error = await storeError(store().query(failing))
      expect(error.code).toBe('query_failed')
      expect(error.cause).toBeInstanceOf(Error)
    }
    expect((await storeError(store().command(sql`DROP TABLE nowhere`))).code).toBe('query_failed')
  })

  it('says so when the disk is full', async () => {
    await store().command(sql`CREATE TABLE full (n UInt32) ENGINE = MergeTree ORDER BY n
      SETTINGS min_free_disk_bytes_to_perform_insert = 1000000000000000`)
    const error = await storeError(store().insert('full', ['n'], [[1]]))
    expect(error.code).toBe('disk_full')
    expect(error.message).toMatch(/free some space/)
  })
}

export function streamTests(store: () => Store): void {
  it('gives every row once, in order, in blocks', async () => {
    let next = 0
    let blocks = 0
    for await (const rows of store().stream<{ n: number; word: string }>(
      sql`SELECT toUInt32(number) AS n, ${param.string(HARD_TEXT)} AS word FROM numbers(200000)`,
    )) {
      blocks++
      expect(rows.length).toBeLessThanOrEqual(10_000)
      for (const { n } of rows) if (n !== next++) throw new Error(`row ${n} came as number ${next - 1}`)
      expect(rows[0]!.word).toBe(HARD_TEXT)
    }
    expect(next).toBe(200_000)
    expect(blocks).toBeGreaterThan(20)
  })

  it('may be left early, read slowly, and several at once', async () => {
    const endless = sql`SELECT number, repeat('x', 1000) AS text FROM numbers(100000000)`
    for await (const rows of store().stream(endless)) {
      expect(rows.length).toBeGreaterThan(0)
      break
    }
    const sums = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async (factor) => {
        let sum = 0
        for await (const rows of store().stream<{ n: number }>(
          sql`SELECT toUInt32(number * ${param.int(factor)}) AS n FROM numbers(3000)`,
        )) {
          for (const { n } of rows) sum += n
          await store().query(sql`SELECT 1`)
        }
        return sum / factor
      }),
    )
    expect(new Set(sums)).toEqual(new Set([4_498_500]))
  })

  it('is never in memory as a whole', async () => {
    const before = process.memoryUsage.rss()
    let peak = before
    let bytes = 0
    const large = sql`SELECT number, repeat(toString(number % 10), 1000) AS text FROM numbers(250000)`
    for await (const rows of store().stream<{ text: string }>(large)) {
      for (const { text } of rows) bytes += text.length
      peak = Math.max(peak, process.memoryUsage.rss())
    }
    expect(bytes).toBe(250_000_000)
    expect(peak - before).toBeLessThan(150_000_000)
  })

  it('throws when the query fails, at its start or half-way', async () => {
    const drain = async (query: Sql): Promise<void> => {
      for await (const rows of store().stream(query)) expect(rows.length).toBeGreaterThan(0)
    }
    expect((await storeError(drain(sql`SELECT nothing FROM seen`))).code).toBe('query_failed')
    const late = await storeError(
      drain(sql`SELECT throwIf(number = 300000, 'too late') AS x FROM numbers(400000)`),
    )
    expect([late.code, late.message]).toEqual(['query_failed', expect.stringContaining('too late')])
    const none = sql`SELECT post FROM seen WHERE minute = 1 AND minute = 2`
    await drain(none)
  })
}
