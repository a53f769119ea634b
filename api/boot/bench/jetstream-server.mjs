/**
 * A Jetstream for `bench` alone, in a process of its own: sends argv[2] posts to whoever connects, each another, as fast
 * as they are taken. Says its port on stdout.
 */
import { WebSocketServer } from 'ws'

const count = Number(process.argv[2])
/** Bytes that may wait in this process. */
const WAITING_MAX = 4 * 1024 * 1024
const WORDS = 'they are still counting here and the line at our school goes around the block tonight'.split(
  ' ',
)
const start = Date.now() * 1000 - count * 50

function frame(i) {
  const text = Array.from({ length: 8 + (i % 24) }, (_, k) => WORDS[(i * 7 + k * 5) % WORDS.length]).join(' ')
  const did = `did:plc:${(i * 2654435761).toString(32).padStart(24, 'a')}`
  const time = start + i * 50
  const record = {
    $type: 'app.bsky.feed.post',
    createdAt: new Date(time / 1000).toISOString(),
    langs: ['en'],
    text,
  }
  const commit = {
    rev: '3l3qo2vutsw2b',
    operation: 'create',
    collection: 'app.bsky.feed.post',
    rkey: `3l${i.toString(32).padStart(11, '2')}`,
    record,
    cid: `bafyrei${i.toString(32).padStart(52, 'a')}`,
  }
  return JSON.stringify({ did, time_us: time, kind: 'commit', commit, cursor: i })
}

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
server.on('listening', () => process.stdout.write(`${server.address().port}\n`))
server.on('connection', (client) => {
  let i = 0
  client.on('error', () => client.terminate())
  function more() {
    if (client.readyState !== client.OPEN) return
    while (i < count && client.bufferedAmount < WAITING_MAX) client.send(frame(i++))
    if (i < count) setTimeout(more, 1)
  }
  more()
})
