import { createHash, createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { postSchema, TEXT_MAX, type Post } from '../../../ingest/contract.ts'
import { createNormalizer, liveWindow, type Capture, type RawPost } from '../../../ingest/normalize.ts'

const NOW = Date.UTC(2020, 10, 4, 5, 45)
const normalize = createNormalizer({ authorKey: 'a key of this test' })

function raw(changes: Partial<RawPost> = {}): RawPost {
  return {
    id: 'push:county/1',
    text: 'The scanner in our gym has stopped',
    createdAt: NOW - 1_000,
    account: 'quillfeather',
    url: 'https://posts.example/1',
    langs: ['en'],
    replyTo: null,
    repostOf: null,
    quoteOf: null,
    placeHint: 'Elko, NV',
    cid: null,
    ...changes,
  }
}

function capture(changes: Partial<Capture> = {}): Capture {
  return { source: 'push:county', capturedAt: NOW, window: liveWindow(NOW), payload: '{"id":1}', ...changes }
}

function post(changes: Partial<RawPost> = {}, captured: Partial<Capture> = {}): Post {
  const made = normalize(raw(changes), capture(captured))
  if (!made.ok) throw new Error(made.detail)
  return made.post
}

function reason(changes: Partial<RawPost>, captured: Partial<Capture> = {}): string {
  const made = normalize(raw(changes), capture(captured))
  return made.ok ? 'ok' : made.reason
}

describe('the account and the payload', () => {
  it('keeps the account as an HMAC under the key, and the payload as a hash', () => {
    const made = post()
    expect(made.author).toBe(createHmac('sha256', 'a key of this test').update('quillfeather').digest('hex'))
    expect(made.evidence.sha256).toBe(createHash('sha256').update('{"id":1}').digest('hex'))
    expect(JSON.stringify(made)).not.toContain('quillfeather')
  })

  it('gives another HMAC under another key', () => {
    const made = createNormalizer({ authorKey: Buffer.from('other') })(raw(), capture())
    expect(made.ok && made.post.author).not.toBe(post().author)
  })
})

describe('what no store takes', () => {
  it('is left out: half of a surrogate pair in a link, a content id or a reference', () => {
    const half = '\ud83d'
    const made = post({ url: `https://x.example/${half}`, cid: `bafy${half}`, replyTo: `a:${half}` })
    expect(made).toMatchObject({ url: null, replyTo: null, evidence: { cid: null } })
  })

  it('is no post for the contract: a time before 1970 or after 2299', () => {
    const made = post()
    expect(postSchema.safeParse(made).success).toBe(true)
    for (const time of [-1, 10_413_792_000_000, Number.MAX_SAFE_INTEGER]) {
      expect(postSchema.safeParse({ ...made, createdAt: time }).success).toBe(false)
      expect(postSchema.safeParse({ ...made, capturedAt: time }).success).toBe(false)
    }
  })
})

describe('the text', () => {
  it('is NFC', () => {
    expect(post({ text: 'Cafe\u0301 votes' }).text).toBe('Caf\u00e9 votes')
    expect(post({ text: 'A\u0300' }).text).toBe('\u00c0')
    expect(post({ text: '5 \u212b and \u{2f800}' }).text).toBe('5 \u00c5 and \u4e3d')
  })

  it('is left as it is where NFC changes nothing: all before the first combining character', () => {
    const all = Array.from({ length: 0x300 - 0xa0 }, (_, at) => String.fromCharCode(0xa0 + at))
    for (const a of all)
      for (const b of ['a', 'e', 'o', a]) expect((b + a + b).normalize('NFC')).toBe(b + a + b)
    expect(post({ text: all.join('') }).text).toBe(all.join(''))
  })

  it('keeps what a reader sees and what hides in it, but not control characters', () => {
    expect(post({ text: 'two\u200b words\r\n\tthird\u0000\u001b[31m\u0085' }).text).toBe(
      'two\u200b words\r\n\tthird[31m',
    )
  })

  it('has no halves of characters', () => {
    expect(post({ text: 'half \ud83d and whole \u{1f5f3}' }).text).toBe('half \ufffd and whole \u{1f5f3}')
  })

  it('is cut at the bound, on a whole character, and marked', () => {
    const made = post({ text: 'x'.repeat(TEXT_MAX - 1) + '\u{1f5f3}' })
    expect(made.text).toBe('x'.repeat(TEXT_MAX - 1))
    expect(made.marks).toEqual(['text_cut'])
    expect(post({ text: 'x'.repeat(TEXT_MAX) }).marks).toEqual([])
  })

  it('must be there', () => {
    expect(reason({ text: null })).toBe('no_text')
    expect(reason({ text: ' \n\u0000' })).toBe('no_text')
    expect(reason({ text: '<p> </p>', html: true })).toBe('no_text')
  })

  it('is empty for a repost', () => {
    expect(post({ repostOf: 'push:county/0', text: 'RT' }).text).toBe('')
  })
})

describe('HTML', () => {
  it('becomes the text that a browser shows, with whole addresses', () => {
    const html =
      '<p>Hello <span class="h-card"><a href="https://m.example/@ann">@<span>ann</span></a></span> &amp; all<br>' +
      'see <a href="https://county.example/r/2020"><span class="invisible">https://</span>' +
      '<span class="ellipsis">county.example/r</span><span class="invisible">/2020</span></a></p><p>Second &lt;b&gt;</p>'
    expect(post({ text: html, html: true }).text).toBe(
      'Hello @ann & all\nsee https://county.example/r/2020\n\nSecond <b>',
    )
  })

  it('leaves out scripts and comments, and does not shout headings', () => {
    const html = '<h1>News</h1><script>alert(1)</script><!-- no --><p>Polls are open</p>'
    const { text } = post({ text: html, html: true })
    expect(text).toContain('News')
    expect(text).toContain('Polls are open')
    expect(text).not.toMatch(/alert|no/)
  })

  it('survives what is nested to break it', () => {
    expect(reason({ text: `${'<div>'.repeat(10_000)}deep`, html: true })).toBe('ok')
  })

  it('is cut where it is far too long, and marked', () => {
    const made = post({ text: `<p>start</p>${'<br>'.repeat(30_000)}`, html: true })
    expect(made.text).toMatch(/^start/)
    expect(made.marks).toEqual(['text_cut'])
  })

  it('is left alone in plain text', () => {
    expect(post({ text: '5 < 6 &amp; <b>7</b>' }).text).toBe('5 < 6 &amp; <b>7</b>')
  })
})

describe('the time', () => {
  it('is believed within the window', () => {
    const made = post({ createdAt: NOW + 4 * 60_000 })
    expect(made).toMatchObject({ createdAt: NOW + 4 * 60_000, capturedAt: NOW, marks: [] })
  })

  it.each([['2099-01-01T00:00:00Z'], [0], [NOW + 6 * 60_000], [NOW - 25 * 60 * 60_000]])(
    'is replaced by the time of capture and marked for %j',
    (createdAt) => {
      expect(post({ createdAt })).toMatchObject({ createdAt: NOW, marks: ['created_at_replaced'] })
    },
  )

  it('sets the post aside where nothing can stand in its place', () => {
    expect(reason({ createdAt: 0 }, { window: { from: 1, to: 2, instead: null } })).toBe('bad_timestamp')
    expect(reason({ createdAt: 'noon' })).toBe('bad_timestamp')
    expect(reason({ createdAt: null })).toBe('bad_timestamp')
  })

  it('stands for the capture of a recording that does not say', () => {
    expect(post({}, { capturedAt: null }).capturedAt).toBe(NOW - 1_000)
  })
})

/** What the contract, or a way through JSON and UTF-8, would change about a post. */
function flawOf(made: Post): string | null {
  const written = Buffer.from(JSON.stringify(made)).toString()
  if (JSON.stringify(postSchema.parse(JSON.parse(written))) !== written) return 'not as the contract has it'
  return Buffer.from(made.text).toString() === made.text ? null : 'half a character'
}

describe('the rest', () => {
  it('keeps only links that are safe to click', () => {
    expect(post({ url: 'javascript:alert(1)' }).url).toBeNull()
    expect(post({ url: `https://a.example/${'x'.repeat(2_000)}` }).url).toBeNull()
  })

  it('refuses an id that cannot be one', () => {
    expect(reason({ id: '' })).toBe('invalid_record')
    expect(reason({ id: 'x'.repeat(601) })).toBe('invalid_record')
    expect(reason({ id: 'push:county/\u0000' })).toBe('invalid_record')
  })

  it('cuts a long place, and keeps languages that are some', () => {
    expect(post({ placeHint: 'y'.repeat(500) }).placeHint).toHaveLength(200)
    expect(post({ placeHint: '  ' }).placeHint).toBeNull()
    expect(post({ langs: ['en-US', 'not a language', 'es'] }).langs).toEqual(['en-US', 'es'])
  })

  it('gives a post as the contract has it, whatever the source sends', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 50 }),
      fc.constant('x'.repeat(20_000)),
      fc.constant(null),
    )
    const anything = fc.record({
      id: fc.string({ unit: 'binary', minLength: 1 }),
      text,
      html: fc.boolean(),
      createdAt: fc.oneof(fc.integer({ min: NOW - 1e9, max: NOW + 1e9 }), fc.string(), fc.double()),
      account: text,
      url: fc.oneof(fc.webUrl(), text),
      langs: fc.array(fc.string(), { maxLength: 20 }),
      replyTo: text,
      repostOf: fc.oneof(fc.constant(null), text),
      quoteOf: text,
      placeHint: text,
      cid: text,
    })
    fc.assert(
      fc.property(anything, (given) => {
        const made = normalize(given, capture())
        expect(made.ok ? flawOf(made.post) : null).toBeNull()
      }),
      { numRuns: 300 },
    )
  })
})
