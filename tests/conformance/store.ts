/** What every store must do, whatever engine is behind it. */
import { randomUUID } from 'node:crypto'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ident, joinSql, param, sql, type Sql } from '../../classify/store/sql.ts'
import { StoreError, type Row, type Store } from '../../classify/store/store.ts'
import { HARD_TEXT, SAMPLE_ROWS } from './store-rows.ts'

export interface StoreHarness {
  /** Opens (or opens again) the database of this name in one and the same engine. */
  open(database: string): Promise<Store>
}

const SEEN = ['minute', 'post', 'source', 'election', 'counted_places'] as const

/** `count` different posts, from number `first` on. */
export function seenRows(first: number, count: number): Row[] {
  return Array.from({ length: count }, (_, i) => [
    Math.floor((first + i) / 100),
    String(first + i),
    'file:night',
    i % 2 === 0,
    ['US'],
  ])
}

/** Distinct posts among the first `below`. */
export async function distinctSeen(store: Store, below = Number.MAX_SAFE_INTEGER): Promise<number> {
  const rows = await store.query<{ n: number }>(
    sql`SELECT toUInt32(uniqExact(post)) AS n FROM seen WHERE post < ${param.int(below)}`,
  )
  return rows[0]!.n
}

export function insertSeen(store: Store, rows: readonly Row[]): Promise<void> {
  return store.insert('seen', SEEN, rows)
}

export const newDatabase = (): string => `conformance_${randomUUID().replaceAll('-', '')}`

/** The error that a promise rejects with, as the port's. */
export async function storeError(promise: Promise<unknown>): Promise<StoreError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(StoreError)
  return error as StoreError
}

export function storeSuite(name: string, harness: StoreHarness): void {
  describe(`${name} keeps the store's promises`, () => {
    const database = newDatabase()
    let store: Store
    beforeAll(async () => {
      store = await harness.open(database)
    })
    afterAll(async () => {
      await store.command(sql`DROP DATABASE ${ident(database)} SYNC`)
      await store.close()
    })
    describe('values', () => {
      valueTests(() => store)
    })
    describe('parameters', () => {
      parameterTests(() => store)
    })
    describe('sets and batches', () => {
      batchTests(() => store)
    })
    describe('errors', () => {
      errorTests(() => store)
    })
    describe('streams', () => {
      streamTests(() => store)
    })
    describe('opening', () => {
      openingTests(harness)
    })
  })
}

function valueTests(store: () => Store): void {
  it('gives back every column of every table as it was stored', async () => {
    const tables = await store().query<{ name: string }>(
      sql`SELECT name FROM system.tables WHERE database = currentDatabase() AND name != 'schema_versions' ORDER BY name`,
    )
    expect(tables.map((table) => table.name)).toEqual(Object.keys(SAMPLE_ROWS).sort())
    for (const [table, row] of Object.entries(SAMPLE_ROWS)) {
      await store().insert(table, Object.keys(row), [Object.values(row)])
      const [found] = await store().query(
        sql`SELECT ${await readable(store(), table)} FROM ${ident(table)} FINAL`,
      )
      const { version, ...rest } = row
      expect(found).toEqual(
        version === undefined ? rest : { ...rest, version: `${version as string | number}` },
      )
    }
    await store().command(sql`TRUNCATE TABLE posts`)
    await store().command(sql`TRUNCATE TABLE seen`)
  })

  it('keeps any text', async () => {
    const texts = [
      ...fc.sample(fc.string({ unit: 'binary', maxLength: 200 }), { numRuns: 500, seed: 1 }),
      HARD_TEXT,
    ]
    const rows = texts.map((text, i) => [`text-${i}`, 'push:any', text])
    await store().insert('dead_letters', ['id', 'source', 'payload'], rows)
    const found = await store().query<{ id: string; payload: string }>(
      sql`SELECT id, payload FROM dead_letters FINAL WHERE source = 'push:any'`,
    )
    expect(new Map(found.map(({ id, payload }) => [id, payload]))).toEqual(
      new Map(rows.map(([id, , text]) => [id, text])),
    )
  })

  it('keeps times to the millisecond', async () => {
    const times = [
      0,
      1,
      999,
      -1,
      Date.UTC(1900, 0, 1),
      Date.UTC(2099, 11, 31, 23, 59, 59, 999),
      1_604_448_000_123,
    ]
    const rows = times.map((time, i) => ['times', time, time, `k${i}`, 1])
    await store().insert('coverage', ['source', 'from_at', 'to_at', 'kind', 'share'], rows)
    const found = await store().query<{ at: number }>(
      sql`SELECT toFloat64(toUnixTimestamp64Milli(from_at)) AS at FROM coverage WHERE source = 'times'`,
    )
    expect(new Set(found.map(({ at }) => at))).toEqual(new Set(times))
  })
}

/** The columns that a sample row has, times as epoch ms. */
async function readable(store: Store, table: string): Promise<Sql> {
  const columns = await store.query<{ name: string; type: string }>(
    sql`SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = ${param.string(table)}`,
  )
  const shown = columns
    .filter(({ name }) => name in SAMPLE_ROWS[table]!)
    .map(({ name, type }) =>
      type.startsWith('DateTime64')
        ? sql`toFloat64(toUnixTimestamp64Milli(${ident(name)})) AS ${ident(name)}`
        : type === 'UInt64' && name === 'lag'
          ? sql`toFloat64(lag) AS lag`
          : sql`${ident(name)}`,
    )
  return joinSql(shown, ', ')
}

function parameterTests(store: () => Store): void {
  it('binds any value of every type', async () => {
    const texts = [
      ...fc.sample(fc.string({ unit: 'binary', maxLength: 60 }), { numRuns: 40, seed: 2 }),
      HARD_TEXT,
      '',
    ]
    for (const text of texts) {
      const query = sql`SELECT ${param.string(text)} AS text, ${param.strings([text, text])} AS texts`
      expect(await store().query(query)).toEqual([{ text, texts: [text, text] }])
    }
    const numbers = sql`SELECT ${param.uint64('18446744073709551615')} AS big, ${param.int(-5)} AS small,
      ${param.float(0.1)} AS part, ${param.bool(true)} AS yes, ${param.bool(false)} AS no,
      ${param.minutes([0, 4_294_967_295])} AS minutes, ${param.strings([])} AS none`
    expect(await store().query(numbers)).toEqual([
      {
        big: '18446744073709551615',
        small: '-5',
        part: 0.1,
        yes: true,
        no: false,
        minutes: [0, 4_294_967_295],
        none: [],
      },
    ])
  })

  it('never lets a parameter become part of the statement', async () => {
    await insertSeen(store(), seenRows(1, 3))
    for (const attempt of [
      "' OR 1 = 1 --",
      "x'; DROP TABLE seen; --",
      "\\' OR 1 = 1 --",
      '{p0:String}',
      '`; SELECT 1',
    ]) {
      const rows = await store().query(sql`SELECT post FROM seen WHERE source = ${param.string(attempt)}`)
      expect(rows).toEqual([])
    }
    expect(await distinctSeen(store(), 4)).toBe(3)
  })

  it('takes long lists', async () => {
    const ids = Array.from({ length: 5_000 }, (_, i) => `bluesky:did:plc:abcdefghijklmnopqrstuvwx/${i}/%é`)
    const query = sql`SELECT toUInt32(length(${param.strings(ids)})) AS n,
      toUInt32(countIf(concat('bluesky:did:plc:abcdefghijklmnopqrstuvwx/', toString(number), '/%é')
        IN ${param.strings(ids)})) AS found
      FROM numbers(6000)`
    expect(await store().query(query)).toEqual([{ n: 5_000, found: 5_000 }])
  })
}

function batchTests(store: () => Store): void {
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

function errorTests(store: () => Store): void {
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

function streamTests(store: () => Store): void {
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

function openingTests(harness: StoreHarness): void {
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
      await underWay
      await store.close()
      await store.close()
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
