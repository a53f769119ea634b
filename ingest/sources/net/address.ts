/** Which addresses may be followed, and by which way they are reached. */
import type { Agent } from 'node:http'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { getProxyForUrl } from 'proxy-from-env'
import { SourceError } from '../source.ts'

/**
 * Gives the address back when it may be followed: TLS (`wss`, `https`), or plain on this machine. Throws SourceError
 * `bad_spec`.
 */
export function checkAddress(text: string, scheme: 'ws' | 'http'): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null)
    throw new SourceError('bad_spec', `"${text}" is not an address; write it as ${scheme}s://HOST.`)
  if (url.protocol === `${scheme}s:` || (url.protocol === `${scheme}:` && isLoopback(url.hostname)))
    return text
  throw new SourceError(
    'bad_spec',
    `"${text}" cannot be followed: anybody on the way could change the posts. Use ${scheme}s:// (plain ${scheme}:// is for this machine only).`,
  )
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/**
 * The proxy that the environment names for an address (`HTTPS_PROXY`, `ALL_PROXY`, but for `NO_PROXY`), for `ws` and
 * `node:https`; undefined: straight. This machine is never reached by a proxy.
 */
export function agentFor(address: string): Agent | undefined {
  const url = new URL(address.replace(/^ws/, 'http'))
  if (isLoopback(url.hostname)) return undefined
  const proxy = getProxyForUrl(url.href)
  return proxy === '' ? undefined : new HttpsProxyAgent(proxy)
}
