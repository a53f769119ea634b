/** Apps on one port, as they are served outside the tests. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { serve } from '../../../api/boot/serve.ts'
import { failOnErrors, openTestDesk, refusingStore, tempDir, testApp, testSpike } from '../api/support.ts'

test.each(['/api/live', '/drill/api/live'])('a page that reads nothing of %s is cut off', async (path) => {
  const dir = await tempDir()
  const desk = await openTestDesk(dir.path)
  const app = testApp({ store: refusingStore(), desk, live: { clockMs: 50, stallMs: 400 } })
  const served = await serve(app, '127.0.0.1', 0)
  served.mount('drill', app)
  onTestFinished(async () => {
    await served.close()
    await desk.close()
    await dir.remove()
    failOnErrors(app)
  })
  let theirs: Socket | null = null
  const note = (message: unknown): void => void (theirs = (message as { socket: Socket }).socket)
  subscribe('http.server.request.start', note)
  onTestFinished(() => void unsubscribe('http.server.request.start', note))
  const { head } = await desk.live.range()
  const socket = connect(served.port, '127.0.0.1')
  socket.on('error', (error) => expect(error).toMatchObject({ code: 'ECONNRESET' }))
  onTestFinished(() => void socket.destroy())
  socket.pause()
  socket.write(`GET ${path}?after=${head} HTTP/1.1\r\nHost: x\r\n\r\n`)
  // More than both ends' buffers hold.
  for (let i = 0; i < 40; i++) {
    const spike = testSpike({ id: `spike ${i}`, placeName: 'x'.repeat(500_000) })
    await desk.saveWatch({ spikes: [], events: [{ type: 'spike', spike }], sealedThrough: 0 })
  }
  await expect.poll(() => theirs?.destroyed, { timeout: 10_000 }).toBe(true)
})
