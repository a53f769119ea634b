import { readFile } from 'node:fs/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Desk } from '../../../api/desk/desk.ts'
import type { Store } from '../../../classify/store/store.ts'
import type { PushTarget } from '../../../ingest/sources/push/port.ts'
import {
  DRAFT,
  insertMinute,
  insertPosts,
  NIGHT,
  openTestDesk,
  openTestStore,
  post,
  tempDir,
  testApp,
  testSpike,
  failOnErrors,
} from './support.ts'

interface Operation {
  summary?: string
  parameters?: { name: string; in: string; required?: boolean; schema: object }[]
  requestBody?: { content: Record<string, { schema: object }>; required?: boolean }
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>
}
interface Document {
  openapi: string
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas?: Record<string, object> }
}

const PROBLEM = 'application/problem+json'

let dir: Awaited<ReturnType<typeof tempDir>>
let store: Store
let desk: Desk
let app: ReturnType<typeof testApp>
let document: Document

beforeAll(async () => {
  dir = await tempDir()
  store = await openTestStore(dir.path)
  desk = await openTestDesk(dir.path)
  const demo = { startDrill: async () => ({ path: 'drill/' }), replay: async () => ({ path: 'replay/' }) }
  const target: PushTarget = {
    take: async () => ({ ok: true, received: 1, accepted: 1, setAside: 0, sha256: 'ab'.repeat(32) }),
    digest: async () => null,
    noteAgain: () => {},
    bytesMax: 1,
  }
  app = testApp({ store, desk, demo, pushes: { open: () => target, upload: target } })
  await insertPosts(store, [
    { id: 'p1', at: 11, text: 'the scanner in our town is down', places: ['AZ', '04013'] },
    { id: 'p2', at: 12, text: 'it is not: I just voted', stance: 'debunks', places: ['AZ'] },
  ])
  await insertMinute(store, 11, 'AZ', { posts: 1, exposure: 5 })
  await store.insert(
    'coverage',
    ['source', 'from_at', 'to_at', 'kind', 'share'],
    [['file:night', NIGHT, NIGHT + 1, 'complete', 1]],
  )
  await desk.saveWatch({ spikes: [testSpike({ examples: ['p1'] })], events: [], sealedThrough: NIGHT })
  document = await (await app.request('/api/openapi.json')).json()
})
afterAll(async () => {
  failOnErrors(app)
  await desk.close()
  await store.close()
  await dir.remove()
})

function operations(): { path: string; method: string; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
}

/** Says whether a value is what the document says of a route's answer. */
function createChecker(): (schema: object, value: unknown) => string | null {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema({ $id: 'https://document.example/', components: document.components })
  const whole = (schema: object): object => {
    const text = JSON.stringify(schema).replaceAll('"#/components', '"https://document.example/#/components')
    const found: object = JSON.parse(text)
    return found
  }
  return (schema, value) => (ajv.validate(whole(schema), value) ? null : ajv.errorsText())
}

test('the document is OpenAPI 3.1 and describes every route', () => {
  expect(document.openapi).toBe('3.1.0')
  const described = operations().map(({ path, method }) => `${method} ${path}`)
  const routes = app.routes.filter(({ method, path }) => method !== 'ALL' && path !== '/api/openapi.json')
  const served = new Set(
    routes.map(({ method, path }) => `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`),
  )
  expect(new Set(described)).toEqual(served)
  expect(described).toHaveLength(28)
})

test('docs/api.md lists exactly the routes that there are, and speaks of no other', async () => {
  const text = await readFile(new URL('../../../docs/api.md', import.meta.url), 'utf8')
  const listed = [...text.matchAll(/^\| `([A-Z]+) (\S+)` /gm)].map(([, method, path]) => `${method} ${path}`)
  const described = operations().map(({ path, method }) => `${method.toUpperCase()} ${path}`)
  expect(listed.toSorted()).toEqual([...described, 'GET /api/openapi.json'].toSorted())

  const paths = [...Object.keys(document.paths), '/api/openapi.json']
  const routes = paths.map((path) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`))
  const spoken = [...text.matchAll(/(?:\$T|`(?:[A-Z]+ )?)(\/[^\s"?`&]+)/g)].map(([, path]) => path!)
  // Where the nights that play beside the live one are served.
  const unknown = spoken.filter(
    (path) => !['/drill/', '/replay/'].includes(path) && !routes.some((route) => route.test(path)),
  )
  expect(spoken.length).toBeGreaterThan(described.length)
  expect(unknown).toEqual([])
})

test('each operation has a summary, its path’s parameters, and problem documents for its errors', () => {
  for (const { path, method, operation } of operations()) {
    const where = `${method} ${path}`
    expect(operation.responses).toHaveProperty('default')
    expect([where, typeof operation.summary]).toEqual([where, 'string'])
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const inPath = (operation.parameters ?? []).filter((one) => one.in === 'path')
    expect([where, inPath.map(({ name }) => name)]).toEqual([where, named])
    expect(inPath.every(({ required }) => required === true)).toBe(true)
    const responses = Object.entries(operation.responses)
    expect(responses.filter(([, { description }]) => description === '')).toEqual([])
    const errors = responses.filter(([status]) => status === 'default' || Number(status) >= 400)
    const types = errors.flatMap(([, { content }]) => Object.keys(content!))
    expect([where, new Set(types)]).toEqual([where, new Set(path.startsWith('/api/') ? [PROBLEM] : types)])
    expect([where, operation.requestBody?.required]).toEqual([where, method === 'post' ? true : undefined])
  }
})

test('every pattern in the document is one', () => {
  const patterns = [...JSON.stringify(document).matchAll(/"pattern":("(?:[^"\\\\]|\\\\.)*")/g)]
  expect(patterns.length).toBeGreaterThan(3)
  for (const [, pattern] of patterns) expect(pattern).toMatch(/^"\^.*\$"$/)
})

test('every reference in the document leads somewhere', () => {
  for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    expect(document.components.schemas).toHaveProperty(name!)
  }
})

const GETS = [
  '/api/status',
  '/api/coverage',
  '/api/spikes',
  '/api/spikes/spike1',
  '/api/spikes/none',
  '/api/series?narrative=machine_failure&place=AZ',
  '/api/series?narrative=none',
  '/api/map',
  '/api/posts',
  '/api/posts?cursor=x',
  '/api/rebuttals',
  '/api/rebuttals/r0000001/effect',
  '/api/rebuttals/none/effect',
  '/api/places',
  '/api/places?state=ZZ',
  '/healthz',
  '/readyz',
  '/feeds/rebuttals.json',
]

test('every answer is as the document says', async () => {
  const check = createChecker()
  const seen: string[] = []
  async function agrees(method: string, template: string, response: Response): Promise<void> {
    const described = document.paths[template]?.[method]?.responses[response.status]
    const type = response.headers.get('content-type')!.split(';')[0]!
    const schema = described?.content?.[type]?.schema
    const where = `${method} ${template} ${response.status} ${type}`
    expect([where, schema === undefined]).toEqual([where, false])
    expect([where, check(schema!, await response.json())]).toEqual([where, null])
    seen.push(`${method} ${template}`)
  }
  const step = async (name: string, body: unknown): Promise<void> =>
    agrees('post', `/api/rebuttals/{id}/${name}`, await post(app, `/api/rebuttals/r0000001/${name}`, body))
  await agrees('post', '/api/rebuttals', await post(app, '/api/rebuttals', { ...DRAFT, spikeId: 'spike1' }))
  await agrees('post', '/api/rebuttals', await post(app, '/api/rebuttals', { ...DRAFT, claim: '' }))
  await step('approve', { approvedBy: 'Ann Lee' })
  await step('approve', { approvedBy: 'Bob Ray' })
  await step('publish', { publishedBy: 'Ann Lee' })
  await step('correct', { correctedBy: 'Ann Lee', approvedBy: 'Bob Ray', note: 'a word' })
  for (const path of GETS) {
    const template = path.split('?')[0]!.replace(/(spikes|rebuttals)\/(spike1|r0000001|none)/, '$1/{id}')
    await agrees('get', template, await app.request(path))
  }
  await step('withdraw', { withdrawnBy: 'Ann Lee', reason: 'done' })
  await agrees('post', '/api/demo/drill', await post(app, '/api/demo/drill', {}))
  const send = (path: string, type: string): Response | Promise<Response> =>
    app.request(path, {
      method: 'POST',
      headers: { 'content-type': type, authorization: 'Bearer of-this-test' },
      body: '{}',
    })
  await agrees('post', '/api/ingest/{source}', await send('/api/ingest/tips', 'application/json'))
  await agrees('post', '/api/ingest/{source}', await send('/api/ingest/tips', 'text/plain'))
  await agrees('post', '/api/upload', await send('/api/upload?name=a.csv', 'application/octet-stream'))
  const json = operations().filter(({ operation }) =>
    Object.keys(operation.responses['200']?.content ?? operation.responses['201']?.content ?? {}).some(
      (type) => type.includes('json') && !type.includes('ndjson'),
    ),
  )
  expect(json.map(({ path, method }) => `${method} ${path}`).filter((one) => !seen.includes(one))).toEqual([
    'post /api/demo/replay',
  ])
})
