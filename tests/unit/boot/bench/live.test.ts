/** A page that cannot follow the desk says so, and is not waited for. */
import { createServer, type RequestListener } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { openLive } from '../../../../api/boot/bench/load/live.ts'
import { firstClock } from '../../../../api/boot/bench/load/run.ts'
import { listen } from '../../../services/listen.ts'

let close = (): void => {}
afterEach(() => close())

async function openPage(desk: RequestListener) {
  const server = createServer(desk)
  close = () => void server.close()
  return openLive(`http://${await listen(server)}/`)
}

test('where the desk refuses it', async () => {
  const page = await openPage((_, response) => response.writeHead(503).end())
  await expect(firstClock(page, AbortSignal.timeout(5_000))).rejects.toThrow('/api/live answered 503')
  await expect(page.stop()).rejects.toThrow('/api/live answered 503')
})

test('where the desk ends what it tells', async () => {
  const told = { type: 'sealed', from: 0, to: 60_000, corrected: false }
  const page = await openPage((_, response) =>
    response.end(`event: sealed\ndata: ${JSON.stringify(told)}\n\n`),
  )
  await expect.poll(() => page.toldThrough()).toBe(60_000)
  await expect(page.stop()).rejects.toThrow('the desk ended /api/live')
})
