import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { openClickhouseStore } from '../../classify/store/clickhouse.ts'
import { ident, sql } from '../../classify/store/sql.ts'
import { startOwnClickhouse, type ClickhouseServer } from '../services/clickhouse.ts'
import { distinctSeen, insertSeen, newDatabase, seenRows, storeError } from './store-helpers.ts'
import { storeSuite } from './store.ts'

storeSuite('ClickHouse over HTTP', {
  open: (database) => openClickhouseStore({ url: inject('clickhouseUrl'), database }),
})

describe('a ClickHouse server whose disk is full', () => {
  it('never gives a part of an answer as the whole, and takes no insert', async () => {
    const server = await startOwnClickhouse({ disk: '100m' })
    try {
      const store = await openClickhouseStore({
        url: server.url,
        database: newDatabase(),
        patience: { totalMs: 400 },
      })
      await insertSeen(store, seenRows(0, 1_000))
      await server.fillDisk()
      // Kept in memory on its way, and too long for that.
      expect(await store.query(sql`SELECT toUInt32(count()) AS rows FROM seen`)).toEqual([{ rows: 1_000 }])
      const long = storeError(store.query(sql`SELECT number, randomString(100) FROM numbers(200000)`))
      expect(await long).toMatchObject({ code: 'unavailable' })
      expect((await long).message).toMatch(/\d+ of 200000 rows came/)
      expect(await storeError(insertSeen(store, seenRows(1_000, 1)))).toMatchObject({ code: 'disk_full' })
      await server.freeDisk()
      await insertSeen(store, seenRows(1_000, 1))
      expect(await distinctSeen(store)).toBe(1_001)
      await store.close()
    } finally {
      await server.stop()
    }
  })
})

describe('a ClickHouse server that goes away', () => {
  let server: ClickhouseServer
  beforeAll(async () => {
    server = await startOwnClickhouse()
  })
  afterAll(() => server.stop())

  it('loses nothing acknowledged when it is killed while rows come, and inserts go on when it is back', async () => {
    const database = newDatabase()
    const store = await openClickhouseStore({ url: server.url, database })
    const rows = { acknowledged: 0, stop: false }
    const inserting = (async () => {
      for (; !rows.stop; rows.acknowledged += 200) await insertSeen(store, seenRows(rows.acknowledged, 200))
    })()
    const moreCame = async (count: number) => {
      const enough = rows.acknowledged + count
      while (rows.acknowledged < enough) await pause(5)
    }
    for (let kills = 0; kills < 2; kills++) {
      await moreCame(2_000)
      await server.kill()
      const query = store.query(sql`SELECT 1 AS one`)
      await pause(300)
      await server.restart()
      expect(await query).toEqual([{ one: 1 }])
    }
    await moreCame(2_000)
    rows.stop = true
    await inserting
    expect(await distinctSeen(store)).toBe(rows.acknowledged)
    await store.command(sql`DROP DATABASE ${ident(database)} SYNC`)
    await store.close()
  })

  it('is waited for with bounded patience, and then said to be unavailable', async () => {
    const store = await openClickhouseStore({
      url: server.url,
      database: newDatabase(),
      patience: { totalMs: 400 },
    })
    await insertSeen(store, seenRows(0, 1))
    await server.kill()
    try {
      const started = performance.now()
      const error = await storeError(insertSeen(store, seenRows(1, 1)))
      expect(error.code).toBe('unavailable')
      expect(error.message).toContain(server.url)
      expect(performance.now() - started).toBeLessThan(5_000)
      expect((await storeError(store.query(sql`SELECT 1`))).code).toBe('unavailable')
      expect(await store.ping()).toBe(false)
    } finally {
      await server.restart()
    }
    await insertSeen(store, seenRows(1, 1))
    expect(await distinctSeen(store)).toBe(2)
    await store.close()
  })

  it('stops waiting at once when the store is closed', async () => {
    const store = await openClickhouseStore({ url: server.url, database: newDatabase() })
    await insertSeen(store, seenRows(0, 1))
    await server.kill()
    try {
      const insert = storeError(insertSeen(store, seenRows(1, 1)))
      await pause(200)
      await store.close()
      expect((await insert).code).toBe('unavailable')
    } finally {
      await server.restart()
    }
  })
})

describe('opening a ClickHouse store', () => {
  it('gives up on a server that is not there, naming it', async () => {
    const url = `http://127.0.0.1:${await closedPort()}`
    const error = await storeError(
      openClickhouseStore({ url, database: 'night', patience: { totalMs: 300 } }),
    )
    expect([error.code, error.message]).toEqual(['unavailable', expect.stringContaining(url)])
  })

  it('says so when the password is wrong, and never shows it', async () => {
    const wrong = {
      url: inject('clickhouseUrl'),
      database: 'night',
      username: 'nobody',
      password: 'open-sesame',
    }
    const error = await storeError(openClickhouseStore(wrong))
    expect([error.code, error.message]).toEqual(['query_failed', expect.stringMatching(/refuses the user/)])
    expect(error.message).not.toContain('open-sesame')
  })
})

function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
