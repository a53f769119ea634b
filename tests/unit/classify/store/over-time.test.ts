/** What the engine does by itself as time goes by: what is over goes, and parts are merged. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openChdbStore } from '../../../../classify/store/chdb.ts'
import { param, sql } from '../../../../classify/store/sql.ts'
import type { Store } from '../../../../classify/store/store.ts'

const DAY_MS = 24 * 3_600_000
const now = Date.now()
let folder: string
let store: Store
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-time-'))
  store = await openChdbStore({ path: folder, database: 'night' })
})
afterAll(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

const ids = async (table: 'seen' | 'waiting_reposts' | 'pushes'): Promise<unknown[]> => {
  const query = {
    seen: sql`SELECT toUInt32(post) AS id FROM seen ORDER BY id`,
    waiting_reposts: sql`SELECT toUInt32(post) AS id FROM waiting_reposts ORDER BY id`,
    pushes: sql`SELECT key AS id FROM pushes ORDER BY id`,
  }[table]
  return (await store.query<{ id: unknown }>(query)).map(({ id }) => id)
}

test('ids, waiting reposts and pushes are forgotten after a week, and not before', async () => {
  const [old, young] = [now - 8 * DAY_MS, now - 6 * DAY_MS]
  await store.insert(
    'seen',
    ['minute', 'post', 'source', 'election', 'counted_places', 'stored_at'],
    [
      [1, 1, 's', true, [], old],
      [1, 2, 's', true, [], young],
    ],
  )
  await store.insert(
    'waiting_reposts',
    ['repost_of', 'post', 'body', 'stored_at'],
    [
      ['a', 1, '{}', old],
      ['a', 2, '{}', young],
    ],
  )
  await store.insert(
    'pushes',
    ['source', 'key', 'received_at', 'body_sha256', 'answer', 'version'],
    [
      ['s', '1', old, '', '', 1],
      ['s', '2', young, '', '', 1],
    ],
  )
  for (const statement of [
    sql`OPTIMIZE TABLE seen FINAL`,
    sql`OPTIMIZE TABLE waiting_reposts FINAL`,
    sql`OPTIMIZE TABLE pushes FINAL`,
  ])
    await store.command(statement)
  expect(await ids('seen')).toEqual([2])
  expect(await ids('waiting_reposts')).toEqual([2])
  expect(await ids('pushes')).toEqual(['2'])
})

test('what was set aside is forgotten after 90 days, and not before', async () => {
  await store.insert(
    'dead_letters',
    ['id', 'source', 'reason', 'detail', 'payload', 'captured_at', 'stored_at'],
    [91, 89].map((days) => [`${days} days`, 's', 'no_text', '', '{}', now, now - days * DAY_MS]),
  )
  await store.command(sql`OPTIMIZE TABLE dead_letters FINAL`)
  expect(await store.query(sql`SELECT id FROM dead_letters`)).toEqual([{ id: '89 days' }])
})

test('a million deletions take what the plan for growth says', async () => {
  const day = param.float(now - DAY_MS)
  await store.command(sql`
    INSERT INTO post_changes SELECT sipHash64(number), 'deleted',
      fromUnixTimestamp64Milli(toInt64(${day} + sipHash64(number, 1) % ${param.int(DAY_MS)}), 'UTC')
    FROM numbers(1000000)`)
  await store.command(sql`OPTIMIZE TABLE post_changes FINAL`)
  const [row] = await store.query<{ bytes: number }>(sql`
    SELECT toFloat64(sum(bytes_on_disk)) AS bytes FROM system.parts
    WHERE active AND table = 'post_changes' AND database = currentDatabase()`)
  const growth = await readFile(new URL('../../../../docs/growth.md', import.meta.url), 'utf8')
  const [, megabytes] = /a million deletions take (\d+) MB/.exec(growth)!
  // Times are random, and so is what packing makes of them.
  expect(row!.bytes / 1e6).toBeGreaterThan(Number(megabytes) * 0.9)
  expect(row!.bytes / 1e6).toBeLessThan(Number(megabytes) * 1.1)
})

test('parts stay few, however many inserts there are', async () => {
  const columns = ['minute', 'place', 'seen', 'election', 'version']
  const active = async (): Promise<number> => {
    const [row] = await store.query<{ n: number }>(
      sql`SELECT toUInt32(count()) AS n FROM system.parts WHERE active AND table = 'exposure_minutes' AND database = currentDatabase()`,
    )
    return row!.n
  }
  let most = 0
  for (let i = 0; i < 400; i++) {
    await store.insert('exposure_minutes', columns, [[i % 50, 'US', i, i, i]])
    if (i % 20 === 0) most = Math.max(most, await active())
  }
  // ClickHouse slows inserts down at 1,000 parts of a table.
  expect(most).toBeLessThan(200)
  const until = performance.now() + 20_000
  while ((await active()) > 30 && performance.now() < until) await sleep(200)
  expect(await active()).toBeLessThanOrEqual(30)
  const [row] = await store.query<{ n: number }>(
    sql`SELECT toUInt32(count()) AS n FROM exposure_minutes FINAL`,
  )
  expect(row!.n).toBe(50)
})

test('posts that were seen are merged a dozen parts at a time', async () => {
  const active = async (): Promise<number> => {
    const [row] = await store.query<{ n: number }>(
      sql`SELECT toUInt32(count()) AS n FROM system.parts WHERE active AND table = 'seen' AND database = currentDatabase()`,
    )
    return row!.n
  }
  const see = (post: number): Promise<void> =>
    store.insert(
      'seen',
      ['minute', 'post', 'source', 'election', 'counted_places'],
      [[2, post, 's', true, []]],
    )
  await store.command(sql`OPTIMIZE TABLE seen FINAL`)
  const before = await active()
  for (let post = 1; post <= 9; post++) await see(post)
  await sleep(2_000)
  expect(await active()).toBe(before + 9)
  for (let post = 10; post <= 60; post++) await see(post)
  await expect.poll(active, { timeout: 30_000 }).toBeLessThan(30)
})

test('rows that are there long after the time that they bear are stored again: nobody looks for them any more', async () => {
  await store.command(sql`SYSTEM STOP MERGES seen`)
  const rows = async () => (await store.query(sql`SELECT stored_at FROM seen WHERE minute = 7`)).length
  const insert = () =>
    store.insert('seen', ['minute', 'post', 'source', 'election', 'counted_places'], [[7, 7, 's', true, []]])
  await insert()
  expect(await rows()).toBe(1)
  // As where the machine slept, or its disk hung, while the first of them was on its way.
  const clock = Date.now
  let looks = 0
  const asleep = vi.spyOn(Date, 'now').mockImplementation(() => clock() + (looks++ === 0 ? 0 : 40_000))
  await insert()
  asleep.mockRestore()
  expect(await rows()).toBe(3)
})
