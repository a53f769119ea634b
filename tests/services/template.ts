/** The API that the template of a source follows, with faults on demand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listen } from './listen.ts'

export interface TemplateServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly host: string
  add(post: unknown): void
  /** Forgets all cursors that it gave. */
  forgetCursors(): void
  setKey(key: string): void
  refuse(status: number | null, headers?: Readonly<Record<string, string>>): void
  /** Takes requests and does not answer them until told otherwise. */
  setSilent(silent: boolean): void
  /** Ends the next answer in its middle. */
  cutNext(): void
  /** Gives this for the next answer; resolves when it was given. */
  sendRaw(text: string): Promise<void>
  /** Resolves when it was asked at least once. */
  followed(): Promise<void>
}

const PAGE = 100

export async function startTemplate(key: string): Promise<TemplateServer> {
  let wanted = key
  let posts: unknown[] = []
  /** Cursors are `EPOCH-INDEX`. */
  let epoch = 1
  let refusal: { status: number; headers: Readonly<Record<string, string>> } | null = null
  let silent = false
  let cuts = false
  let raw: { text: string; given: () => void } | null = null
  let asked = 0
  let waiting: (() => void)[] = []

  function page(after: string | null): unknown {
    const start = after === null ? Math.max(0, posts.length - PAGE) : Number(after.split('-')[1])
    const given = posts.slice(start, start + PAGE)
    const end = start + given.length
    return { posts: given, cursor: `${epoch}-${end}`, more: end < posts.length }
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    asked += 1
    for (const resolve of waiting.splice(0)) resolve()
    if (silent) return
    const after = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams.get('after')
    if (refusal !== null) response.writeHead(refusal.status, refusal.headers).end()
    else if (request.headers.authorization !== `Bearer ${wanted}`) response.writeHead(401).end()
    else if (raw !== null) {
      response.end(raw.text)
      raw.given()
      raw = null
    } else if (after !== null && !isKnown(after)) response.writeHead(410).end()
    else {
      const body = JSON.stringify(page(after))
      if (!cuts) return void response.end(body)
      cuts = false
      response.writeHead(200, { 'Content-Length': String(Buffer.byteLength(body)) })
      response.write(body.slice(0, body.length >> 1), () => response.destroy())
    }
  }

  function isKnown(after: string): boolean {
    const [, of, index] = /^(\d+)-(\d+)$/.exec(after) ?? []
    return Number(of) === epoch && Number(index) <= posts.length
  }

  const server = createServer(answer)
  const host = await listen(server)
  return {
    url: `http://${host}`,
    host,
    add: (post) => void posts.push(post),
    forgetCursors() {
      epoch += 1
      posts = []
    },
    setKey: (next) => void (wanted = next),
    refuse: (status, headers = {}) => void (refusal = status === null ? null : { status, headers }),
    setSilent: (next) => void (silent = next),
    cutNext: () => void (cuts = true),
    sendRaw: (text) =>
      new Promise((given) => {
        raw = { text, given }
      }),
    followed: async () =>
      asked > 0
        ? undefined
        : await new Promise<void>((resolve) => {
            waiting.push(resolve)
          }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}
