import { describe, expect, it } from 'vitest'
import type { Post } from '../../../../ingest/contract.ts'
import { createFileSource } from '../../../../ingest/sources/file.ts'
import { gather, jsonLines, makeFile, normalize } from './read.ts'

const DID = 'did:plc:abcdefghijklmnop'
const AT = Date.UTC(2024, 10, 6, 3, 0)

async function posts(records: readonly unknown[], map?: string): Promise<Post[]> {
  const path = await makeFile('night.jsonl', jsonLines(records))
  const read = await gather(
    createFileSource({ path, normalize, speed: 'max', ...(map === undefined ? {} : { map }) }),
  )
  expect(read.deadLetters).toEqual([])
  return read.posts
}

function frame(record: Record<string, unknown>, commit: Record<string, unknown> = {}) {
  return {
    did: DID,
    time_us: AT * 1_000 + 123,
    kind: 'commit',
    commit: {
      rev: 'r',
      operation: 'create',
      collection: 'app.bsky.feed.post',
      rkey: '3kabc',
      cid: 'bafyreia',
      record: { createdAt: new Date(AT - 2_000).toISOString(), ...record },
      ...commit,
    },
  }
}

const uri = (rkey: string) => `at://${DID}/app.bsky.feed.post/${rkey}`

describe('a recording with dates and places', () => {
  it('takes the state, or the city and the state, as the place', async () => {
    const record = { id: '1', date: '2020-11-04T02:00:00Z', author: 'ann', text: 'Polls have closed' }
    const read = await posts([
      { ...record, state: 'NV', city: null },
      { ...record, state: 'NV', city: 'Elko' },
      { ...record, state: null, city: null },
    ])
    expect(read.map((post) => post.placeHint)).toEqual(['NV', 'Elko, NV', null])
  })

  it('takes only the mapped place, and the other fields by their names', async () => {
    const record = {
      nr: 7,
      date: '2020-11-04',
      state: 'NV',
      city: 'Elko',
      user: { id: 5 },
      words: { en: 'Hello' },
    }
    const [post] = await posts([record], 'id=nr,text=words.en,placeHint=state,author=user.id')
    expect(post).toMatchObject({ id: 'file:night/7', text: 'Hello', placeHint: 'NV' })
  })

  it('reads Twitter’s first API', async () => {
    const [post] = await posts([
      {
        created_at: 'Wed Nov 06 03:00:00 +0000 2024',
        id: 1323793234512334848,
        id_str: '1323793234512334849',
        full_text: 'Long lines at the gym',
        in_reply_to_status_id_str: '13',
        user: { id_str: '9', screen_name: 'ann', location: 'Reno, NV' },
        lang: 'en',
        place: null,
      },
    ])
    expect(post).toMatchObject({
      id: 'file:night/1323793234512334849',
      createdAt: AT,
      replyTo: 'file:night/13',
      langs: ['en'],
    })
  })
})

describe('Jetstream frames', () => {
  it('keep their own ids, links and times', async () => {
    const reply = { root: { uri: uri('1') }, parent: { uri: uri('2') } }
    const embed = { $type: 'app.bsky.embed.record', record: { uri: uri('3'), cid: 'c' } }
    const [post] = await posts([frame({ text: 'The count goes on', langs: ['en'], reply, embed })])
    expect(post).toMatchObject({
      id: `bluesky:${DID}/3kabc`,
      source: 'file:night',
      url: `https://bsky.app/profile/${DID}/post/3kabc`,
      createdAt: AT - 2_000,
      capturedAt: AT,
      langs: ['en'],
      replyTo: `bluesky:${DID}/2`,
      quoteOf: `bluesky:${DID}/3`,
      evidence: { cid: 'bafyreia' },
    })
  })

  it('find a quote beside pictures, and none of a feed', async () => {
    const withMedia = { record: { record: { uri: uri('4') } }, media: {} }
    const feed = { record: { uri: `at://${DID}/app.bsky.feed.generator/x` } }
    const read = await posts([frame({ text: 'a', embed: withMedia }), frame({ text: 'b', embed: feed })])
    expect(read.map((post) => post.quoteOf)).toEqual([`bluesky:${DID}/4`, null])
  })

  it('of a repost name what is repeated', async () => {
    const repost = frame(
      { subject: { uri: uri('1'), cid: 'c' } },
      { collection: 'app.bsky.feed.repost', rkey: '3kr' },
    )
    expect(await posts([repost])).toMatchObject([
      { id: `bluesky:${DID}/3kr`, repostOf: `bluesky:${DID}/1`, text: '' },
    ])
  })

  it('do not believe a date far before they were seen', async () => {
    const [post] = await posts([frame({ text: 'Imported', createdAt: '2015-05-05T00:00:00Z' })])
    expect(post).toMatchObject({ createdAt: AT, marks: ['created_at_replaced'] })
  })

  it('that are no new post give nothing', async () => {
    expect(
      await posts([
        frame({ text: 'x' }, { operation: 'delete' }),
        frame({ text: '' }),
        frame({ text: 'x' }, { collection: 'app.bsky.feed.like' }),
        { did: DID, time_us: AT * 1_000, kind: 'identity', identity: {} },
      ]),
    ).toEqual([])
  })
})

describe('Mastodon statuses', () => {
  const status = {
    id: '111',
    created_at: '2024-11-06T03:00:00.000Z',
    in_reply_to_id: '110',
    language: 'en',
    uri: 'https://social.example/users/ann/statuses/111',
    url: 'https://social.example/@ann/111',
    content:
      '<p>Our county counts <a href="https://social.example/tags/vote">#<span>vote</span></a>s by hand</p>',
    account: { id: '5', acct: 'ann', url: 'https://social.example/@ann' },
    reblog: null,
  }

  it('become text without HTML, with ids of their server', async () => {
    expect(await posts([status])).toMatchObject([
      {
        id: 'mastodon:social.example/111',
        url: 'https://social.example/@ann/111',
        text: 'Our county counts #votes by hand',
        createdAt: AT,
        langs: ['en'],
        replyTo: 'mastodon:social.example/110',
      },
    ])
  })

  it('have one id and one author wherever they were read', async () => {
    const elsewhere = { ...status, id: '999', account: { acct: 'ann@social.example' } }
    const [here, there] = await posts([status, elsewhere])
    expect(there).toMatchObject({ id: here?.id, author: here?.author, replyTo: null })
  })

  it('that boost another bring it along', async () => {
    const boost = {
      ...status,
      id: '200',
      uri: 'https://other.example/users/bob/statuses/200/activity',
      created_at: '2024-11-06T04:00:00.000Z',
      content: '',
      account: { acct: 'bob@other.example' },
      reblog: status,
    }
    expect(await posts([boost])).toMatchObject([
      { id: 'mastodon:social.example/111' },
      { id: 'mastodon:other.example/200', repostOf: 'mastodon:social.example/111', text: '' },
    ])
  })

  it('of pictures alone give nothing', async () => {
    expect(await posts([{ ...status, content: '' }])).toEqual([])
  })
})

describe('X API v2 posts', () => {
  const post = {
    id: '1854000000000000001',
    text: 'They ran out of pens',
    author_id: '77',
    created_at: '2024-11-06T03:00:00.000Z',
    lang: 'en',
    referenced_tweets: [{ type: 'replied_to', id: '18540' }],
  }

  it('are read bare and wrapped, with the author’s place', async () => {
    const users = [{ id: '77', username: 'ann', location: 'Reno, NV' }]
    const [bare, wrapped] = await posts([post, { data: post, includes: { users }, matching_rules: [] }])
    expect(bare).toMatchObject({
      id: 'file:night/1854000000000000001',
      url: 'https://x.com/i/status/1854000000000000001',
      createdAt: AT,
      langs: ['en'],
      replyTo: 'file:night/18540',
      placeHint: null,
    })
    expect(wrapped).toMatchObject({ id: bare?.id, author: bare?.author, placeHint: 'Reno, NV' })
  })

  it('take the whole of a long post, and what a repost repeats', async () => {
    const long = { ...post, note_tweet: { text: 'They ran out of pens, and then of patience' } }
    const repost = {
      ...post,
      id: '2',
      text: 'RT @ann: They',
      referenced_tweets: [{ type: 'retweeted', id: post.id }],
    }
    const read = await posts([{ data: [long] }, { data: repost, includes: { tweets: [post] } }])
    expect(read.map(({ id, text, repostOf }) => [id, text, repostOf])).toEqual([
      ['file:night/1854000000000000001', 'They ran out of pens, and then of patience', null],
      ['file:night/1854000000000000001', 'They ran out of pens', null],
      ['file:night/2', '', 'file:night/1854000000000000001'],
    ])
  })
})
