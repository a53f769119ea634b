/**
 * A Jetstream of both versions, as real ones behave: replay by cursor (a time, or its own sequence), checked parameters,
 * packed frames, and faults on demand.
 */
import { createServer as createPlain, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createSecure } from 'node:https'
import type { Duplex } from 'node:stream'
import { compressUsingDict, createCCtx, freeCCtx } from '@bokuweb/zstd-wasm'
import { WebSocketServer, type WebSocket } from 'ws'
import { beginZstd } from '../../ingest/sources/jetstream/unpack.ts'
import { checkQuery, V2_PATH, type Refused } from './jetstream-query.ts'
import { listen } from './listen.ts'

export interface Frame {
  did: string
  time_us: number
  /** `sync`: the whole repository follows, as commits that create; of the second version alone. */
  kind: 'commit' | 'identity' | 'account' | 'sync'
  commit?: Record<string, unknown>
  account?: Record<string, unknown>
}

interface Kept {
  seq: number
  frame: Frame
}

interface Client {
  query: URLSearchParams
  v2: boolean
  packs: boolean
  /** The connection under the WebSocket. */
  raw: Duplex
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
  sendRaw(text: string | Buffer): void
  /** Ends every connection without a word. */
  cut(): void
  /** Sends the start of a message of this length and ends every connection in the middle of it. */
  cutInFrame(): void
  /** Loses what it kept, as after a crash; with a time, only what is later. */
  forget(afterUs?: number): void
  /** No longer keeps what is older: a cursor before it is too old. */
  retainFrom(timeUs: number): void
  /** Keeps frames and sends none until told otherwise. */
  setSilent(silent: boolean): void
  /** Refuses connections with this status; null: takes them. */
  refuse(status: number | null, headers?: Readonly<Record<string, string>>, body?: string): void
  /** How often it refused a connection. */
  refused(): number
  /** Resolves when somebody follows. */
  followed(): Promise<void>
}

export interface JetstreamOptions {
  /** Answers at `/subscribe` (the first version), at the second's path, or at both. */
  versions?: readonly (1 | 2)[]
  /** Packs frames for who asks. */
  dictionary?: Buffer
  /** Answers a time with all that it holds, as servers do whose newest piece has no index yet. */
  replaysAll?: boolean
  tls?: { key: string; cert: string }
}

/** Starts the server on a free port of this machine. */
export async function startJetstream(options: JetstreamOptions = {}): Promise<JetstreamServer> {
  const { versions = [1, 2], dictionary, replaysAll = false, tls } = options
  if (dictionary !== undefined) await beginZstd()
  const kept: Kept[] = []
  const queries: URLSearchParams[] = []
  const clients = new Map<WebSocket, Client>()
  let waiting: (() => void)[] = []
  let nextSeq = 1
  let floorUs = 0
  let silent = false
  let refusal: Refused | null = null
  let refusedCount = 0

  const serve: RequestListener = (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1')
    const found = dictionary !== undefined && pathname === '/xrpc/network.bsky.jetstream.getZstdDictionary'
    response.writeHead(found ? 200 : 426).end(found ? dictionary : '')
  }
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has('xrpc.v1.json') ? 'xrpc.v1.json' : false),
  })
  const server = tls === undefined ? createPlain(serve) : createSecure(tls, serve)
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const floorSeq = kept.find(({ frame }) => frame.time_us >= floorUs)?.seq ?? nextSeq
    const packId = dictionary?.readUInt32LE(4) ?? null
    const deflates = request.headers['sec-websocket-extensions'] !== undefined
    const refused =
      refusal ?? checkQuery(url, { versions, floorSeq: floorUs === 0 ? 0 : floorSeq, packId, deflates })
    if (refused !== null) {
      refusedCount += 1
      const { status, body, headers } = refused
      const lines = Object.entries({ ...headers, 'Content-Length': String(body.length), Connection: 'close' })
      const heads = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
      socket.end(`HTTP/1.1 ${status} Refused\r\n${heads}\r\n${body}`)
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) => accept(client, url, socket))
  })

  function accept(socket: WebSocket, url: URL, raw: Duplex): void {
    const query = url.searchParams
    const v2 = url.pathname === V2_PATH
    const packs = query.get('compress') === 'true' || query.has('zstdDictionary')
    const client = { query, v2, packs, raw }
    queries.push(query)
    clients.set(socket, client)
    socket.on('close', () => clients.delete(socket))
    replay(socket, client)
    for (const resolve of waiting) resolve()
    waiting = []
  }

  function replay(socket: WebSocket, client: Client): void {
    const text = client.query.get('cursor')
    if (text === null) return
    const cursor = Number(text)
    const byTime = cursor >= 1e15
    if (!byTime && cursor > nextSeq) return
    if (client.v2 && byTime && cursor < floorUs) sendText(socket, client, infoFrame('OutdatedCursor'))
    for (const { seq, frame } of kept) {
      if (frame.time_us < floorUs) continue
      if ((byTime && replaysAll) || (byTime ? frame.time_us : seq) >= cursor)
        send(socket, client, { seq, frame })
    }
  }

  function send(socket: WebSocket, client: Client, { seq, frame }: Kept): void {
    const wanted = client.query.getAll(client.v2 ? 'collections' : 'wantedCollections')
    const kinds = client.query.getAll('kinds')
    const collection = String(frame.commit?.['collection'])
    const other = frame.kind === 'commit' && wanted.length > 0 && !wanted.includes(collection)
    if (
      silent ||
      other ||
      (frame.kind === 'sync' && !client.v2) ||
      (kinds.length > 0 && !kinds.includes(frame.kind))
    )
      return
    sendText(
      socket,
      client,
      JSON.stringify(client.v2 ? secondVersionOf(frame, seq) : { ...frame, cursor: seq }),
    )
  }

  function sendText(socket: WebSocket, { packs }: Client, text: string): void {
    if (packs && dictionary !== undefined) socket.send(pack(text, dictionary))
    else socket.send(text)
  }

  const address = await listen(server)
  const cut = () => {
    for (const client of clients.keys()) client.terminate()
  }
  const keep = (frame: Frame): Kept => {
    const one = { seq: nextSeq++, frame }
    kept.push(one)
    return one
  }
  return {
    url: `${tls === undefined ? 'ws' : 'wss'}://${address}`,
    queries,
    connections: () => clients.size,
    buffered: () => [...clients.keys()].reduce((sum, client) => sum + client.bufferedAmount, 0),
    append(frame) {
      const one = keep(frame)
      for (const [socket, client] of clients) send(socket, client, one)
    },
    keep: (frame) => void keep(frame),
    sendRaw(text) {
      for (const client of clients.keys()) client.send(text)
    },
    cut,
    cutInFrame() {
      for (const client of clients.keys()) {
        // A text frame of 4,096 bytes, of which some come: RFC 6455, section 5.2.
        clients
          .get(client)!
          .raw.write(Buffer.from([0x81, 0x7e, 0x10, 0x00, ...Buffer.from('{"did":"did:plc:')]))
        // Nothing follows the piece.
        clients.delete(client)
        setImmediate(() => client.terminate())
      }
    },
    forget(afterUs = -1) {
      const left = kept.filter(({ frame }) => frame.time_us <= afterUs)
      kept.splice(0, kept.length, ...left)
    },
    retainFrom(timeUs) {
      floorUs = timeUs
    },
    setSilent(value) {
      silent = value
    },
    refuse(status, headers = {}, body = '') {
      refusal = status === null ? null : { status, body, headers }
    },
    refused: () => refusedCount,
    async followed() {
      if (clients.size > 0) return
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
      })
    },
    async [Symbol.asyncDispose]() {
      cut()
      sockets.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}

function pack(text: string, dictionary: Buffer): Buffer {
  const context = createCCtx()
  const packed = Buffer.from(compressUsingDict(context, Buffer.from(text), dictionary, 3))
  freeCCtx(context)
  return packed
}

function infoFrame(name: string): string {
  const payload = {
    $type: 'network.bsky.jetstream.subscribeEvents#info',
    name,
    message: 'events may be missing',
  }
  return JSON.stringify({ $type: 'message', payload })
}

/** The frame as the second version writes it. */
function secondVersionOf({ did, time_us, kind, commit, account }: Frame, seq: number) {
  const at = new Date(Math.floor(time_us / 1_000)).toISOString()
  const time = `${at.slice(0, 23)}${String(time_us % 1_000).padStart(3, '0')}Z`
  const payload = {
    $type: `network.bsky.jetstream.subscribeEvents#${kind}`,
    seq,
    did,
    time,
    witnessedAt: time,
    ...(commit === undefined ? {} : { rev: '3l3qo2vutsw2b', ...commit }),
    ...(account === undefined ? {} : { account }),
    ...(kind === 'sync' ? { sync: { did, rev: '3l3qo2vutsw2b', blocks: '' } } : {}),
  }
  return { $type: 'message', payload }
}
