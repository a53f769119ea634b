/** Requests by `node:http` and `node:https`, which take a proxy and give a body that is read no faster than wanted. */
import { request as plain, type IncomingMessage } from 'node:http'
import { request as secure } from 'node:https'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { agentFor, isLoopback } from './address.ts'

/** Silence of a server that was asked, before it answers or within a body. */
const PATIENCE_MS = 20_000
/** A whole answer may take as many of those: a server that gives it drop by drop is never silent. */
const PATIENCES = 6
/** As browsers allow, and more than any feed needs. */
const REDIRECTS_MAX = 5

export interface RequestOptions {
  headers?: Readonly<Record<string, string>>
  /** Longest silence; 20 s where it is not given. */
  patienceMs?: number
  signal: AbortSignal
}

/** Opens a request; the body is the caller's to read or to destroy. Rejects where there is no answer. */
export async function openRequest(address: string, options: RequestOptions): Promise<IncomingMessage> {
  const { headers = {}, patienceMs = PATIENCE_MS, signal } = options
  const url = new URL(address)
  const agent = agentFor(address)
  return await new Promise<IncomingMessage>((resolve, reject) => {
    const request = (url.protocol === 'https:' ? secure : plain)(
      url,
      {
        headers: { 'User-Agent': 'tallywatch', ...headers },
        signal,
        ...(agent === undefined ? {} : { agent }),
      },
      resolve,
    )
    request.setTimeout(patienceMs, () =>
      request.destroy(new Error(`${url.host} said nothing for ${Math.round(patienceMs / 1_000)} s`)),
    )
    request.on('error', reject)
    request.end()
  })
}

export interface Answer {
  status: number
  headers: IncomingMessage['headers']
  body: Buffer
  /** Where the body came from, after redirects. */
  url: string
}

type BytesOptions = RequestOptions & { maxBytes: number }

/**
 * A whole answer, unpacked, of at most `maxBytes`; of one that is not 200 the body is not read. Redirects are followed to
 * addresses that may be asked (TLS, or this machine). Rejects where there is no answer in time, and where it is longer.
 */
export async function requestBytes(address: string, options: BytesOptions): Promise<Answer> {
  const ms = (options.patienceMs ?? PATIENCE_MS) * PATIENCES
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), ms)
  try {
    return await requestWhole(address, {
      ...options,
      signal: AbortSignal.any([options.signal, late.signal]),
    })
  } catch (cause) {
    if (!late.signal.aborted) throw cause
    const words = `${new URL(address).host} gave no whole answer in ${Math.round(ms / 1_000)} s`
    throw new Error(words, { cause })
  } finally {
    clearTimeout(timer)
  }
}

async function requestWhole(address: string, options: BytesOptions): Promise<Answer> {
  let url = address
  let { headers = {} } = options
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
    const response = await openRequest(url, {
      ...options,
      headers: { 'Accept-Encoding': 'gzip', ...headers },
    })
    const status = response.statusCode ?? 0
    const { location } = response.headers
    if (status >= 300 && status < 400 && status !== 304 && location !== undefined) {
      response.destroy()
      const next = redirected(url, location)
      // A token is for the server that it was given for.
      if (new URL(next).origin !== new URL(url).origin) {
        const { Authorization: _, ...others } = headers
        headers = others
      }
      url = next
      continue
    }
    if (status !== 200) {
      response.destroy()
      return { status, headers: response.headers, body: Buffer.alloc(0), url }
    }
    const body = await readBody(response, options.maxBytes)
    return { status, headers: response.headers, body, url }
  }
  throw new Error(`${new URL(address).host} sends from one address to the next`)
}

function redirected(from: string, location: string): string {
  const next = new URL(location, from)
  const allowed =
    next.protocol === 'https:' ||
    (next.protocol === 'http:' && isLoopback(next.hostname) && isLoopback(new URL(from).hostname))
  if (!allowed) throw new Error(`${new URL(from).host} sends on to ${next.origin}, which is not safe to ask`)
  return next.href
}

/** Its names, of whatever case (RFC 9110, section 8.4.1). */
const GZIP = /^(?:x-)?gzip$/i

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  const collect = async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) {
      bytes += chunk.length
      // Leaving the loop ends the request.
      if (bytes > maxBytes) return
      chunks.push(chunk)
    }
  }
  try {
    if (GZIP.test(response.headers['content-encoding'] ?? ''))
      await pipeline(response, createGunzip(), collect)
    else await pipeline(response, collect)
  } catch (error) {
    if (bytes <= maxBytes) throw error
  }
  if (bytes > maxBytes) throw new Error(`The answer is longer than ${maxBytes} bytes`)
  return Buffer.concat(chunks)
}
