/** Pushing, over real HTTP. */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openPushDesk, refused, SENDER, taken, TOKEN, type PushDesk } from './push-desk.ts'

let desk: PushDesk
beforeAll(async () => {
  desk = await openPushDesk()
})
afterAll(async () => desk.close())
beforeEach(() => {
  desk.posts.length = 0
  desk.changes.length = 0
  desk.deadLetters.length = 0
})

const at = (): string => new Date(Date.now() - 60_000).toISOString()
const lines = (...records: unknown[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('')
const many = (count: number, from = 0): unknown[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `m${from + i}`,
    text: `tip number ${from + i}`,
    createdAt: at(),
  }))

const jetstream = (more: Record<string, unknown>) => ({
  did: 'did:plc:a',
  time_us: Date.now() * 1_000,
  ...more,
})

test('JSON lines become posts whose ids begin with the source, and the answer waits until they are durable', async () => {
  desk.hold(true)
  const asking = desk.push(lines(...many(3)))
  await sleep(300)
  expect(desk.posts).toEqual([])
  desk.hold(false)
  expect(await taken(await asking)).toEqual({ source: 'tips', received: 3, accepted: 3, setAside: 0 })
  expect(desk.posts.map(({ id }) => id).toSorted()).toEqual(['push:tips/m0', 'push:tips/m1', 'push:tips/m2'])
  expect(new Set(desk.posts.map(({ source }) => source))).toEqual(new Set(['push:tips']))
})

test('gzip is unpacked, also by pieces, and one that is damaged is refused with what was taken before', async () => {
  const packed = gzipSync(lines(...many(20_000)))
  expect(await taken(await desk.push(packed, { 'content-encoding': 'gzip' }))).toMatchObject({
    accepted: 20_000,
  })
  const cut = packed.subarray(0, packed.length / 2)
  const problem = await refused(await desk.push(cut, { 'content-encoding': 'gzip' }))
  expect(problem).toMatchObject({ status: 400, code: 'bad_gzip' })
  expect(problem.accepted).toBeGreaterThan(1_000)
  const broken = await refused(await desk.push('no gzip at all', { 'content-encoding': 'gzip' }))
  expect(broken).toMatchObject({ status: 400, code: 'bad_gzip', accepted: 0 })
})

test('a stream is taken while it still comes', async () => {
  let more: (value: string | null) => void = () => {}
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      more = (value) =>
        value === null ? controller.close() : controller.enqueue(new TextEncoder().encode(value))
    },
  })
  const asking = desk.push(body)
  more(lines(...many(1)))
  await expect.poll(() => desk.posts.length).toBe(1)
  more(lines(...many(2, 1)))
  await expect.poll(() => desk.posts.length).toBe(3)
  more(null)
  expect(await taken(await asking)).toMatchObject({ received: 3 })
})

test('a bad line is told by its number; those before it were taken, those after not', async () => {
  const good = many(2)
  for (const [bad, code] of [
    ['{"id":"broken', 'not_json'],
    ['{"id":"x","text":"","createdAt":"2026-11-04T01:00:00Z"}', 'no_text'],
    [JSON.stringify({ id: 'x', text: 'words', createdAt: 'yesterday' }), 'bad_timestamp'],
    [JSON.stringify({ id: 'x', text: 'words' }), 'bad_timestamp'],
    [JSON.stringify({ id: 'x', text: 'words', createdAt: '2001-01-01T00:00:00Z' }), 'bad_timestamp'],
    [JSON.stringify({ id: 'x', words: 'words' }), 'unknown_shape'],
    ['[1]', 'unknown_shape'],
  ] as const) {
    desk.posts.length = 0
    const problem = await refused(await desk.push(`${lines(...good)}${bad}\n${lines({ text: 'after' })}`))
    expect([bad, problem]).toMatchObject([bad, { status: 422, code, line: 3, accepted: 2 }])
    expect(desk.posts).toHaveLength(2)
  }
})

test('a line that is too long, and a body that is, are 413 with the line', async () => {
  const long = JSON.stringify({ id: 'x', text: 'x'.repeat(1_100_000), createdAt: at() })
  const line = await refused(await desk.push(`${lines(...many(2))}${long}\n`))
  expect(line).toMatchObject({ status: 413, code: 'line_too_long', line: 3, accepted: 2 })
  desk.update([{ ...SENDER, bytesMax: 200_000 }])
  const body = await refused(await desk.push(lines(...many(10_000))))
  expect(body).toMatchObject({ status: 413, code: 'too_large' })
  expect(body.line).toBe(body.accepted! + 1)
  expect(desk.posts.length).toBe(2 + body.accepted!)
  const bomb = gzipSync(Buffer.alloc(50_000_000, 'a'))
  expect(await refused(await desk.push(bomb, { 'content-encoding': 'gzip' }))).toMatchObject({
    status: 413,
    line: 1,
  })
  desk.update([SENDER])
})

test('a type or an encoding that is not read is 415, no source or a wrong token 401', async () => {
  expect(await refused(await desk.push('x', { 'content-type': 'text/plain' }))).toMatchObject({ status: 415 })
  const brotli = await desk.push('x', { 'content-encoding': 'br' })
  expect(await refused(brotli)).toMatchObject({ status: 415, code: 'unsupported_encoding' })
  const wrong = await desk.push('x', { authorization: 'Bearer of-nothing-at-all' })
  expect(await refused(wrong)).toMatchObject({ status: 401, code: 'bad_token' })
  expect(await refused(await desk.push('x', {}, 'others'))).toMatchObject({ status: 401, code: 'bad_token' })
  expect(desk.posts).toEqual([])
})

test('past its quota a sender is told the line, and when to come again', async () => {
  desk.update([{ ...SENDER, postsPerMinute: 60 }])
  const response = await desk.push(lines(...many(100)))
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  const problem = await refused(response)
  expect(problem).toMatchObject({ status: 429, code: 'quota' })
  // Some room grows meanwhile.
  expect(problem.line).toBeGreaterThanOrEqual(61)
  expect(problem.line).toBeLessThan(70)
  expect(desk.posts).toHaveLength(problem.line! - 1)
  desk.update([SENDER])
})

test('the same key gives the same answer and brings nothing twice; another body under it is refused', async () => {
  const body = lines({ text: 'no id and no time' }, { text: 'no id and no time' })
  const first = await desk.push(body, { 'idempotency-key': 'one' })
  const answer = await taken(first)
  expect(answer).toMatchObject({ received: 2, accepted: 2 })
  // Two lines of one request are two tips, whatever they say.
  expect(new Set(desk.posts.map(({ id }) => id)).size).toBe(2)
  const packed = gzipSync(body)
  const again = await desk.push(packed, { 'idempotency-key': 'one', 'content-encoding': 'gzip' })
  expect(again.headers.get('idempotency-replayed')).toBe('true')
  expect(await taken(again)).toEqual(answer)
  expect(desk.posts).toHaveLength(2)
  const other = await desk.push(lines({ text: 'another' }), { 'idempotency-key': 'one' })
  expect(await refused(other)).toMatchObject({ status: 422, code: 'key_reused' })
})

test('cut off and sent again under its key, every post is the same: its id, its minute', async () => {
  const body = lines({ text: 'first words' }, { text: 'second words' })
  const bad = await desk.push(`${body}{"broken`, { 'idempotency-key': 'two' })
  expect(await refused(bad)).toMatchObject({ status: 422, line: 3, accepted: 2 })
  const before = desk.posts.map(({ id, createdAt }) => ({ id, createdAt }))
  await sleep(20)
  desk.posts.length = 0
  expect(await taken(await desk.push(body, { 'idempotency-key': 'two' }))).toMatchObject({ accepted: 2 })
  expect(desk.posts.map(({ id, createdAt }) => ({ id, createdAt }))).toEqual(before)
})

test('a key under way is not begun again', async () => {
  desk.hold(true)
  const body = lines(...many(1))
  const first = desk.push(body, { 'idempotency-key': 'three' })
  await sleep(200)
  const second = await desk.push(body, { 'idempotency-key': 'three' })
  expect(await refused(second)).toMatchObject({ status: 409, code: 'in_progress' })
  desk.hold(false)
  expect(await taken(await first)).toMatchObject({ accepted: 1 })
})

test('a tip is a JSON object with a text; the same one sent again is one', async () => {
  const tip = JSON.stringify({
    text: 'the scanner at our school is down',
    place: 'Mesa, AZ',
    url: 'https://tips.example/1',
  })
  const headers = { 'content-type': 'application/json' }
  const answer = await taken(await desk.push(tip, headers))
  expect(answer).toEqual({ source: 'tips', received: 1, accepted: 1, setAside: 0 })
  expect(desk.posts[0]).toMatchObject({ placeHint: 'Mesa, AZ', url: 'https://tips.example/1' })
  expect(Date.now() - desk.posts[0]!.createdAt).toBeLessThan(10_000)
  expect(await taken(await desk.push(tip, headers))).toEqual(answer)
  expect(desk.posts).toHaveLength(1)
  const list = await desk.push(JSON.stringify([{ text: 'one' }, { text: '' }]), headers)
  expect(await refused(list)).toMatchObject({ status: 422, code: 'no_text', line: 2 })
})

test('a tip that is packed anew is the same one', async () => {
  const packed = gzipSync(JSON.stringify({ text: 'the scanner at our library is down' }))
  const again = Buffer.from(packed)
  // Gzip says when it was packed.
  again.writeUInt32LE(1_793_736_000, 4)
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  const answer = await taken(await desk.push(packed, headers))
  expect(await taken(await desk.push(again, headers))).toEqual(answer)
  expect(new Set(desk.posts.map(({ id }) => id)).size).toBe(1)
  const broken = await refused(await desk.push(packed.subarray(0, 30), headers))
  expect(broken).toMatchObject({ status: 400, code: 'bad_gzip' })
})

test('a sender cannot speak for another network', async () => {
  const status = {
    id: '1',
    uri: 'https://other.example/users/a/statuses/1',
    url: 'https://other.example/@a/1',
    content: '<p>words</p>',
    created_at: at(),
    account: { acct: 'a@other.example' },
  }
  expect(await taken(await desk.push(lines(status)))).toMatchObject({ accepted: 1 })
  expect(desk.posts[0]!.id).toMatch(/^push:tips\//)
})

test('a sender takes back its own posts, and nobody else’s', async () => {
  const before = Date.now()
  const told = Date.now() - 5_000
  const answer = await desk.push(
    lines(
      ...many(1),
      { id: 'm0', deleted: true },
      { id: 'm1', edited: true, at: new Date(told).toISOString() },
      // As Jetstream tells it: the post of that name that this sender pushed.
      jetstream({
        kind: 'commit',
        commit: { operation: 'delete', collection: 'app.bsky.feed.post', rkey: 'r' },
      }),
      // A clock that runs ahead pins nothing.
      { id: 'm2', deleted: true, at: '2099-01-01T00:00:00Z' },
    ),
  )
  expect(await taken(answer)).toMatchObject({ received: 5, accepted: 5, setAside: 0 })
  const found = new Map(desk.changes.map((change) => [change.subject, change]))
  expect([...found.keys()].toSorted()).toEqual([
    'push:tips/bluesky:did:plc:a/r',
    'push:tips/m0',
    'push:tips/m1',
    'push:tips/m2',
  ])
  expect(found.get('push:tips/m0')).toMatchObject({ source: 'push:tips', of: 'post', change: 'deleted' })
  expect(found.get('push:tips/m1')).toMatchObject({ change: 'edited', at: told })
  for (const id of ['push:tips/m0', 'push:tips/m2']) {
    expect(found.get(id)!.at).toBeGreaterThanOrEqual(before)
    expect(found.get(id)!.at).toBeLessThanOrEqual(Date.now())
  }
  const account = jetstream({ kind: 'account', account: { did: 'did:plc:a', active: false } })
  const ofOthers = await refused(await desk.push(lines(account)))
  expect(ofOthers).toMatchObject({ status: 422, code: 'unknown_shape', line: 1 })
  const nobody = await refused(await desk.push(lines({ deleted: true })))
  expect(nobody).toMatchObject({ status: 422, code: 'no_id', line: 1 })
  expect(desk.deadLetters).toEqual([])
})

test('a record that says it is deleted is honoured, with its words and without, in CSV too', async () => {
  const answer = await desk.push(
    lines(
      { id: 'w0', text: 'Said, and taken back', createdAt: at(), deleted: true },
      { id: 'w1', text: '', deleted: true },
      { id: 'w2', text: null, deleted: true },
      { id: 'w3', text: 'Still there', createdAt: at(), deleted: false },
    ),
  )
  expect(await taken(answer)).toMatchObject({ received: 4, accepted: 5, setAside: 0 })
  const csv = `id,text,createdAt,deleted\nw4,,,true\nw5,Still there,${at()},\n`
  expect(await taken(await desk.push(csv, { 'content-type': 'text/csv' }))).toMatchObject({ accepted: 2 })
  expect(desk.posts.map(({ id }) => id).toSorted()).toEqual(['w0', 'w3', 'w5'].map((id) => `push:tips/${id}`))
  expect(desk.changes.map(({ subject, change }) => `${subject} ${change}`).toSorted()).toEqual(
    ['w0', 'w1', 'w2', 'w4'].map((id) => `push:tips/${id} deleted`),
  )
  expect(desk.deadLetters).toEqual([])
})

test('CSV has its columns found by their names', async () => {
  const csv = `tweet_id,Full Text,created_at,user\n7,"a, ""quoted"" text",${at()},ann\n`
  expect(await taken(await desk.push(csv, { 'content-type': 'text/csv' }))).toMatchObject({ accepted: 1 })
  expect(desk.posts[0]).toMatchObject({ id: 'push:tips/7', text: 'a, "quoted" text' })
  const short = await desk.push(`text,createdAt\nwords\n`, { 'content-type': 'text/csv' })
  expect(await refused(short)).toMatchObject({ status: 422, code: 'not_csv', line: 2 })
})

test('a client that leaves in mid-body has its lines taken, and nothing breaks', async () => {
  const { hostname, port } = new URL(desk.url)
  const socket = connect(Number(port), hostname)
  const head = `POST /api/ingest/tips HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${TOKEN}\r\n`
  socket.write(
    `${head}content-type: application/x-ndjson\r\ncontent-length: 100000\r\n\r\n${lines(...many(2))}{"id":`,
  )
  await expect.poll(() => desk.posts.length).toBe(2)
  socket.destroy()
  expect(await taken(await desk.push(lines(...many(1, 9))))).toMatchObject({ accepted: 1 })
})

const asOfficial = { authorization: `Basic ${btoa('ann:correct horse battery')}` }
const upload = (name: string, body: string, map?: string): Promise<Response> => {
  const query = new URLSearchParams({ name, ...(map === undefined ? {} : { map }) })
  const headers = { ...asOfficial, 'content-type': 'application/octet-stream' }
  return fetch(`${desk.url}api/upload?${query.toString()}`, { method: 'POST', headers, body })
}

test('an upload sets bad rows aside and takes the others, once however often it is sent', async () => {
  const csv = `text,date\nthe first,${at()}\n,${at()}\nthe third,2001-01-01\n`
  const answer = await taken(await upload('tips.csv', csv))
  expect(answer).toEqual({ source: 'upload', received: 3, accepted: 1, setAside: 2 })
  const ids = desk.posts.map(({ id }) => id)
  expect(desk.deadLetters.map(({ reason }) => reason)).toEqual(['no_text', 'bad_timestamp'])
  await upload('tips.csv', csv)
  expect(new Set(desk.posts.map(({ id }) => id))).toEqual(new Set(ids))
  expect(new Set(desk.deadLetters.map(({ id }) => id)).size).toBe(2)
})

test('an upload needs the desk’s password, and a map that fits', async () => {
  const open = await fetch(`${desk.url}api/upload?name=a.csv`, { method: 'POST', body: 'x' })
  expect(open.status).toBe(401)
  const csv = `words,when\nhello,${at()}\n`
  expect(await taken(await upload('a.csv', csv, 'text=words,createdAt=when'))).toMatchObject({ accepted: 1 })
  expect(await refused(await upload('a.csv', csv, 'text=nothing'))).toMatchObject({
    status: 400,
    code: 'bad_map',
  })
  expect(await refused(await upload('a.csv', csv))).toMatchObject({ status: 400 })
})

test('memory stays flat for a body of any length', async () => {
  let sent = 0
  const block = lines(...many(700))
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent++ < 600) controller.enqueue(new TextEncoder().encode(block))
      else controller.close()
    },
  })
  desk.update([{ ...SENDER, postsPerMinute: 1e9 }])
  const before = process.memoryUsage().rss
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss)
    desk.posts.length = 0
  }, 20)
  const answer = await taken(await desk.push(body))
  clearInterval(timer)
  expect(answer.received).toBe(420_000)
  expect(most - before).toBeLessThan(300 * 1024 * 1024)
}, 120_000)
