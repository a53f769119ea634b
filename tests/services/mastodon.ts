/**
 * A Mastodon-compatible server: public stream by WebSocket and by server-sent events, public timeline with `min_id`,
 * tokens, heartbeats, and the ways in which real ones differ.
 */
import {
  createServer as createPlain,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { createServer as createSecure } from 'node:https'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { listen } from './listen.ts'

export interface Status {
  id: string
  uri: string
  [field: string]: unknown
}

export interface MastodonOptions {
  /** Ways that it streams. */
  ways?: readonly ('socket' | 'events')[]
  /** Only with this token. */
  token?: string
  /** Shows its timeline to everybody who may stream. */
  timeline?: boolean
  /** Asks who streams for a token, and shows its timeline to anybody. */
  openTimeline?: boolean
  /** Of its stream only deletions come, as where live feeds are turned off. */
  mute?: boolean
  /** Answers everything that it does not know with its page for people, as servers do whose page finds its own way. */
  catchAll?: boolean
  /** Statuses on a page at most; some servers filter a page after they have cut it. */
  page?: number
  /** Where it says that it streams; given its own host. */
  streaming?: (host: string) => string
  tls?: { key: string; cert: string }
}

export interface MastodonServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly host: string
  /** Streams that were opened, in order. */
  readonly opened: readonly ('socket' | 'events')[]
  connections(): number
  refused(): number
  /** Keeps the status and sends it to everybody who follows. */
  post(status: Status): void
  /** Keeps the status and sends it to nobody. */
  keep(status: Status): void
  /** Sends an event and keeps nothing. */
  send(event: string, payload: unknown): void
  /** Sends a text, by a WebSocket or between events, as it is. */
  sendRaw(text: string): void
  beat(): void
  cut(): void
  /** Sends the start of an event and ends every connection in the middle of it. */
  cutInFrame(): void
  /** Takes only this token from now on; null: anybody. */
  setToken(token: string | null): void
  /** Answers everything with this status; null: serves. */
  refuse(status: number | null, headers?: Readonly<Record<string, string>>): void
  setTimeline(shown: boolean): void
  /** Answers pages of its timeline below the first, or fails. */
  setBelow(answered: boolean): void
  /** Requests for its timeline. */
  asked(): number
  /** Answers the next requests for its timeline with 429, and asks for a second's rest. */
  tireTimeline(requests: number): void
  /** Neither sends nor reads anything until told otherwise; connections stay. */
  setSilent(silent: boolean): void
  followed(): Promise<void>
}

const PAGE = 40

/** A value in whose place the timeline writes one that is nested deeper than `JSON.stringify` goes. */
export const NESTED_DEEPLY = '(nested deeply)'
const DEEP = `${'['.repeat(200_000)}${']'.repeat(200_000)}`

/** Starts the server on a free port of this machine. */
export async function startMastodon(options: MastodonOptions = {}): Promise<MastodonServer> {
  const { ways = ['socket', 'events'], mute = false, page: pageMax = PAGE } = options
  let token = options.token ?? null
  let shown = options.timeline ?? true
  const kept: Status[] = []
  const opened: ('socket' | 'events')[] = []
  /** Each with the connection under it. */
  const sockets = new Map<WebSocket, Duplex>()
  const streams = new Set<ServerResponse>()
  let waiting: (() => void)[] = []
  let refusal: { status: number; headers: Readonly<Record<string, string>> } | null = null
  let refusedCount = 0
  let silent = false
  let tired = 0
  let below = true
  let asked = 0
  const acceptor = new WebSocketServer({ noServer: true })

  /** The status with which a request is refused, or null. */
  function refuses(request: IncomingMessage): number | null {
    if (refusal !== null) return refusal.status
    if (token !== null && request.headers.authorization !== `Bearer ${token}`) return 401
    // As one real server does.
    return request.headers['user-agent'] === undefined ? 418 : null
  }
  function welcome(way: 'socket' | 'events'): void {
    opened.push(way)
    for (const resolve of waiting) resolve()
    waiting = []
  }
  const serve: RequestListener = (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (silent) return
    if (url.pathname === '/api/v1/timelines/public') asked += 1
    const isOpen = options.openTimeline === true && url.pathname.startsWith('/api/v1/timelines')
    const status = isOpen ? (refusal?.status ?? null) : refuses(request)
    if (url.pathname === '/api/v2/instance' && options.streaming !== undefined && refusal === null) {
      const configuration = { urls: { streaming: options.streaming(host) } }
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ configuration }))
    } else if (status !== null) {
      refusedCount += 1
      const headers = { 'Content-Type': 'application/json', ...refusal?.headers }
      response.writeHead(status, headers).end('{"error":"The access token is invalid"}')
    } else if (url.pathname === '/api/v1/streaming/public' && ways.includes('events')) {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(':)\n\n')
      streams.add(response)
      response.on('close', () => streams.delete(response))
      welcome('events')
    } else if (url.pathname === '/api/v1/timelines/public' && tired > 0) {
      tired -= 1
      const reset = String(Math.floor(Date.now() / 1_000) + 1)
      response.writeHead(429, { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': reset }).end()
    } else if (url.pathname === '/api/v1/timelines/public' && !below && url.searchParams.has('max_id')) {
      response.writeHead(503).end()
    } else if (url.pathname === '/api/v1/timelines/public' && shown) {
      const limit = Math.min(pageMax, Number(url.searchParams.get('limit') ?? 20))
      const maxId = url.searchParams.get('max_id')
      const byId = kept.toSorted((a, b) => Number(a.id) - Number(b.id))
      const page = byId.filter(({ id }) => maxId === null || Number(id) < Number(maxId)).slice(-limit)
      const text = JSON.stringify(page.toReversed()).replaceAll(JSON.stringify(NESTED_DEEPLY), DEEP)
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(text)
    } else if (url.pathname.startsWith('/api/v1/timelines')) response.writeHead(403).end()
    else if (options.catchAll === true)
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!DOCTYPE html><p>Welcome</p>')
    else response.writeHead(404).end()
  }
  const { tls } = options
  const server = tls === undefined ? createPlain(serve) : createSecure(tls, serve)
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const status =
      refuses(request) ?? (ways.includes('socket') ? null : options.catchAll === true ? 200 : 404)
    if (status !== null) {
      refusedCount += 1
      const headers = { ...refusal?.headers, 'X-Error-Message': 'The access token is invalid' }
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
      socket.end(
        `HTTP/1.1 ${status} Refused\r\n${lines.join('')}Connection: close\r\nContent-Length: 0\r\n\r\n`,
      )
      return
    }
    acceptor.handleUpgrade(request, socket, head, (client) => {
      sockets.set(client, socket)
      hush(client)
      client.on('close', () => sockets.delete(client))
      welcome('socket')
    })
  })
  const host = await listen(server)

  /** Not even a heartbeat is answered. */
  function hush(client: WebSocket): void {
    if (silent) client.pause()
    else client.resume()
  }
  function send(event: string, payload: unknown): void {
    if (silent || (mute && event !== 'delete')) return
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
    const message = JSON.stringify({ stream: ['public'], event, payload: text })
    for (const client of sockets.keys()) client.send(message)
    for (const stream of streams) stream.write(`event: ${event}\ndata: ${text}\n\n`)
  }
  function cut(): void {
    for (const client of sockets.keys()) client.terminate()
    for (const stream of streams) stream.destroy()
  }
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host}`,
    host,
    opened,
    connections: () => sockets.size + streams.size,
    refused: () => refusedCount,
    post(status) {
      kept.push(status)
      send('update', status)
    },
    keep: (status) => void kept.push(status),
    send,
    sendRaw(text) {
      for (const client of sockets.keys()) client.send(text)
      for (const stream of streams) stream.write(`${text}\n\n`)
    },
    beat() {
      for (const client of sockets.keys()) client.ping()
      for (const stream of streams) stream.write(':thump\n\n')
    },
    cut,
    cutInFrame() {
      for (const raw of sockets.values()) {
        raw.write(Buffer.from([0x81, 0x7e, 0x10, 0x00, ...Buffer.from('{"event":"upd')]))
      }
      for (const stream of streams) stream.write('event: update\ndata: {"id":"')
      // Nothing follows the piece.
      const [cutSockets, cutStreams] = [[...sockets.keys()], [...streams]]
      sockets.clear()
      streams.clear()
      setImmediate(() => {
        for (const client of cutSockets) client.terminate()
        for (const stream of cutStreams) stream.destroy()
      })
    },
    setToken(value) {
      token = value
    },
    refuse(status, headers = {}) {
      refusal = status === null ? null : { status, headers }
    },
    setSilent(value) {
      silent = value
      for (const client of sockets.keys()) hush(client)
    },
    tireTimeline(requests) {
      tired = requests
    },
    setTimeline(value) {
      shown = value
    },
    setBelow(value) {
      below = value
    },
    asked: () => asked,
    async followed() {
      if (sockets.size + streams.size > 0) return
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
      })
    },
    async [Symbol.asyncDispose]() {
      cut()
      acceptor.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}
