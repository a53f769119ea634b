import { describe, expect, it } from 'vitest'
import { createFeedSource } from '../../../../ingest/sources/feed.ts'
import { decodeFeed } from '../../../../ingest/sources/feed/decode.ts'
import { startFeed } from '../../../services/feed.ts'
import { followSource } from './follow.ts'
import { normalize } from './read.ts'

const AT = Date.UTC(2026, 10, 3, 20)

interface Entry {
  n: number
  text?: string
}

function rss(entries: readonly Entry[]): string {
  const items = entries.map(
    ({ n, text = `Notice ${n}` }) =>
      `<item><title>No. ${n} &amp; more</title><link>https://county.example/${n}</link><guid>county-${n}</guid>` +
      `<pubDate>${new Date(AT + n * 60_000).toUTCString()}</pubDate><description><![CDATA[<p>${text}</p>]]></description></item>`,
  )
  return `<?xml version="1.0"?><rss version="2.0"><channel><title>County</title><link>https://county.example</link>
<description>d</description><language>en-us</language>${items.join('')}</channel></rss>`
}

const ATOM = `<?xml version="1.0" encoding="ISO-8859-1"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="es"><id>u</id>
<title>T</title><updated>2026-11-03T20:00:00Z</updated><entry><id>urn:1</id><title type="html">Se cont&lt;b&gt;ó&lt;/b&gt;</title>
<link href="https://x.example/1"/><updated>2026-11-03T20:00:00Z</updated><content type="html">&lt;p&gt;Todo&lt;/p&gt;</content></entry></feed>`

const JSON_FEED = JSON.stringify({
  version: 'https://jsonfeed.org/version/1.1',
  title: 'Checks',
  items: [
    {
      id: '1',
      url: 'https://j.example/1',
      content_text: 'No: 2 < 3',
      date_published: '2026-11-03T20:00:00Z',
    },
  ],
})

function createSource(url: string) {
  return createFeedSource({ url, normalize, intervalMs: 40, firstRetryMs: 10 })
}

describe('the feed source', () => {
  it('reads RSS: each item once, in its own time, and asks for no more than what is new', async () => {
    await using server = await startFeed()
    server.set(rss([{ n: 2 }, { n: 1 }]))
    const source = createSource(server.url)
    await using followed = followSource(source)
    await followed.has(2)
    await followed.until(() => server.asked.length >= 4)
    server.set(rss([{ n: 3 }, { n: 2, text: 'Corrected' }, { n: 1 }]))
    await followed.has(3)
    expect(followed.ids()).toEqual([1, 2, 3].map((n) => `feed:${server.host}/county-${n}`))
    expect(followed.posts()[0]).toMatchObject({
      text: 'No. 1 & more\n\nNotice 1',
      createdAt: AT + 60_000,
      url: 'https://county.example/1',
      langs: ['en-us'],
      marks: [],
    })
    expect(server.asked[0]?.['if-none-match']).toBeUndefined()
    expect(server.asked[2]?.['if-none-match']).toMatch(/^"/)
    expect(followed.changes()).toMatchObject([{ change: 'edited', subject: `feed:${server.host}/county-2` }])
    expect(followed.coverage().every(({ kind }) => kind === 'complete')).toBe(true)
    expect(source.status().state).toBe('running')
  })

  it.each([
    ['Atom', Buffer.from(ATOM, 'latin1'), 'Se contó\n\nTodo'],
    ['JSON Feed', Buffer.from(JSON_FEED), 'No: 2 < 3'],
  ])('reads %s', async (_, body, text) => {
    await using server = await startFeed()
    server.set(body)
    await using followed = followSource(createSource(server.url))
    await followed.has(1)
    expect(followed.posts()[0]).toMatchObject({ text, createdAt: AT })
  })

  it('tells a gap where nothing of the last reading is there any more, and goes on from its position', async () => {
    await using server = await startFeed()
    server.set(rss([{ n: 1 }]))
    let position: unknown
    {
      await using followed = followSource(createSource(server.url))
      await followed.has(1)
      position = JSON.parse(JSON.stringify(followed.batches[0]?.position))
    }
    server.set(rss([{ n: 9 }, { n: 8 }]))
    await using again = followSource(createSource(server.url), position)
    await again.has(2)
    expect(again.ids()).toEqual([8, 9].map((n) => `feed:${server.host}/county-${n}`))
    expect(again.coverage()[0]).toMatchObject({ kind: 'none' })
  })

  it('sets aside what is no feed, waits out refusals and cuts, and loses nothing by them', async () => {
    await using server = await startFeed()
    server.set('<html>Maintenance</html>')
    const source = createSource(server.url)
    await using followed = followSource(source)
    await followed.until(() => followed.deadLetters().length > 0)
    expect(followed.deadLetters()[0]).toMatchObject({ reason: 'unknown_shape' })
    server.set(rss([{ n: 1 }]))
    server.cutAfter(60)
    await followed.until(() => source.status().state === 'unreachable')
    server.cutAfter(null)
    await followed.has(1)
    server.refuse(503, { 'Retry-After': '1' })
    await followed.until(() => source.status().detail.includes('503. Trying again in 1 s'))
    server.set(rss([{ n: 2 }, { n: 1 }]))
    server.refuse(null)
    await followed.has(2)
    expect(followed.coverage().every(({ kind }) => kind === 'complete')).toBe(true)
  })

  it('names no author in what it keeps of what is no feed', async () => {
    await using server = await startFeed()
    const person = '<name>Jane Doe</name><email>jane@county.example</email>'
    server.set(`<news><item><author>${person}</author><dc:creator>Jane</dc:creator>a<managingEditor>Jan`)
    await using followed = followSource(createSource(server.url))
    await followed.until(() => followed.deadLetters().length > 0)
    expect(followed.deadLetters()[0]!.payload).toBe('<news><item><author/><dc:creator/>a<managingEditor/>')
  })

  it.each([
    ['UTF-8', Buffer.from('\ufeff<rss>ó</rss>')],
    ['UTF-16', Buffer.from('\ufeff<rss>ó</rss>', 'utf16le')],
  ])('believes a mark of %s before what the server says', (_, body) => {
    expect(decodeFeed(body, 'text/xml; charset=ISO-8859-1')).toBe('<rss>ó</rss>')
  })

  it('takes an item that was set aside once it is mended', async () => {
    await using server = await startFeed()
    const item = (date: string, words: string) =>
      `<?xml version="1.0"?><rss version="2.0"><channel><title>County</title><item><guid>a</guid>` +
      `<pubDate>${date}</pubDate><description>${words}</description></item></channel></rss>`
    server.set(item(new Date(AT).toUTCString(), ''))
    await using followed = followSource(createSource(server.url))
    await followed.until(() => followed.deadLetters().length === 1)
    server.set(item('Election Day', 'All is counted'))
    await followed.until(() => followed.deadLetters().length === 2)
    server.set(item(new Date(AT).toUTCString(), 'All is counted'))
    await followed.has(1)
    expect(followed.deadLetters().map(({ reason }) => reason)).toEqual(['no_text', 'bad_timestamp'])
    expect(followed.posts()[0]).toMatchObject({ text: 'All is counted', createdAt: AT })
    expect(followed.changes()).toEqual([])
  })

  it('leaves alone for as long as it asks a server whose refusal is cut off, or never ends', async () => {
    await using server = await startFeed()
    server.set(rss([{ n: 1 }]))
    server.refuse(503, { 'Retry-After': '60', 'Content-Length': '100' })
    const source = createSource(server.url)
    await using followed = followSource(source)
    await followed.until(() => source.status().state === 'unreachable')
    expect(source.status().detail).toContain('503. Trying again in 60 s')
  })

  it('does not wait for ever for an answer that comes drop by drop', async () => {
    await using server = await startFeed()
    server.set(rss([{ n: 1 }]))
    server.drip(40)
    const source = createFeedSource({
      url: server.url,
      normalize,
      intervalMs: 40,
      firstRetryMs: 10,
      patienceMs: 400,
    })
    await using followed = followSource(source)
    await followed.until(() => source.status().state === 'unreachable')
    server.drip(null)
    await followed.has(1)
    expect(followed.ids()).toEqual([`feed:${server.host}/county-1`])
  })

  it('reads no further than its bound', async () => {
    await using server = await startFeed()
    server.set(rss([{ n: 1, text: 'x'.repeat(9 * 1024 * 1024) }]))
    const source = createSource(server.url)
    await using followed = followSource(source)
    await followed.until(() => source.status().detail.includes('longer than'))
    expect(followed.ids()).toEqual([])
  })
})
