/** What goes in comes out: values and parameters. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { ident, joinSql, param, sql, type Sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import { distinctSeen, insertSeen, seenRows } from './store-helpers.ts'
import { HARD_TEXT, SAMPLE_ROWS } from './store-rows.ts'

export function valueTests(store: () => Store): void {
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
      ...fc.sample(fc.string({ unit: 'binary', maxLength: 100 }), { numRuns: 100, seed: 1 }),
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

export function parameterTests(store: () => Store): void {
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
