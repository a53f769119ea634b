/** A web server with one feed: conditional requests, and faults on demand. */
import { hash } from 'node:crypto'
import {
  createServer as createPlain,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { createServer as createSecure } from 'node:https'
import { gzipSync } from 'node:zlib'
import { listen } from './listen.ts'

export interface FeedServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>/feed` */
  readonly url: string
  readonly host: string
  /** The headers of every request, in order. */
  readonly asked: readonly IncomingHttpHeaders[]
  set(body: string | Buffer | (() => string)): void
  /** Answers with this status; null: serves. */
  refuse(status: number | null, headers?: Readonly<Record<string, string>>): void
  /** Ends every answer after this many bytes; null: serves it whole. */
  cutAfter(bytes: number | null): void
  /** Ends the next answer in its middle. */
  cutNext(): void
  /** Sends a byte of each answer every so many ms; null: as fast as it goes. */
  drip(everyMs: number | null): void
  /** Takes requests and does not answer them until told otherwise. */
  setSilent(silent: boolean): void
  /** Resolves when the feed was asked for at least once. */
  followed(): Promise<void>
  /** Resolves when what is set now was served. */
  served(): Promise<void>
}

/** Starts the server on a free port of this machine. */
export async function startFeed({ tls }: { tls?: { key: string; cert: string } } = {}): Promise<FeedServer> {
  const asked: IncomingHttpHeaders[] = []
  let body: string | Buffer | (() => string) = ''
  let refusal: { status: number; headers: Readonly<Record<string, string>> } | null = null
  let cut: number | null = null
  let cutsNext = false
  let silent = false
  let dripMs: number | null = null
  let waiting: (() => void)[] = []

  function answer(request: IncomingMessage, response: ServerResponse): void {
    asked.push(request.headers)
    if (silent) return
    const text = typeof body === 'function' ? body() : body
    const etag = `"${hash('sha256', text, 'hex').slice(0, 16)}"`
    if (refusal !== null) {
      response.writeHead(refusal.status, refusal.headers)
      // Where it says that more comes, that does not come.
      if ('Content-Length' in refusal.headers) response.flushHeaders()
      else response.end()
    } else if (request.headers['if-none-match'] === etag) response.writeHead(304, { ETag: etag }).end()
    else {
      const packed = gzipSync(text)
      const length = cutsNext ? packed.length >> 1 : cut
      cutsNext = false
      const headers = { ETag: etag, 'Content-Encoding': 'gzip', 'Content-Length': String(packed.length) }
      response.writeHead(200, headers)
      if (dripMs !== null) drip(response, packed, dripMs)
      else if (length === null) response.end(packed)
      else response.write(packed.subarray(0, length), () => response.destroy())
    }
    for (const resolve of waiting) resolve()
    waiting = []
  }

  function drip(response: ServerResponse, bytes: Buffer, everyMs: number): void {
    let sent = 0
    const timer = setInterval(() => response.write(bytes.subarray(sent, (sent += 1))), everyMs)
    response.on('close', () => clearInterval(timer))
  }

  const server = tls === undefined ? createPlain(answer) : createSecure(tls, answer)
  const host = await listen(server)
  const served = () =>
    new Promise<void>((resolve) => {
      waiting.push(resolve)
    })
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host}/feed`,
    host,
    asked,
    set(value) {
      body = value
    },
    refuse(status, headers = {}) {
      refusal = status === null ? null : { status, headers }
    },
    cutAfter(bytes) {
      cut = bytes
    },
    cutNext() {
      cutsNext = true
    },
    drip(everyMs) {
      dripMs = everyMs
    },
    setSilent(value) {
      silent = value
    },
    followed: async () => {
      if (asked.length === 0) await served()
    },
    served,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}
