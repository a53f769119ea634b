/** Serves apps on one port: the night at `/`, and beside it, for as long as it runs, a drill at `/drill/`. */
import { serve as listen, type ServerType } from '@hono/node-server'
import { FailedError } from './command.ts'

/** What serves requests; Hono's apps do. */
export interface Servable {
  /** `env`: what the server has for this request; by it a stream that nobody reads is cut off. */
  fetch(request: Request, env?: object): Response | Promise<Response>
}

export interface Served {
  url: string
  port: number
  /** Serves `app` below `/<name>/` from now on; null takes it away. */
  mount(name: string, app: Servable | null): void
  close(): Promise<void>
}

/** `port` 0 takes a free one. Throws FailedError where the port is taken or not allowed. */
export async function serve(app: Servable, host: string, port: number): Promise<Served> {
  const mounted = new Map<string, Servable>()
  const fetch = (request: Request, env: object): Response | Promise<Response> => {
    const url = new URL(request.url)
    const name = url.pathname.split('/', 2)[1] ?? ''
    const below = mounted.get(name)
    if (below === undefined) return app.fetch(request, env)
    if (url.pathname === `/${name}`)
      return new Response(null, { status: 308, headers: { location: `/${name}/` } })
    url.pathname = url.pathname.slice(name.length + 1)
    return below.fetch(new Request(url, request), env)
  }
  const server = await new Promise<ServerType>((resolve, reject) => {
    const starting = listen({ fetch, hostname: host, port }, () => resolve(starting))
    starting.once('error', (cause: NodeJS.ErrnoException) => reject(portError(host, port, cause)))
  })
  const address = server.address()
  const actual = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host}:${actual}/`,
    port: actual,
    mount(name, below) {
      if (below === null) mounted.delete(name)
      else mounted.set(name, below)
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        // Open event streams would keep the server for ever.
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
  }
}

function portError(host: string, port: number, cause: NodeJS.ErrnoException): Error {
  if (cause.code === 'EADDRINUSE') {
    return new FailedError(
      `port ${port} on ${host} is in use by another program; choose another with --port, or 0 for any free one`,
      { cause },
    )
  }
  if (cause.code === 'EACCES') {
    return new FailedError(
      `port ${port} on ${host} may not be opened by this user; choose one above 1023 with --port`,
      { cause },
    )
  }
  return cause
}
