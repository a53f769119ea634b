/**
 * A Jetstream for `bench` alone, in a process of its own: sends argv[2] posts to whoever connects, each another, as fast
 * as they are taken. Says its port on stdout.
 */
import { WebSocketServer } from 'ws'
import { frame } from './jetstream-frames.ts'

const count = Number(process.argv[2])
/** Bytes that may wait in this process. */
const WAITING_MAX = 4 * 1024 * 1024
const start = Date.now() * 1000 - count * 50

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
server.on('listening', () => process.stdout.write(`${server.address().port}\n`))
server.on('connection', (client) => {
  let i = 0
  client.on('error', () => client.terminate())
  function more() {
    if (client.readyState !== client.OPEN) return
    while (i < count && client.bufferedAmount < WAITING_MAX) client.send(frame(i++, start))
    if (i < count) setTimeout(more, 1)
  }
  more()
})
