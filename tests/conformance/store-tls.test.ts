/** ClickHouse behind TLS. The engine that the tests start opens no such port itself, so a terminator stands before it. */
import { request } from 'node:http'
import { createServer } from 'node:https'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { openClickhouseStore, type ClickhouseStoreOptions } from '../../classify/store/clickhouse.ts'
import { ident, sql } from '../../classify/store/sql.ts'
import { createAuthority, type Authority } from '../services/certificate.ts'
import { listen } from '../services/listen.ts'
import { distinctSeen, insertSeen, newDatabase, seenRows, storeError } from './store-helpers.ts'

let authority: Authority
let stranger: Authority
beforeAll(async () => {
  ;[authority, stranger] = await Promise.all([createAuthority(), createAuthority()])
})
afterAll(async () => {
  await Promise.all([authority, stranger].map((one) => one?.[Symbol.asyncDispose]()))
})

/** With `asks`, clients must show a certificate of the authority. */
async function startTerminator(asks = false) {
  const own = await authority.issue('clickhouse')
  const server = createServer({ ...own, ca: authority.ca, requestCert: asks, rejectUnauthorized: asks })
  let byCertificate = false
  server.on('request', (incoming, outgoing) => {
    byCertificate ||= incoming.headers['x-clickhouse-ssl-certificate-auth'] === 'on'
    const { method = 'GET', url = '/', headers } = incoming
    const onward = request(new URL(url, inject('clickhouseUrl')), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.once('error', () => outgoing.destroy())
    incoming.pipe(onward)
  })
  const url = `https://${await listen(server)}`
  return {
    url,
    byCertificate: () => byCertificate,
    [Symbol.dispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function expectWorks(options: Omit<ClickhouseStoreOptions, 'database'>): Promise<void> {
  const database = newDatabase()
  const store = await openClickhouseStore({ ...options, database })
  try {
    await insertSeen(store, seenRows(0, 3_000))
    expect(await distinctSeen(store)).toBe(3_000)
    let streamed = 0
    for await (const rows of store.stream<{ post: string }>(sql`SELECT post FROM seen`))
      streamed += rows.length
    expect(streamed).toBe(3_000)
  } finally {
    await store.command(sql`DROP DATABASE ${ident(database)} SYNC`)
    await store.close()
  }
}

describe('ClickHouse behind TLS', () => {
  it('is reached with the authority that vouches for it', async () => {
    using server = await startTerminator()
    await expectWorks({ url: server.url, tls: { ca: authority.ca } })
  })

  it('is reached with a certificate of our own beside the password', async () => {
    using server = await startTerminator(true)
    const tls = { ca: authority.ca, ...(await authority.issue('desk')) }
    await expectWorks({ url: server.url, username: 'default', password: '', tls })
    expect(server.byCertificate()).toBe(false)
  })

  it('is told to sign in by the certificate where there is no password', async () => {
    using server = await startTerminator(true)
    const tls = { ca: authority.ca, ...(await authority.issue('desk')) }
    // Behind a terminator it sees none, and says so.
    const error = await storeError(openClickhouseStore({ url: server.url, database: 'night', tls }))
    expect(error.message).toContain('SSL certificate authentication')
    expect(server.byCertificate()).toBe(true)
  })

  it('is not trusted when nobody known vouches for it, and that is told at once', async () => {
    using server = await startTerminator()
    for (const tls of [undefined, {}, { ca: stranger.ca }]) {
      const began = performance.now()
      const error = await storeError(
        openClickhouseStore({ url: server.url, database: 'night', ...(tls === undefined ? {} : { tls }) }),
      )
      expect(error.message).toMatch(/a certificate does not hold/)
      expect(error.message).toContain(server.url)
      expect(performance.now() - began).toBeLessThan(5_000)
    }
  })

  it('refuses who shows no certificate, or a stranger’s', async () => {
    using server = await startTerminator(true)
    for (const shown of [{}, await stranger.issue('desk')]) {
      const tls = { ca: authority.ca, ...shown }
      const patience = { totalMs: 300 }
      const error = await storeError(
        openClickhouseStore({ url: server.url, database: 'night', tls, patience }),
      )
      expect(['query_failed', 'unavailable']).toContain(error.code)
    }
  })
})
