/** `doctor` asks each source's servers, and says in plain words what is lacking. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { expect, inject, test } from 'vitest'
import { selfSigned } from '../services/certificate.ts'
import { runCli } from '../services/cli.ts'
import { startFeed } from '../services/feed.ts'
import { startJetstream } from '../services/jetstream.ts'
import { startMastodon } from '../services/mastodon.ts'
import { freePort } from '../services/server-process.ts'

const RUN_MS = 90_000
const RSS =
  '<?xml version="1.0"?><rss version="2.0"><channel><title>t</title><link>https://c.example</link><description>d</description><item><title>One</title><guid>1</guid></item></channel></rss>'

async function makeTopic(brokers: string[], topic: string): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] })
  await admin.disconnect()
}

test(
  'what is lacking is told for every kind of source',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tallywatch-doctor-'))
    await using jetstream = await startJetstream()
    await using untrusted = await startJetstream({ tls: await selfSigned() })
    await using open = await startMastodon({ ways: [] })
    await using closed = await startMastodon({ token: 'good' })
    await using guarded = await startMastodon({ token: 'good' })
    await using expired = await startMastodon({ token: 'another' })
    await using feed = await startFeed()
    await using page = await startFeed()
    await using moved = await startFeed()
    feed.set(RSS)
    page.set('<html><body>Our news</body></html>')
    moved.refuse(404)
    const brokers = inject('kafkaBrokers')
    const topic = `doctor-${process.pid}`
    await makeTopic(brokers, topic)
    const nobody = await freePort()
    const specs = {
      jetstream: `bluesky:${jetstream.url}`,
      wrongPath: `bluesky:${jetstream.url}/subscrbe`,
      noJetstream: `bluesky:${open.url.replace('http', 'ws')}/subscribe`,
      noMastodon: `mastodon:${jetstream.url.replace('ws', 'http')}`,
      untrusted: `bluesky:${untrusted.url}`,
      // One of two is enough.
      oneOfTwo: `bluesky+likes:ws://127.0.0.1:${nobody},${jetstream.url}`,
      open: `mastodon:${open.url}`,
      closed: `mastodon:${closed.url}`,
      guarded: `mastodon:${guarded.url}?only=local`,
      expired: `mastodon:${expired.url}`,
      gone: `mastodon:http://127.0.0.1:${nobody}`,
      feed: `feed:${feed.url}`,
      page: `feed:${page.url}`,
      moved: `feed:${moved.url}`,
      topic: `kafka:${topic}@${brokers[0]}`,
      noTopic: `kafka:${topic}-none@${brokers[0]}`,
      noBroker: `kafka:${topic}@127.0.0.1:${nobody}`,
    }
    const ran = await runCli(['doctor', '--data', join(folder, 'data')], {
      TALLYWATCH_SOURCES: Object.values(specs).join(' '),
      TALLYWATCH_MASTODON_TOKENS: `${guarded.host}=good ${expired.host}=good`,
    })
    await rm(folder, { recursive: true, force: true })
    const said = (spec: string): string => {
      const line = ran.stdout.split('\n').find((one) => one.includes(`source ${spec}: `))
      if (line === undefined) throw new Error(`nothing was said of ${spec}: ${ran.stdout}${ran.stderr}`)
      return line.replace(`source ${spec}: `, '').replace(/ {2,}/, ' ')
    }
    expect(said(specs.jetstream)).toMatch(/^ok 127\.0\.0\.1:\d+ can be reached$/)
    for (const wrong of [specs.wrongPath, specs.noJetstream])
      expect(said(wrong)).toMatch(
        /^WARNING 127.* is there, and it refuses the stream \(.*404.*\): .* \/subscribe$/,
      )
    expect(said(specs.noMastodon)).toMatch(
      /^WARNING 127.* answers its timeline with 426: .* Mastodon-compatible server$/,
    )
    expect(said(specs.untrusted)).toMatch(/^WARNING 127.*\(self-signed certificate\): .*NODE_EXTRA_CA_CERTS$/)
    expect(said(specs.oneOfTwo)).toMatch(/^ok 127\.0\.0\.1:\d+ can be reached, 127\.0\.0\.1:\d+ not$/)
    expect(said(specs.open)).toMatch(/^ok 127.* shows its timeline to anybody/)
    expect(said(specs.closed)).toMatch(
      /^WARNING 127.* shows nothing without a token \(401\): .*TALLYWATCH_MASTODON_TOKENS=127\.0\.0\.1:\d+=TOKEN$/,
    )
    expect(said(specs.guarded)).toMatch(/^ok 127.* takes the token$/)
    expect(said(specs.expired)).toMatch(/^WARNING 127.* refuses the token \(401\), which may have expired/)
    expect(said(specs.gone)).toMatch(/^WARNING 127.* cannot be reached \(.*ECONNREFUSED.*\): check its name/)
    expect(said(specs.feed)).toBe('ok a feed of 1 items')
    expect(said(specs.page)).toMatch(/^WARNING what 127.* is no RSS, Atom or JSON feed: look for/)
    expect(said(specs.moved)).toMatch(/^WARNING 127.* answers with 404: look whether the feed has moved$/)
    expect(said(specs.topic)).toBe(`ok the topic ${topic} is there`)
    expect(said(specs.noTopic)).toMatch(/^WARNING 127.* shows no topic doctor-\d+-none: check its name/)
    expect(said(specs.noBroker)).toMatch(/^WARNING 127.* cannot be reached \(.+\): check its name/)
    expect(ran.stdout).not.toContain('good')
    // Each of them by itself would do; that several are Bluesky is the one problem.
    const problems = ran.stdout.split('\n').filter((line) => line.startsWith('PROBLEM'))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain('are both the source bluesky: name it once')
  },
  RUN_MS,
)
