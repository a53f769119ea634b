import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Desk } from '../../../../api/desk/desk.ts'
import type { Store } from '../../../../classify/store/store.ts'
import {
  insertPosts,
  NIGHT,
  openTestDesk,
  openTestStore,
  tempDir,
  testApp,
  testSpike,
  type TestPost,
} from '../support.ts'

const TEXTS = [
  'the line is long',
  'she said "no ballots, no count", and left',
  'two lines:\r\nthe second one\tand a tab',
  '=HYPERLINK("https://example.org","count")',
  '+1 for the poll workers',
  '-5 ballots',
  '@clerk why',
  '\ttab first',
  'a comma; a semicolon; 😀 é ñ “quotes”',
  "'quoted already",
]
const SMALL: TestPost[] = TEXTS.map((text, i) => ({
  id: `bluesky:did:plc:x/${i}`,
  at: i / 2,
  text,
  author: i === 0 ? '' : `author ${i}`,
  url: i === 1 ? 'https://example.org/a?b=1' : null,
  places: i === 2 ? ['AZ', '04013'] : [],
  stance: i === 3 ? 'debunks' : 'asserts',
}))
const MANY = 50_000

let dir: Awaited<ReturnType<typeof tempDir>>
let store: Store
let desk: Desk
let app: ReturnType<typeof testApp>

beforeAll(async () => {
  dir = await tempDir()
  store = await openTestStore(dir.path)
  desk = await openTestDesk(dir.path)
  app = testApp({ store, desk })
  await insertPosts(store, SMALL)
  await insertPosts(store, SMALL)
  await desk.saveWatch({
    spikes: [testSpike({ place: 'AZ', onset: NIGHT })],
    events: [],
    sealedThrough: NIGHT,
  })
})
afterAll(async () => {
  await desk.close()
  await store.close()
  await dir.remove()
})

/** Bytes that cannot be given back. */
function heapHeld(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const small = `to=${NIGHT + 60 * 60_000}`
function parseLine(line: string): Line {
  const parsed: Line = JSON.parse(line)
  return parsed
}

type Line = Record<string, unknown> & { id: string; text: string }

async function jsonLines(query: string): Promise<Line[]> {
  const response = await app.request(`/api/export?format=jsonl&${query}`)
  expect(response.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8')
  const lines = (await response.text()).split('\n')
  expect(lines.pop()).toBe('')
  return lines.map(parseLine)
}

test('JSON lines hold every post once, with its text as it was written', async () => {
  const lines = await jsonLines(small)
  expect(lines.map(({ text }) => text).sort()).toEqual(TEXTS.toSorted())
  expect(new Set(lines.map(({ id }) => id)).size).toBe(TEXTS.length)
  expect(lines.find(({ id }) => id.endsWith('/2'))).toMatchObject({
    createdAt: new Date(NIGHT + 60_000).toISOString(),
    capturedAt: new Date(NIGHT + 60_500).toISOString(),
    author: 'author 2',
    flagged: true,
    score: 0.75,
    narratives: ['machine_failure'],
    narrativeScores: { machine_failure: 0.75 },
    stance: 'asserts',
    words: ['scanner'],
    places: ['AZ', '04013'],
    placeOcdIds: ['ocd-division/country:us/state:az', 'ocd-division/country:us/state:az/county:maricopa'],
    payloadSha256: 'ab'.repeat(32),
    cid: null,
    model: 'test 1',
  })
  expect(lines.find(({ id }) => id.endsWith('/0'))!['author']).toBeNull()
})

test('CSV is read back whole, and no cell of it is a formula', async () => {
  const response = await app.request(`/api/export?format=csv&${small}`)
  expect(response.headers.get('content-disposition')).toBe(
    'attachment; filename="tallywatch-20261104T023000Z.csv"',
  )
  const text = await response.text()
  const rows = parse<Record<string, string>>(text, { columns: true })
  expect(rows).toHaveLength(TEXTS.length)
  const byId = new Map(rows.map((row) => [row['id'], row]))
  for (const [i, original] of TEXTS.entries()) {
    const cell = byId.get(`bluesky:did:plc:x/${i}`)!['text']!
    expect(cell).toBe(/^[=+\-@\t\r]/.test(original) ? `'${original}` : original)
  }
  for (const row of rows) for (const cell of Object.values(row)) expect(cell).not.toMatch(/^[=+\-@\t\r]/)
  expect(byId.get('bluesky:did:plc:x/2')).toMatchObject({
    places: 'AZ; 04013',
    flagged: 'true',
    'narrativeScores.machine_failure': '0.75',
  })
  expect(text.startsWith('"id","source","url"')).toBe(true)
  const excel = Buffer.from(await (await app.request(`/api/export?excel=true&${small}`)).arrayBuffer())
  expect(excel.subarray(0, 3).toString('hex')).toBe('efbbbf')
})

test('filters hold for the export as they do for the list, and no rows still give a header', async () => {
  expect((await jsonLines('stance=debunks')).map(({ id }) => id)).toEqual(['bluesky:did:plc:x/3'])
  expect((await jsonLines('spike=spike1')).map(({ id }) => id)).toEqual(['bluesky:did:plc:x/2'])
  expect(await jsonLines('place=GA')).toEqual([])
  const empty = await (await app.request('/api/export?place=GA')).text()
  expect(parse(empty)).toHaveLength(1)
  expect((await app.request('/api/export?spike=none')).status).toBe(404)
  expect((await app.request('/api/export?format=xml')).status).toBe(400)
})

test('50,000 rows stream in pieces, none is lost, and memory stays flat', { timeout: 60_000 }, async () => {
  const words = 'the count in our town has stopped and nobody says why '.repeat(8)
  for (let start = 0; start < MANY; start += 10_000) {
    const rows = Array.from({ length: 10_000 }, (_, i) => ({
      id: `many/${start + i}`,
      at: 100 + (start + i) / 500,
      text: `${words}${start + i}`,
      sketch: '',
    }))
    await insertPosts(store, rows)
  }
  let blocks = 0
  let blocksAtFirst = 0
  const counting: Store = {
    ...store,
    async *stream<T>(query: Parameters<Store['stream']>[0]) {
      for await (const block of store.stream<T>(query)) {
        // The texts of which claims are formed are read too, before the posts.
        if (query.text.includes('payload_sha256')) blocks++
        yield block
      }
    },
  }
  const response = await testApp({ store: counting, desk }).request(
    `/api/export?format=jsonl&from=${NIGHT + 100 * 60_000}`,
  )
  const decoder = new TextDecoder()
  const seen = new Uint8Array(MANY)
  let rows = 0
  let rest = ''
  let largest = 0
  const held: number[] = []
  for await (const chunk of response.body!) {
    largest = Math.max(largest, chunk.length)
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!
    if (rows === 0) blocksAtFirst = blocks
    for (const line of lines) {
      rows++
      seen[Number(parseLine(line).id.slice('many/'.length))] = 1
    }
    if (Math.floor(rows / 10_000) > held.length) held.push(heapHeld())
  }
  expect(rest).toBe('')
  expect(blocksAtFirst).toBe(1) // read as fast as the client takes it, and no faster
  expect([rows, seen.every((one) => one === 1)]).toEqual([MANY, true])
  // The file is some 60 MB.
  expect(largest).toBeLessThan(2_000_000)
  expect(held).toHaveLength(5)
  expect(Math.max(...held) - held[0]!).toBeLessThan(30_000_000)
})

test('a few exports run at once; one more is told to wait, and a place is free when one ends', async () => {
  const open = await Promise.all(
    Array.from({ length: 8 }, async () => app.request('/api/export?format=jsonl')),
  )
  expect((await app.request('/api/export')).status).toBe(503)
  expect((await app.request('/api/export', { method: 'HEAD' })).status).toBe(200)
  await open[0]!.body!.cancel()
  expect((await app.request(`/api/export?${small}`)).status).toBe(200)
  await Promise.all(open.slice(1).map((response) => response.body!.cancel()))
})

test('a client that leaves early ends the reading', async () => {
  const response = await app.request(`/api/export?format=jsonl`)
  const reader = response.body!.getReader()
  await reader.read()
  await reader.cancel()
  expect(await jsonLines(small)).toHaveLength(TEXTS.length)
  expect(app.errors).toEqual([])
})
