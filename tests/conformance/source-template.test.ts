/** The template of a source keeps the contract: copy this file together with it, and give it your network's server. */
import { expect, test } from 'vitest'
import { createTemplateSource } from '../../ingest/sources/template/source.ts'
import { startTemplate } from '../services/template.ts'
import { followSource } from '../unit/ingest/sources/follow.ts'
import { normalize } from '../unit/ingest/sources/read.ts'
import { sourceConformance, type Given, type SourceServer } from './source.ts'

/** What a source would wait for minutes. */
const TIMING = { intervalMs: 30, firstRetryMs: 60, patienceMs: 500 }

function postOf({ n, at }: Given) {
  return {
    id: `p${n}`,
    text: `Number ${n} of the count`,
    createdAt: new Date(at).toISOString(),
    author: 'voter',
    url: `https://network.example/p${n}`,
  }
}

const hosts = new WeakMap<SourceServer, string>()

sourceConformance({
  name: 'The template',
  idOf: (server, n) => `template:${hosts.get(server)}/p${n}`,
  frame: JSON.stringify({ posts: [postOf({ n: 5_000, at: Date.now() })], cursor: '1-10', more: false }),
  hasToken: true,
  async start() {
    const server = await startTemplate('good')
    const handle: SourceServer = {
      open: () => createTemplateSource({ url: server.url, key: 'good', normalize, ...TIMING }),
      put: (post) => server.add(postOf(post)),
      repeat: (post) => server.add(postOf(post)),
      followed: () => server.followed(),
      cutInFrame: () => server.cutNext(),
      setSilent: (silent) => server.setSilent(silent),
      refuse: (status, headers) => server.refuse(status, headers),
      sendRaw: (text) => server.sendRaw(text),
      setTokenGood: (good) => server.setKey(good ? 'good' : 'another'),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    }
    hosts.set(handle, server.host)
    return handle
  },
})

test('a cursor that is too old is a gap, and a deletion is a change', async () => {
  await using server = await startTemplate('good')
  await using followed = followSource(
    createTemplateSource({ url: server.url, key: 'good', normalize, ...TIMING }),
  )
  server.add(postOf({ n: 1, at: Date.now() }))
  await followed.has(1)
  server.forgetCursors()
  server.add(postOf({ n: 2, at: Date.now() }))
  await followed.has(2)
  const gaps = followed.coverage().filter(({ kind }) => kind === 'none')
  expect(gaps).toHaveLength(1)
  expect(gaps[0]!.to).toBeGreaterThan(gaps[0]!.from)
  server.add({ ...postOf({ n: 1, at: Date.now() }), deleted: true })
  await followed.until(() => followed.changes().length > 0)
  expect(followed.changes()[0]).toMatchObject({ subject: `template:${server.host}/p1`, change: 'deleted' })
})
