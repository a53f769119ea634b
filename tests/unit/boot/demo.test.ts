/** Nights played beside the live one, as the routes start them. */
import { readdir } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readConfig } from '../../../api/boot/config.ts'
import { createDemo, type RunningDemo } from '../../../api/boot/demo.ts'
import type { Servable } from '../../../api/boot/serve.ts'
import { failOnErrors, openTestDesk, refusingStore, tempDir, testApp } from '../api/support.ts'

const UPLOAD_MAX = 500

let dir: Awaited<ReturnType<typeof tempDir>>
let demo: RunningDemo
let mounted: Map<string, Servable>
let temporary: string | undefined
let errors: unknown[]

beforeEach(async () => {
  dir = await tempDir()
  // Where temporary folders are made.
  temporary = process.env['TMPDIR']
  process.env['TMPDIR'] = dir.path
  mounted = new Map()
  errors = []
  const served = {
    url: 'http://127.0.0.1/',
    port: 80,
    mount: (name: string, app: Servable | null) =>
      void (app === null ? mounted.delete(name) : mounted.set(name, app)),
    close: async () => {},
  }
  demo = createDemo({
    config: readConfig({ TALLYWATCH_DATA: `${dir.path}/data` }),
    namespace: 'test',
    authorKey: 'k'.repeat(32),
    pageDir: dir.path,
    served: () => served,
    onError: (error) => errors.push(error),
    uploadMax: UPLOAD_MAX,
  })
})
afterEach(async () => {
  await demo.stop()
  expect(errors).toEqual([])
  if (temporary === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = temporary
  await dir.remove()
})

/** A recorded night of exactly so many bytes. */
function night(bytes: number): string {
  const line = `${JSON.stringify({ id: '1', date: '2026-11-04T01:00:00Z', text: 'The line is long' })}\n`
  return line.padEnd(bytes, '\n')
}

test('a file that is too large is refused before anything plays, and nothing of it is kept', async () => {
  const desk = await openTestDesk(dir.path)
  const app = testApp({ store: refusingStore(), desk, demo })
  const send = (body: string) =>
    app.request('/api/demo/replay?name=night.jsonl', {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body,
    })
  const before = await readdir(dir.path)
  const refused = await send(night(UPLOAD_MAX + 1))
  expect([refused.status, await refused.json()]).toEqual([
    413,
    expect.objectContaining({ code: 'too_large', detail: expect.stringContaining('`replay`') }),
  ])
  expect(await readdir(dir.path)).toEqual(before)
  expect([...mounted.keys()]).toEqual([])

  const taken = await send(night(UPLOAD_MAX))
  expect([taken.status, await taken.json()]).toEqual([201, { path: 'replay/' }])
  expect((await mounted.get('replay')!.fetch(new Request('http://127.0.0.1/api/status'))).status).toBe(200)
  failOnErrors(app)
  await desk.close()
})

test('a night that is ended while it plays has nothing to complain of', async () => {
  // Two posts an hour apart, and the first second of it.
  const posts = ['2026-11-04T01:00:00Z', '2026-11-04T02:00:00Z'].map((date, id) =>
    JSON.stringify({ id: String(id), date, text: 'The line is long' }),
  )
  await demo.replay(new Response(posts.join('\n')).body!, 'night.jsonl', 1)
  expect([...mounted.keys()]).toEqual(['replay'])
  await demo.stop()
  expect([...mounted.keys()]).toEqual([])
  // Whatever was under way when it ended has been heard by now.
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(errors).toEqual([])
})
