import { createServer } from 'node:http'
import { afterEach, expect, it, vi } from 'vitest'
import { createFeedSource } from '../../../../ingest/sources/feed.ts'
import { createJetstreamSource } from '../../../../ingest/sources/jetstream.ts'
import { agentFor } from '../../../../ingest/sources/net/address.ts'
import { listen } from '../../../services/listen.ts'
import { followSource, TIMING } from './follow.ts'
import { normalize } from './read.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

it('asks the proxy that the environment names, for WebSockets and for requests', async () => {
  const asked: string[] = []
  const proxy = createServer().on('connect', (request, socket) => {
    asked.push(request.url ?? '')
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  })
  vi.stubEnv('HTTPS_PROXY', `http://${await listen(proxy)}`)
  const bluesky = createJetstreamSource({ urls: ['wss://stream.invalid'], normalize, timing: TIMING })
  const feed = createFeedSource({ url: 'https://county.invalid/feed', normalize })
  await using one = followSource(bluesky)
  await using two = followSource(feed)
  await one.until(() => bluesky.status().state === 'unreachable')
  await two.until(() => feed.status().state === 'unreachable')
  expect(new Set(asked)).toEqual(new Set(['stream.invalid:443', 'county.invalid:443']))
  proxy.close()
})

it('asks none for this machine, nor for hosts that the environment excepts', () => {
  vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:3128')
  vi.stubEnv('NO_PROXY', 'inside.example')
  expect(agentFor('wss://stream.example/subscribe')).toBeDefined()
  expect(agentFor('https://inside.example/feed')).toBeUndefined()
  expect(agentFor('ws://127.0.0.1:8080')).toBeUndefined()
})
