import { createServer, type RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { openRequest, requestBytes } from '../../../../ingest/sources/net/http.ts'
import { readRefusal } from '../../../../ingest/sources/net/refusal.ts'
import { listen } from '../../../services/listen.ts'

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://${await listen(server)}`
}

test('a token is shown to nobody to whom the server sends on', async () => {
  const shown: (string | undefined)[] = []
  const other = await serve(({ headers }, response) => {
    shown.push(headers.authorization)
    response.end('other')
  })
  const own = await serve(({ headers, url }, response) => {
    shown.push(headers.authorization)
    response.writeHead(302, { Location: url === '/1' ? '/2' : `${other}/` }).end()
  })
  const options = { maxBytes: 100, signal: new AbortController().signal }
  const answer = await requestBytes(`${own}/1`, { ...options, headers: { Authorization: 'Bearer secret' } })
  expect(answer.body.toString()).toBe('other')
  expect(shown).toEqual(['Bearer secret', 'Bearer secret', undefined])
})

test('an answer without a body may be called packed', async () => {
  const address = await serve((_, response) => {
    response.writeHead(304, { 'Content-Encoding': 'gzip' }).end()
  })
  const options = { maxBytes: 100, signal: new AbortController().signal }
  expect(await requestBytes(address, options)).toMatchObject({ status: 304 })
})

test.each(['GZIP', 'x-gzip'])('what is called %s is unpacked', async (coding) => {
  const address = await serve((_, response) => {
    response.writeHead(200, { 'Content-Encoding': coding }).end(gzipSync('words'))
  })
  const answer = await requestBytes(address, { maxBytes: 100, signal: new AbortController().signal })
  expect(answer.body.toString()).toBe('words')
})

test('the words of a refusal are not waited for without end', async () => {
  const address = await serve((_, response) => {
    response.writeHead(503)
    const timer = setInterval(() => response.write('x'), 50)
    response.on('close', () => clearInterval(timer))
  })
  const response = await openRequest(address, { signal: new AbortController().signal })
  expect(await readRefusal(response, 0)).toMatchObject({ status: 503, body: expect.stringMatching(/^x+$/) })
}, 10_000)
