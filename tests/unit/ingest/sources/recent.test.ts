import { expect, test } from 'vitest'
import { createRecent } from '../../../../ingest/sources/net/recent.ts'

const keyOf = (n: number) =>
  `create did:plc:${n % 977}/app.bsky.feed.post/3l${n.toString(32)} bafyrei${n * 7}`

test('what was added lately is known again, and what was not is new', () => {
  const recent = createRecent(1_000)
  let wrong = 0
  for (let n = 0; n < 50_000; n++) {
    if (!recent.add(keyOf(n)) || recent.add(keyOf(n))) wrong++
    if (n >= 999 && recent.add(keyOf(n - 999))) wrong++
  }
  expect(wrong).toBe(0)
})

test('what was added long ago is forgotten', () => {
  const recent = createRecent(1_000)
  for (let n = 0; n < 2_001; n++) recent.add(keyOf(n))
  expect(recent.add(keyOf(0))).toBe(true)
})

test('of a million keys that are nearly alike none is taken for another', () => {
  const recent = createRecent(2_000_000)
  let known = 0
  for (let n = 0; n < 1_000_000; n++) if (!recent.add(`did:plc:a/app.bsky.feed.post/${n} cid`)) known++
  expect(known).toBe(0)
})

test('the empty key and keys of one letter are keys like others', () => {
  const recent = createRecent(300)
  const keys = ['', ...Array.from({ length: 256 }, (_, n) => String.fromCharCode(n))]
  expect(keys.map((key) => recent.add(key))).toEqual(keys.map(() => true))
  expect(keys.map((key) => recent.add(key))).toEqual(keys.map(() => false))
})

test('keys that differ by two units which change places, or by a zero at the end, are other keys', () => {
  const recent = createRecent(100_000)
  const letters = 'abcdefghijklmnop'
  const keys = new Set(['a', 'a\0', 'a\0\0', '\0a'])
  for (const a of letters)
    for (const b of letters) for (const c of letters) for (const d of letters) keys.add(a + b + c + d)
  expect([...keys].filter((key) => !recent.add(key))).toEqual([])
  expect([...keys].filter((key) => recent.add(key))).toEqual([])
})
