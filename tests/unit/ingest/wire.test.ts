import { array, assert, constantFrom, oneof, option, property, record, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { markSchema, postSchema, streamRecordSchema, type Post } from '../../../ingest/contract.ts'
import { decodeValue } from '../../../ingest/topic/codec.ts'
import { writeDraft } from '../../../ingest/topic/draft.ts'
import { streamWire } from '../../../ingest/wire.ts'
import { barePost } from '../../services/bare-post.ts'

const text = string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
const orNull = option(text)
const posts = record({
  id: text,
  source: text,
  url: orNull,
  author: orNull,
  createdAt: constantFrom(0, 1_700_000_000_000),
  capturedAt: constantFrom(1, 1_700_000_000_001),
  text,
  langs: array(text, { maxLength: 2 }),
  replyTo: orNull,
  repostOf: orNull,
  quoteOf: orNull,
  placeHint: orNull,
  marks: array(constantFrom(...markSchema.options), { maxLength: 2 }),
  evidence: record({ cid: orNull, sha256: text }),
})

const form = { schema: streamRecordSchema, wire: streamWire }
const read = (value: unknown) => decodeValue(form, Buffer.from(JSON.stringify(value)))
const asPost = (post: Post) => ({ kind: 'post', post }) as const

const BARE = barePost({
  id: 'file:night/L1',
  source: 'file:night',
  createdAt: 5,
  capturedAt: 6,
  text: 'Scanners are down',
  evidence: { cid: null, sha256: 'ab' },
})

describe('the posts topic’s records', () => {
  test('are read as they were written, whatever a post has', () => {
    assert(
      property(posts, (post) => {
        expect(read(streamWire.pack(asPost(post)))).toEqual({ value: asPost(post) })
      }),
    )
  })

  test('hold every field of a post', () => {
    const whole = {
      ...BARE,
      url: 'u',
      author: 'a',
      langs: ['en'],
      replyTo: 'r',
      repostOf: 'o',
      quoteOf: 'q',
      placeHint: 'p',
      marks: ['edited' as const],
      evidence: { cid: 'c', sha256: 'ab' },
    }
    // A field that the contract gets and this test has not would be missed here.
    expect(Object.keys(whole).sort()).toEqual(Object.keys(postSchema.shape).sort())
    expect(read(streamWire.pack(asPost(whole)))).toEqual({ value: asPost(whole) })
  })

  test('leave out what a post lacks', () => {
    const packed = streamWire.pack(asPost(BARE))
    expect(packed).toEqual(['file:night/L1', 'file:night', 5, 6, 'Scanners are down', 'ab'])
  })

  test('are read as objects too: all other kinds, and posts as earlier versions wrote them', () => {
    const end = { kind: 'end', source: 'x', lastEventAt: 7 } as const
    expect(streamWire.pack(end)).toBe(end)
    expect(read(end)).toEqual({ value: end })
    expect(read(asPost(BARE))).toEqual({ value: asPost(BARE) })
  })

  test('that are arrays of something else are no posts, and it is said why', () => {
    const packed = streamWire.pack(asPost(BARE)) as unknown[]
    for (const wrong of [[], [1], packed.slice(0, 5), packed.with(2, -1), [packed], [...packed, 1]]) {
      expect(read(wrong)).toEqual({ detail: expect.stringContaining('post.') })
    }
  })
})

describe('a draft of a post', () => {
  const units = string({ unit: 'binary', maxLength: 12 })
  const plain = string({ unit: 'grapheme-ascii', maxLength: 12 })
  const some = oneof(plain, units)
  const any = record({
    id: some,
    source: some,
    url: option(some),
    author: option(some),
    createdAt: constantFrom(0, -0, 1_700_000_000_000, 1e21, NaN, Infinity),
    capturedAt: constantFrom(1, 1_700_000_000_001),
    text: some,
    langs: array(some, { maxLength: 2 }),
    replyTo: option(some),
    repostOf: option(some),
    quoteOf: option(some),
    placeHint: option(some),
    marks: array(constantFrom(...markSchema.options), { maxLength: 2 }),
    evidence: record({ cid: option(some), sha256: some }),
  })

  test('is written as JSON.stringify writes its columns, or not at all', () => {
    let written = 0
    assert(
      property(any, (post) => {
        const draft = streamWire.draft?.(asPost(post)) ?? null
        const bytes = Buffer.alloc(2_000, 'x')
        const end = draft === null ? -1 : writeDraft(bytes, 3, draft)
        if (end < 0) return
        written++
        expect(bytes.toString('utf8', 3, end)).toBe(JSON.stringify(streamWire.pack(asPost(post))))
        expect(bytes.toString('utf8', 0, 3) + bytes.toString('utf8', end, end + 1)).toBe('xxxx')
      }),
      { numRuns: 2_000 },
    )
    expect(written).toBeGreaterThan(20)
  })

  test.each(['plain', 'größer', '選挙 🗳️', 'del \x7f', 'line \u2028'])('is written with %j', (said) => {
    const draft = streamWire.draft!(asPost({ ...BARE, text: said, langs: ['en', 'es'] }))!
    const bytes = Buffer.alloc(500)
    const end = writeDraft(bytes, 0, draft)
    expect(bytes.toString('utf8', 0, end)).toBe(
      JSON.stringify(['file:night/L1', 'file:night', 5, 6, said, 'ab', null, null, null, ['en', 'es']]),
    )
  })

  test.each(['"', '","', '\\', '\n', '\t', '\0', '\x1f', 'half \ud83d', '\udc00'])(
    'is not written with %j, wherever it is',
    (said) => {
      for (const field of ['id', 'source', 'text', 'author', 'url', 'replyTo', 'placeHint'] as const) {
        const draft = streamWire.draft!(asPost({ ...BARE, [field]: said }))!
        expect(writeDraft(Buffer.alloc(500), 0, draft)).toBe(-1)
      }
    },
  )

  test('is of posts alone', () => {
    expect(streamWire.draft!({ kind: 'end', source: 'x', lastEventAt: 7 })).toBeNull()
  })
})
