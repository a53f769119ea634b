/** Who may ask what: hosts, origins, content types, the password. */
import type { Context, MiddlewareHandler } from 'hono'
import { basicAuth } from 'hono/basic-auth'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import { timingSafeEqual } from 'hono/utils/buffer'
import type { AppDeps } from './deps.ts'
import { RequestError } from './problem.ts'

/** The longest rebuttal is some 30 kB. */
const BODY_MAX = 128 * 1024
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])
/** They take a file of any length as their body. */
const FILE_PATHS = /\/api\/(demo\/replay|upload)$/
/** What is pushed: it says itself what it is, and comes with a token of its own. */
const PUSH_PATH = /\/api\/ingest\/[^/]+$/

/** Open without the password that guards the desk; pushes ask for a token of their own. */
export function isPublic(path: string): boolean {
  return (
    ['/rebuttals', '/healthz', '/readyz'].includes(path) ||
    /^\/(rebuttals|feeds)\//.test(path) ||
    /^\/api\/ingest\/[^/]+$/.test(path)
  )
}

/** The page's charts set their sizes as inline styles; scripts come from this server alone. */
export function headers(): MiddlewareHandler {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
    xFrameOptions: 'DENY',
    // Whether everything is to be asked over TLS is for the server in front to say.
    strictTransportSecurity: false,
  })
}

/** Refuses requests addressed to another host: a page elsewhere whose name was pointed at this machine. */
export function onlyHosts(allowed: readonly string[]): MiddlewareHandler {
  const hosts = new Set(allowed.map((host) => host.toLowerCase()))
  return async function checkHost(c, next) {
    const { hostname } = new URL(c.req.url)
    if (!hosts.has(hostname.replace(/^\[|\]$/g, '')) && !hosts.has(hostname)) {
      throw new RequestError(421, 'wrong_host', `this server does not answer for ${hostname}`)
    }
    await next()
  }
}

/** Writes come from this server's own pages, or from a program that says what it sends. */
export function guardWrites({ publicUrl }: Pick<AppDeps, 'publicUrl'>): MiddlewareHandler {
  const own = publicUrl === null ? null : new URL(publicUrl).host
  return async function checkWrite(c, next) {
    if (!SAFE_METHODS.has(c.req.method)) {
      // A token that a browser does not send by itself is proof enough.
      if (PUSH_PATH.test(c.req.path)) return next()
      checkOrigin(c, own)
    }
    // Of all methods that change something a page elsewhere can send this one alone without asking first.
    if (c.req.method === 'POST') {
      const type = (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
      const wanted = FILE_PATHS.test(c.req.path) ? 'application/octet-stream' : 'application/json'
      // Neither can be sent by a form on another site, not even by a browser that names no origin.
      if (type !== wanted)
        throw new RequestError(415, 'unsupported_media_type', `the Content-Type has to be ${wanted}`)
    }
    await next()
  }
}

function checkOrigin(c: Context, own: string | null): void {
  const origin = c.req.header('origin')
  const site = c.req.header('sec-fetch-site')
  const host = origin !== undefined && URL.canParse(origin) ? new URL(origin).host : null
  // The host alone: a server in front may have taken off the TLS.
  const same = origin === undefined || (host !== null && (host === new URL(c.req.url).host || host === own))
  if (!same || site === 'cross-site' || site === 'same-site') {
    throw new RequestError(403, 'other_origin', 'only pages of this server may write to it')
  }
}

export function limitBody(): MiddlewareHandler {
  const limit = bodyLimit({
    maxSize: BODY_MAX,
    onError: () => {
      throw new RequestError(413, 'too_large', `the body is larger than ${BODY_MAX} bytes`)
    },
  })
  return async function checkSize(c, next) {
    return FILE_PATHS.test(c.req.path) || PUSH_PATH.test(c.req.path) ? next() : limit(c, next)
  }
}

/** Any name and the desk's password, for everything that is not public; `open`: paths that ask for something else. */
export function askPassword(password: string, open: readonly string[] = []): MiddlewareHandler {
  const ask = basicAuth({
    realm: 'Tallywatch',
    verifyUser: (_name, given) => timingSafeEqual(given, password),
  })
  return async function checkPassword(c, next) {
    return isPublic(c.req.path) || open.includes(c.req.path) ? next() : ask(c, next)
  }
}
