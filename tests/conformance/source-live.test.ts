/** The source contract, held against every adapter that follows a server. */
import { createFeedSource } from '../../ingest/sources/feed.ts'
import { createJetstreamSource } from '../../ingest/sources/jetstream.ts'
import { createMastodonSource } from '../../ingest/sources/mastodon.ts'
import { selfSigned } from '../services/certificate.ts'
import { startFeed } from '../services/feed.ts'
import { startJetstream, type Frame } from '../services/jetstream.ts'
import { startMastodon, type Status } from '../services/mastodon.ts'
import { normalize } from '../unit/ingest/sources/read.ts'
import { sourceConformance, type Given, type SourceServer } from './source.ts'

const TIMING = { firstRetryMs: 60, maxRetryMs: 120, idleMs: 500, handshakeMs: 2_000 }

function frameOf({ n, at }: Given): Frame {
  const record = {
    $type: 'app.bsky.feed.post',
    text: `Number ${n} of the count`,
    createdAt: new Date(at).toISOString(),
  }
  const commit = {
    rev: '3l3qo2vutsw2b',
    operation: 'create',
    collection: 'app.bsky.feed.post',
    rkey: `r${n}`,
    cid: `bafy${n}`,
    record,
  }
  return { did: 'did:plc:voter', time_us: at * 1_000 + (n % 1_000), kind: 'commit', commit }
}

for (const version of [1, 2] as const) {
  sourceConformance({
    name: `Jetstream, version ${version}`,
    idOf: (_, n) => `bluesky:did:plc:voter/r${n}`,
    frame: JSON.stringify(frameOf({ n: 5_000, at: Date.now() })),
    selfSigned,
    async start({ tls } = {}) {
      const server = await startJetstream({ versions: [version], ...(tls === undefined ? {} : { tls }) })
      return {
        open: () => createJetstreamSource({ urls: [server.url], normalize, timing: TIMING }),
        put: (post) => server.append(frameOf(post)),
        repeat: (post) => server.sendRaw(JSON.stringify({ ...frameOf(post), cursor: 1 })),
        followed: () => server.followed(),
        cutInFrame: () => server.cutInFrame(),
        setSilent: (silent) => server.setSilent(silent),
        refuse: (status, headers) => server.refuse(status, headers),
        sendRaw: (text) => server.sendRaw(text),
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      }
    },
  })
}

function statusOf({ n, at }: Given): Status {
  const address = `https://social.example/users/voter/statuses/${n}`
  return {
    id: String(100_000 + n),
    uri: address,
    url: address,
    created_at: new Date(at).toISOString(),
    account: { acct: 'voter@social.example' },
    content: `<p>Number ${n} of the count</p>`,
    language: 'en',
    visibility: 'public',
    reblog: null,
  }
}

for (const way of ['socket', 'events'] as const) {
  sourceConformance({
    name: `Mastodon, by ${way}`,
    idOf: (_, n) => `mastodon:social.example/${n}`,
    frame: JSON.stringify({
      stream: ['public'],
      event: 'update',
      payload: JSON.stringify(statusOf({ n: 5_000, at: Date.now() })),
    }),
    hasToken: true,
    selfSigned,
    async start({ tls } = {}) {
      const server = await startMastodon({
        ways: [way],
        token: 'good',
        ...(tls === undefined ? {} : { tls }),
      })
      return {
        setTokenGood: (good) => server.setToken(good ? 'good' : 'another'),
        open: () =>
          createMastodonSource({
            url: server.url,
            token: 'good',
            normalize,
            timing: { ...TIMING, pageMs: 1 },
          }),
        put: (post) => server.post(statusOf(post)),
        repeat: (post) => server.send('update', statusOf(post)),
        followed: () => server.followed(),
        cutInFrame: () => server.cutInFrame(),
        setSilent: (silent) => server.setSilent(silent),
        refuse: (status, headers) => server.refuse(status, headers),
        sendRaw: (text) => server.sendRaw(text),
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      }
    },
  })
}

const hosts = new WeakMap<SourceServer, string>()

sourceConformance({
  name: 'A feed',
  idOf: (server, n) => `feed:${hosts.get(server)}/notice-${n}`,
  frame: rssOf([{ n: 5_000, at: Date.now() }]),
  selfSigned,
  async start(options) {
    const server = await startFeed(options)
    let items: Given[] = []
    let written = 0
    // Written anew it is another answer, though it says the same.
    const show = () => {
      const comment = `<!-- ${(written += 1)} -->`
      server.set(() => rssOf(items.toReversed()) + comment)
    }
    show()
    const handle: SourceServer = {
      open: () =>
        createFeedSource({ url: server.url, normalize, intervalMs: 30, firstRetryMs: 60, patienceMs: 500 }),
      put(post) {
        items = [...items, post]
        show()
      },
      // A feed says everything again each time.
      repeat: show,
      followed: () => server.followed(),
      cutInFrame: () => server.cutNext(),
      setSilent: (silent) => server.setSilent(silent),
      refuse: (status, headers) => server.refuse(status, headers),
      async sendRaw(text) {
        server.set(text)
        await server.served()
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    }
    hosts.set(handle, server.host)
    return handle
  },
})

function rssOf(items: readonly Given[]): string {
  const written = items.map(
    ({ n, at }) =>
      `<item><title>Number ${n} of the count</title><guid>notice-${n}</guid><pubDate>${new Date(at).toUTCString()}</pubDate></item>`,
  )
  return `<?xml version="1.0"?><rss version="2.0"><channel><title>County</title><link>https://county.example</link><description>d</description>${written.join('')}</channel></rss>`
}
