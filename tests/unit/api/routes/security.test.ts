import { afterAll, beforeAll, expect, test } from 'vitest'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Hono } from 'hono'
import { problemSchema } from '../../../../api/contract.ts'
import type { Desk } from '../../../../api/desk/desk.ts'
import type { Store } from '../../../../classify/store/store.ts'
import { DRAFT, openTestDesk, openTestStore, tempDir, testApp } from '../support.ts'

let dir: Awaited<ReturnType<typeof tempDir>>
let store: Store
let desk: Desk
beforeAll(async () => {
  dir = await tempDir()
  store = await openTestStore(dir.path)
  desk = await openTestDesk(dir.path)
})
afterAll(async () => {
  await desk.close()
  await store.close()
  await dir.remove()
})

type App = ReturnType<typeof testApp>
async function problemOf(app: App, path: string, init: RequestInit = {}) {
  const response = await app.request(path, init)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const problem = problemSchema.parse(await response.json())
  expect(problem.status).toBe(response.status)
  return { ...problem, headers: response.headers }
}
const draft = (headers: Record<string, string>, body = JSON.stringify(DRAFT)): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body,
})

test('every error is a problem document with its code', async () => {
  const app = testApp({ store, desk })
  expect(await problemOf(app, '/api/nothing')).toMatchObject({ status: 404, code: 'not_found' })
  const wrongMethod = await problemOf(app, '/api/status', {
    method: 'DELETE',
  })
  expect(wrongMethod).toMatchObject({ status: 405, code: 'method_not_allowed' })
  expect(wrongMethod.headers.get('allow')).toContain('GET')
  expect(await problemOf(app, '/api/rebuttals', draft({}, '{"claim":'))).toMatchObject({
    status: 400,
    code: 'malformed_json',
  })
  expect(await problemOf(app, '/api/rebuttals', draft({}, ''))).toMatchObject({
    status: 400,
    code: 'malformed_json',
  })
  expect(await problemOf(app, '/api/rebuttals', draft({}, '[]'))).toMatchObject({
    status: 400,
    code: 'invalid_request',
  })
  const large = JSON.stringify({ ...DRAFT, text: 'x'.repeat(200_000) })
  expect(await problemOf(app, '/api/rebuttals', draft({}, large))).toMatchObject({
    status: 413,
    code: 'too_large',
  })
  expect(app.errors).toEqual([])
})

test.each([
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported_media_type'],
  ['plain text', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
  ['another origin', { origin: 'https://evil.example' }, 403, 'other_origin'],
  ['no origin at all', { origin: 'null' }, 403, 'other_origin'],
  ['another site, as the browser says', { 'sec-fetch-site': 'cross-site' }, 403, 'other_origin'],
])('a write from %s is refused', async (_what, headers, status, code) => {
  const app = testApp({ store, desk })
  expect(await problemOf(app, '/api/rebuttals', draft(headers))).toMatchObject({ status, code })
})

test.each([
  ['its own page', { origin: 'http://localhost', 'sec-fetch-site': 'same-origin' }],
  ['the public address, behind a server in front', { origin: 'https://answers.example.gov' }],
  ['a program', {}],
])('a write from %s is taken', async (_what, headers: Record<string, string>) => {
  const app = testApp({ store, desk })
  expect((await app.request('/api/rebuttals', draft(headers))).status).toBe(201)
})

test('a request addressed to another host is refused where hosts are named', async () => {
  const app = testApp({ store, desk, allowedHosts: ['localhost', '127.0.0.1', '::1'] })
  expect(await problemOf(app, 'http://rebound.example/api/status')).toMatchObject({
    status: 421,
    code: 'wrong_host',
  })
  for (const host of ['localhost:4270', '127.0.0.1:4270', '[::1]:4270']) {
    expect((await app.request(`http://${host}/api/status`)).status).toBe(200)
  }
})

test('with a password everything but the public routes asks for it', async () => {
  const pageDir = join(dir.path, 'page')
  await mkdir(join(pageDir, 'assets'), { recursive: true })
  await writeFile(join(pageDir, 'index.html'), '<!doctype html><title>Tallywatch</title>')
  await writeFile(join(pageDir, 'assets', 'main-1a2b.js'), 'export {}')
  const open = testApp({ store, desk, pageDir })
  expect(await problemOf(open, '/nothing')).toMatchObject({ status: 404, code: 'not_found' })
  expect(await problemOf(open, '/api/rebuttals', { method: 'DELETE' })).toMatchObject({ status: 405 })
  const app = testApp({ store, desk, pageDir, auth: { password: 'correct horse battery' } })
  const basic = (password: string) => ({
    authorization: `Basic ${Buffer.from(`any one:${password}`).toString('base64')}`,
  })
  for (const path of [
    '/api/status',
    '/api/live',
    '/api/openapi.json',
    '/',
    '/assets/main-1a2b.js',
    '/rebuttalsx',
    '/nothing',
  ]) {
    const problem = await problemOf(app, path)
    expect([path, problem.status, problem.code]).toEqual([path, 401, 'sign_in'])
    expect(problem.headers.get('www-authenticate')).toBe('Basic realm="Tallywatch"')
  }
  expect(await problemOf(app, '/api/status', { headers: basic('correct horse') })).toMatchObject({
    status: 401,
  })
  expect((await app.request('/api/status', { headers: basic('correct horse battery') })).status).toBe(200)
  for (const path of ['/rebuttals', '/feeds/rebuttals.atom', '/healthz', '/readyz']) {
    expect([path, (await app.request(path)).status]).toEqual([path, 200])
  }
  const page = await app.request('/', { headers: basic('correct horse battery') })
  expect(await page.text()).toContain('Tallywatch')
  expect(page.headers.get('cache-control')).toBe('no-cache')
  const asset = await app.request('/assets/main-1a2b.js', { headers: basic('correct horse battery') })
  expect(asset.headers.get('cache-control')).toContain('immutable')
})

test('headers keep scripts, frames and sniffing out', async () => {
  const { headers } = await testApp({ store, desk }).request('/rebuttals')
  const policy = headers.get('content-security-policy')!
  expect(policy).toContain("script-src 'self';")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toMatch(/script-src[^;]*unsafe/)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect((await testApp({ store, desk }).request('/api/status')).headers.get('cache-control')).toBe(
    'no-store',
  )
})

test('mounted under a path it answers there, and its whole addresses hold the path', async () => {
  const drill = testApp({ store, desk, publicUrl: null, basePath: '/drill' })
  const root = new Hono()
  root.mount('/drill', drill.fetch)
  expect((await root.request('http://desk.example/drill/api/status')).status).toBe(200)
  const openapi: { servers: unknown } = await (
    await root.request('http://desk.example/drill/api/openapi.json')
  ).json()
  expect(openapi.servers).toEqual([{ url: 'http://desk.example/drill' }])
  expect(await (await root.request('http://desk.example/drill/feeds/rebuttals.atom')).text()).toContain(
    'href="http://desk.example/drill/rebuttals"',
  )
  expect(await (await root.request('http://desk.example/drill/rebuttals')).text()).not.toMatch(/href="\//)
})

test('the drill and the replay are there only where they are offered', async () => {
  const without = testApp({ store, desk })
  const start: RequestInit = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
  expect((await without.request('/api/demo/drill', start)).status).toBe(404)
  const got: unknown[] = []
  const app = testApp({
    store,
    desk,
    demo: {
      startDrill: async () => ({ path: 'drill/' }),
      replay: async (file, name, speed) => {
        got.push([await new Response(file).text(), name, speed])
        return { path: 'replay/' }
      },
    },
  })
  const drill = await app.request('/api/demo/drill', start)
  expect([drill.status, await drill.json()]).toEqual([201, { path: 'drill/' }])
  const body = 'x'.repeat(300_000)
  const sent = (type: string) =>
    app.request('/api/demo/replay?name=night.jsonl&speed=600', {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    })
  const replay = await sent('application/octet-stream')
  expect([replay.status, await replay.json()]).toEqual([201, { path: 'replay/' }])
  expect(got).toEqual([[body, 'night.jsonl', 600]])
  expect((await sent('text/plain')).status).toBe(415)
})
