import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { serve, type ServerType } from '@hono/node-server'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { liveEventSchema, statusSchema, type LiveEvent } from '../../../../api/contract.ts'
import { openDesk, type Desk } from '../../../../api/desk/desk.ts'
import { LIVE_EVENTS_MAX } from '../../../../api/desk/live.ts'
import {
  MINUTE,
  openTestDesk,
  STATUS,
  tempDir,
  testApp,
  testSpike,
  failOnErrors,
  refusingStore,
} from '../support.ts'

/** The stream reads the desk alone. */
const NO_STORE = refusingStore()

let dir: Awaited<ReturnType<typeof tempDir>>
let desk: Desk & { url: string }
let app: ReturnType<typeof testApp>
let server: ServerType
let url: string
/** What a page was told of, by the measure. */
let measured: LiveEvent[]

beforeEach(async () => {
  dir = await tempDir()
  desk = await openTestDesk(dir.path)
  measured = []
  const liveWatch = { clients() {}, shown: (event: LiveEvent) => void measured.push(event) }
  app = testApp({ store: NO_STORE, desk, live: { clockMs: 50, stallMs: 400 }, liveWatch })
  server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  url = `http://127.0.0.1:${address.port}/api/live`
})
afterEach(async () => {
  if ('closeAllConnections' in server) server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await desk.close()
  await dir.remove()
  failOnErrors(app)
})

const sealed = (at: number): LiveEvent => ({
  type: 'sealed',
  from: at * MINUTE,
  to: (at + 1) * MINUTE,
  corrected: false,
})
const append = (from: number, count = 1, to = desk): Promise<void> =>
  to.saveWatch({
    spikes: [],
    events: Array.from({ length: count }, (_, i) => sealed(from + i)),
    sealedThrough: 0,
  })

interface Message {
  id: string | null
  event: string | null
  data: string | null
}

/** Reads as the specification of server-sent events says: an id without data is kept, but makes no event. */
async function* messages(response: Response): AsyncGenerator<Message> {
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const message: Message = { id: null, event: null, data: null }
      for (const line of text.slice(0, end).split('\n')) {
        const [, name, value] = /^(\w+): (.*)$/.exec(line) ?? []
        if (name === 'id' || name === 'event' || name === 'data') message[name] = value!
      }
      text = text.slice(end + 2)
      yield message
    }
  }
}

interface Follower {
  lastId: string | null
  events: LiveEvent[]
  clocks: number
  until(done: (follower: Follower) => boolean, after?: string): Promise<void>
}

function createFollower(): Follower {
  const self: Follower = {
    lastId: null,
    events: [],
    clocks: 0,
    /** Connects (again), reads until `done`, and cuts the connection without a word. */
    async until(done, query = '') {
      const cut = new AbortController()
      const headers: Record<string, string> = self.lastId === null ? {} : { 'last-event-id': self.lastId }
      const response = await fetch(url + query, { headers, signal: cut.signal })
      expect(response.headers.get('content-type')).toBe('text/event-stream')
      try {
        for await (const { id, event, data } of messages(response)) {
          if (id !== null) self.lastId = id
          if (event === 'clock') {
            if (id !== null) throw new Error('a clock event has an id')
            statusSchema.parse(JSON.parse(data!))
            self.clocks++
          } else if (data !== null) {
            const parsed = liveEventSchema.parse(JSON.parse(data))
            if (event !== parsed.type || id === null)
              throw new Error(`a ${parsed.type} event without name or id`)
            self.events.push(parsed)
          }
          if (done(self)) break
        }
      } finally {
        cut.abort()
      }
    },
  }
  return self
}

test('no event is lost or doubled over many cuts, while events are written', async () => {
  const follower = createFollower()
  await follower.until(({ lastId }) => lastId !== null)
  const total = 400
  const writing = (async () => {
    for (let i = 0; i < total;) {
      const count = Math.min(1 + (i % 7), total - i)
      await append(i, count)
      i += count
      await sleep(3)
    }
  })()
  let cuts = 0
  while (follower.events.length < total) {
    const enough = Math.min(total, follower.events.length + 1 + ((cuts * 13) % 40))
    await follower.until(({ events }) => events.length >= enough)
    if (cuts++ % 3 === 0) await sleep(20)
  }
  await writing
  expect(cuts).toBeGreaterThan(10)
  expect(follower.events).toEqual(Array.from({ length: total }, (_, i) => sealed(i)))
})

test('events between a first connection without any event and the next one are not lost', async () => {
  const follower = createFollower()
  await follower.until(({ lastId }) => lastId !== null)
  await append(1)
  await follower.until(({ events }) => events.length === 1)
  expect(follower.events).toEqual([sealed(1)])
})

test('what a page was asleep for, and is told of when it comes back, is no delay that is measured', async () => {
  const follower = createFollower()
  follower.lastId = String((await desk.live.range()).head)
  await append(1, 3)
  await follower.until(({ events }) => events.length === 3)
  expect(measured).toEqual([])
  const reading = follower.until(({ events }) => events.length === 4)
  const { clocks } = follower
  await expect.poll(() => follower.clocks).toBeGreaterThan(clocks)
  await append(4)
  await reading
  expect(measured).toEqual([sealed(4)])
})

test('what another process writes arrives too', async () => {
  const other = await openDesk({ url: desk.url })
  const follower = createFollower()
  const reading = follower.until(({ events }) => events.length === 2)
  await expect.poll(() => follower.lastId).not.toBeNull()
  await append(1, 2, { ...other, url: desk.url })
  await reading
  expect(follower.events).toEqual([sealed(1), sealed(2)])
  await other.close()
})

test('many events at once come in order, and `after` resumes as the header does', async () => {
  const { head } = await desk.live.range()
  await append(0, 350)
  const follower = createFollower()
  await follower.until(({ events }) => events.length === 300, `?after=${head + 50}`)
  expect(follower.events[0]).toEqual(sealed(50))
  expect(follower.events.at(-1)).toEqual(sealed(349))
})

test.each(['1', '99999999999999', 'abc', '-5'])(
  'the id %s, which this desk does not keep, gives a reset and the stream goes on',
  async (id) => {
    await append(0, 3)
    const follower = createFollower()
    follower.lastId = id
    await follower.until(({ events }) => events.length === 1)
    expect(follower.events[0]).toMatchObject({ type: 'reset' })
    await append(7)
    await follower.until(({ events }) => events.length === 2)
    expect(follower.events[1]).toEqual(sealed(7))
  },
)

test('a follower whose next event is no longer kept is told so, though it was never cut off', async () => {
  const follower = createFollower()
  const written: Promise<void>[] = []
  await follower.until(({ events }) => {
    if (written.length === 0) written.push(append(0, LIVE_EVENTS_MAX + 1))
    return events.length === 1
  })
  await Promise.all(written)
  expect(follower.events[0]).toMatchObject({ type: 'reset' })
  await append(7)
  await follower.until(({ events }) => events.length === 2)
  expect(follower.events[1]).toEqual(sealed(7))
})

test('the clock ticks without events, and the status is read once for all clients', async () => {
  let read = 0
  const shared = testApp({
    store: NO_STORE,
    desk,
    live: { clockMs: 50 },
    status: async () => {
      read++
      return STATUS
    },
  })
  const bodies = await Promise.all(
    Array.from({ length: 10 }, async () => messages(await shared.request('/api/live'))),
  )
  let clocks = 0
  const started = performance.now()
  await Promise.all(
    bodies.map(async (body) => {
      for await (const { event } of body) {
        if (event !== 'clock') continue
        clocks++
        if (performance.now() - started > 500) return
      }
    }),
  )
  expect(clocks).toBeGreaterThan(40)
  expect(read).toBeLessThan(clocks / 3)
})

test('while the status cannot be read, events come all the same, and something is always sent', async () => {
  let read = 0
  const away = testApp({
    store: NO_STORE,
    desk,
    live: { clockMs: 50 },
    status: () => {
      read++
      return new Promise(() => {})
    },
  })
  const { body } = await away.request('/api/live')
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
  await append(1)
  let text = ''
  while (!text.includes('event: sealed')) text += (await reader.read()).value
  const heartbeats = (): number => text.split(': no status now').length - 1
  while (heartbeats() < 3) text += (await reader.read()).value
  expect(read).toBe(1)
  await reader.cancel()
})

test('a client that reads nothing is cut, and what it missed is still there', async () => {
  const { head } = await desk.live.range()
  let cut = false
  server.once('connection', (theirs: Socket) => theirs.on('close', () => (cut = true)))
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.pause()
  socket.write(`GET /api/live?after=${head} HTTP/1.1\r\nHost: x\r\n\r\n`)
  let closed = false
  let received = 0
  socket.on('close', () => (closed = true))
  socket.on('error', (error) => expect(error).toMatchObject({ code: 'ECONNRESET' }))
  // More than both ends' buffers hold.
  const large = 40
  for (let i = 0; i < large; i++) {
    const spike = testSpike({ id: `spike ${i}`, placeName: 'x'.repeat(500_000) })
    await desk.saveWatch({ spikes: [], events: [{ type: 'spike', spike }], sealedThrough: 0 })
  }
  await expect.poll(() => cut, { timeout: 10_000 }).toBe(true)
  socket.on('data', (data) => (received += data.length))
  socket.resume()
  await expect.poll(() => closed, { timeout: 5_000 }).toBe(true)
  expect(received).toBeLessThan(large * 500_000)
  const follower = createFollower()
  follower.lastId = String(head)
  await follower.until(({ events }) => events.length === large)
})
