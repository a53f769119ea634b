/** A Jetstream of the first version, as real ones behave: replay by cursor, checked parameters, and faults on demand. */
import { createServer, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'

export interface Frame {
  did: string
  time_us: number
  kind: 'commit' | 'identity' | 'account'
  commit?: Record<string, unknown>
}

export interface JetstreamServer extends AsyncDisposable {
  /** `ws://127.0.0.1:<port>` */
  readonly url: string
  /** The query of every connection that was accepted, in order. */
  readonly queries: readonly URLSearchParams[]
  connections(): number
  /** Bytes that wait here because nobody takes them. */
  buffered(): number
  /** Keeps the frame and sends it to everybody who follows. */
  append(frame: Frame): void
  /** Keeps the frame and sends it to nobody, as if it had come while nobody followed. */
  keep(frame: Frame): void
  /** Sends a text as it is and does not keep it. */
  sendRaw(text: string): void
  /** Ends every connection without a word. */
  cut(): void
  /** Loses what it kept, as after a crash; with a time, only what is later. */
  forget(afterUs?: number): void
  /** Keeps frames and sends none until told otherwise. */
  setSilent(silent: boolean): void
  /** Refuses connections with this status; null: takes them. */
  refuse(status: number | null): void
  /** Resolves when somebody follows. */
  followed(): Promise<void>
}

const COLLECTION = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+(\.[a-zA-Z]+|\.\*)$/

/** Starts the server on a free port of this machine. */
export async function startJetstream(): Promise<JetstreamServer> {
  const kept: Frame[] = []
  const queries: URLSearchParams[] = []
  const clients = new Map<WebSocket, URLSearchParams>()
  let waiting: (() => void)[] = []
  let silent = false
  let refusal: number | null = null

  const sockets = new WebSocketServer({ noServer: true })
  const server = createServer((_, response) => {
    response.writeHead(426).end()
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const status = refusal ?? checkQuery(url)
    if (status !== 101) {
      socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) => accept(client, url.searchParams))
  })

  function accept(client: WebSocket, query: URLSearchParams): void {
    queries.push(query)
    clients.set(client, query)
    client.on('close', () => clients.delete(client))
    const cursor = query.get('cursor')
    if (cursor !== null)
      for (const frame of kept) if (frame.time_us >= Number(cursor)) send(client, query, frame)
    for (const resolve of waiting) resolve()
    waiting = []
  }

  function send(client: WebSocket, query: URLSearchParams, frame: Frame): void {
    const wanted = query.getAll('wantedCollections')
    const collection = String(frame.commit?.['collection'])
    if (silent || (frame.kind === 'commit' && wanted.length > 0 && !wanted.includes(collection))) return
    client.send(JSON.stringify({ ...frame, cursor: frame.time_us + 7 }))
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  const { port } = address
  const cut = () => {
    for (const client of clients.keys()) client.terminate()
  }
  return {
    url: `ws://127.0.0.1:${port}`,
    queries,
    connections: () => clients.size,
    buffered: () => [...clients.keys()].reduce((sum, client) => sum + client.bufferedAmount, 0),
    append(frame) {
      kept.push(frame)
      for (const [client, query] of clients) send(client, query, frame)
    },
    keep: (frame) => void kept.push(frame),
    sendRaw(text) {
      for (const client of clients.keys()) client.send(text)
    },
    cut,
    forget(afterUs = -1) {
      const left = kept.filter((frame) => frame.time_us <= afterUs)
      kept.splice(0, kept.length, ...left)
    },
    setSilent(value) {
      silent = value
    },
    refuse(status) {
      refusal = status
    },
    async followed() {
      if (clients.size > 0) return
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
      })
    },
    async [Symbol.asyncDispose]() {
      cut()
      sockets.close()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}

function checkQuery(url: URL): number {
  if (url.pathname !== '/subscribe') return 404
  const cursor = url.searchParams.get('cursor')
  if (cursor !== null && !/^\d+$/.test(cursor)) return 400
  return url.searchParams.getAll('wantedCollections').every((name) => COLLECTION.test(name)) ? 101 : 400
}
