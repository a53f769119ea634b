/** A web server with one feed: conditional requests, and faults on demand. */
import { hash } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { gzipSync } from 'node:zlib'
import { listen } from './listen.ts'

export interface FeedServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>/feed` */
  readonly url: string
  readonly host: string
  /** The headers of every request, in order. */
  readonly asked: readonly IncomingHttpHeaders[]
  set(body: string | Buffer, headers?: Readonly<Record<string, string>>): void
  /** Answers with this status; null: serves. */
  refuse(status: number | null, headers?: Readonly<Record<string, string>>): void
  /** Ends every answer after this many bytes; null: serves it whole. */
  cutAfter(bytes: number | null): void
}

export async function startFeed(): Promise<FeedServer> {
  const asked: IncomingHttpHeaders[] = []
  let body: string | Buffer = ''
  let extra: Readonly<Record<string, string>> = {}
  let refusal: { status: number; headers: Readonly<Record<string, string>> } | null = null
  let cut: number | null = null
  const server = createServer((request, response) => {
    asked.push(request.headers)
    const etag = `"${hash('sha256', body, 'hex').slice(0, 16)}"`
    if (refusal !== null) response.writeHead(refusal.status, refusal.headers).end()
    else if (request.headers['if-none-match'] === etag) response.writeHead(304, { ETag: etag }).end()
    else {
      const packed = gzipSync(body)
      const headers = {
        ETag: etag,
        'Content-Encoding': 'gzip',
        'Content-Length': String(packed.length),
        ...extra,
      }
      response.writeHead(200, headers)
      if (cut === null) response.end(packed)
      else response.write(packed.subarray(0, cut), () => response.destroy())
    }
  })
  const host = await listen(server)
  return {
    url: `http://${host}/feed`,
    host,
    asked,
    set(value, headers = {}) {
      body = value
      extra = headers
    },
    refuse(status, headers = {}) {
      refusal = status === null ? null : { status, headers }
    },
    cutAfter(bytes) {
      cut = bytes
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}
