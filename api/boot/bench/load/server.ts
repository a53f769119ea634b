/**
 * A Jetstream that sends a load, in a process of its own: `server.ts KIND SEED RATE COUNT` sends COUNT posts to who
 * connects, RATE a second (0: as fast as they are taken), from the moment that it is told to on stdin until it is told
 * again. Says its port on stdout, then each second how far it is.
 *
 * A post's time is when it was due: where the reader is slow, posts wait here and their delay counts. With FROM and
 * TIMES_RATE after COUNT it is when it was due in another run, that began at FROM (epoch ms) and had that rate.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { FRAME_MAX_BYTES, frameText, writeFrame } from './frames.ts'
import { createLoad, type LoadKind } from './load.ts'
import type { Sent } from './sent.ts'

/** Of one write: a few hundred posts. */
const CHUNK_BYTES = 256 * 1024
/** Bytes that may wait in this process for the reader, beside the sockets' own. */
const WAITING_MAX = 4 * CHUNK_BYTES
const TICK_MS = 10
const TELL_MS = 1_000

const [kind, seed, ...numbers] = process.argv.slice(2) as [LoadKind, string, ...string[]]
const [rate, count, from, timesRate] = numbers.map(Number) as [number, number, number?, number?]
const load = createLoad(kind, seed)
let reader: Duplex | null = null
let connections = 0
let startedAt: number | null = null
let haltedAt = Infinity

/** How many are due by now. */
function due(): number {
  if (startedAt === null) return 0
  if (rate === 0) return count
  return Math.min(count, Math.floor(((Math.min(Date.now(), haltedAt) - startedAt) * rate) / 1_000))
}

/** Epoch µs, each post's its own. */
function dueAt(serial: number, start: number): number {
  return rate === 0
    ? Date.now() * 1_000 + (serial % 1_000)
    : (from ?? start) * 1_000 + Math.floor((serial * 1e6) / (timesRate ?? rate))
}

function sendDue(): void {
  if (reader === null || startedAt === null) return
  const last = due()
  while (load.counts().posts < last && reader.writableLength < WAITING_MAX) {
    const bytes = Buffer.allocUnsafe(CHUNK_BYTES)
    let at = 0
    while (load.counts().posts < last && at + FRAME_MAX_BYTES <= CHUNK_BYTES) {
      const post = load.next()
      at = writeFrame(bytes, at, frameText(post, dueAt(post.serial, startedAt)))
    }
    reader.write(bytes.subarray(0, at))
  }
}

function tell(): void {
  const { user, system } = process.cpuUsage()
  const sent: Sent = { ...load.counts(), due: due(), connections, startedAt, cpuMicros: user + system }
  process.stdout.write(`${JSON.stringify(sent)}\n`)
}

// The handshake is the library's; frames go straight to the socket, many in one write.
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
const server = createServer()
server.on('upgrade', (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (client) => {
    client.on('error', () => client.terminate())
    connections++
    reader = socket
    socket.on('close', () => {
      if (reader === socket) reader = null
    })
    socket.on('drain', sendDue)
  })
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
process.stdin.on('data', () => {
  if (startedAt !== null) {
    haltedAt = Date.now()
    return
  }
  startedAt = Date.now()
  // A stream that is silent for long is connected to anew: what was before does not count.
  connections = reader === null ? 0 : 1
  setInterval(sendDue, TICK_MS)
})
process.stdin.on('end', () => process.exit(0))
setInterval(tell, TELL_MS)
