import { assert, constantFrom, json, property } from 'fast-check'
import { expect, test } from 'vitest'
import { createNormalizer, liveWindow } from '../../../../ingest/normalize.ts'
import { createHideAuthors, HASHED } from '../../../../ingest/sources/hide-authors.ts'

const KEY = 'a key of this test'
const hide = createHideAuthors(KEY)

test('an account becomes the HMAC that its posts have', () => {
  const hidden = JSON.parse(hide('{"text":"hi @bob","user":"ann"}')) as { text: string; user: string }
  expect(hidden.text).toBe('hi @bob')
  const raw = { id: 'x', text: 'hi', createdAt: 0, account: 'ann', url: null, langs: [], replyTo: null }
  const normalized = createNormalizer({ authorKey: KEY })(
    { ...raw, repostOf: null, quoteOf: null, placeHint: null, cid: null },
    { source: 's', capturedAt: 0, window: liveWindow(0), payload: '' },
  )
  expect(normalized).toMatchObject({ ok: true, post: { author: HASHED.exec(hidden.user)![1] } })
})

test('everything of a nested account is hashed but its place, numbers too; twice is once', () => {
  const text =
    '{"id":7,"user":{"id":5,"screen_name":"ann","location":"Mesa, AZ","x":[{"y":"z"}]},"author_id":9}'
  const hidden = hide(text)
  expect(hidden).not.toMatch(/ann|"z"|:5,|:9\}/)
  expect(hidden).toContain('Mesa, AZ')
  expect(hidden).toContain('"id":7')
  expect(hide(hidden)).toBe(hidden)
})

test('one that is cut off or broken hides what looks like an account', () => {
  expect(hide('{"user":"ann","author_id": 12,"text":"wor')).not.toMatch(/ann|12,/)
  expect(hide('{"handle" : "a\\"nn","text":broken}')).not.toContain('nn')
})

test('ids beyond 2^53 keep their digits', () => {
  const hidden = hide('{"id":1323456789012345678,"author_id":12,"text":"words"}')
  expect(hidden).toContain('"id":1323456789012345678')
  expect(hidden).not.toContain(':12,')
})

test('an account lies in its object also beside ids beyond 2^53, and in what is cut off', () => {
  const tweet =
    '{"id":1323456789012345678,"user":{"id":5121,"id_str":"5121","name":"Ann Smith","screen_name":"ann_s",' +
    '"location":"Mesa, AZ","verified":false},"text":"words"}'
  const hidden = hide(tweet)
  expect(hidden).not.toMatch(/5121|Ann|ann_s/)
  expect(JSON.parse(hidden)).toMatchObject({ user: { location: 'Mesa, AZ', verified: false }, text: 'words' })
  for (let end = tweet.indexOf('5121'); end < tweet.length; end++)
    expect(hide(tweet.slice(0, end))).not.toMatch(/5121|Ann|ann_/)
})

test('one that is cut off in the midst of a name does not show its beginning', () => {
  expect(hide('{"text":"words","user":"somebody-to-hi')).not.toContain('some')
  expect(hide('{"text":"words","user":"somebody-to-hi\\')).not.toContain('some')
  expect(hide('{"author_id": 1234')).not.toContain('1234')
})

test('accounts are known by the names that networks and tables have for them', () => {
  const payloads = [
    '{"data":{"author_id":"77"},"includes":{"users":[{"id":"77","name":"Ann","location":"Mesa"}]}}',
    '{"authors":[{"name":"Ann"}],"in_reply_to_user_id":77,"in_reply_to_user_id_str":"77"}',
    '{"User Name":"Ann","user.id":"77","author.name":"Ann","in_reply_to_screen_name":"Ann"}',
    '{"author_fullname":"t2_Ann","user_url":"https://x.example/Ann","from_user":"Ann","place":{"user":"Ann"}}',
    '{"author_username":"Ann","User":{"location":"Mesa","name":"Ann"},"user_location":"Mesa"}',
    '{"mentions":[{"name":"Ann","id":"77"}],"entities":{"user_mentions":[{"name":"Ann","id":77}]}}',
  ]
  for (const payload of payloads) expect(hide(payload)).not.toMatch(/"77"|:77\b|Ann/)
  expect(hide(payloads[0]!)).toContain('Mesa')
  const words = '{"user_comment":"All is counted","authored_at":"2026-11-04"}'
  expect(hide(words)).toBe(words)
  expect(hide(payloads[4]!).match(/Mesa/g)).toHaveLength(2)
})

test('never throws, and leaves no account behind, whatever else there is', () => {
  assert(
    property(json(), constantFrom('author', 'user_name', 'Screen-Name', 'acct'), (value, name) => {
      const whole = `{"more":${value},"${name}":"somebody-to-hide"}`
      expect(hide(whole)).not.toContain('somebody-to-hide')
      expect(hide(whole.slice(0, -1))).not.toContain('somebody-to-hide')
    }),
  )
})
