import { createServer, type RequestListener } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { requestBytes } from '../../../../ingest/sources/net/http.ts'
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
