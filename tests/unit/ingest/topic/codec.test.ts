import { assert, integer, jsonValue, property, string, uint8Array } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  checkTopicName,
  decodeValue,
  invalidRecord,
  isTooLarge,
  partitionOf,
  partitionOfKey,
  RECORD_MAX_BYTES,
  redeliveryPauseMs,
} from '../../../../ingest/topic/codec.ts'

describe('partitionOfKey', () => {
  test('is the same in every version: a change would put a key into two partitions', () => {
    const keys = [
      '',
      'a',
      'b',
      'bluesky:did:plc:abc/1',
      'bluesky:did:plc:abc/2',
      'mastodon:example.org/1',
      'ünï',
    ]
    expect(keys.map((key) => partitionOfKey(key, 16))).toEqual([11, 3, 2, 15, 14, 5, 1])
  })

  test('gives a partition that exists, whatever the key', () => {
    assert(
      property(string(), integer({ min: 1, max: 200 }), (key, partitions) => {
        const partition = partitionOfKey(key, partitions)
        expect(partition).toBeGreaterThanOrEqual(0)
        expect(partition).toBeLessThan(partitions)
      }),
    )
  })

  test('spreads keys that differ in their last digits only', () => {
    for (const partitions of [2, 3, 4, 12]) {
      const counts = Array.from({ length: partitions }, () => 0)
      for (let number = 0; number < 12_000; number++) {
        const partition = partitionOfKey(`bluesky:did:plc:ewvi7nxzyoun6zhxrhs64oiz/${number}`, partitions)
        counts[partition] = (counts[partition] ?? 0) + 1
      }
      // A fair share, give or take five standard deviations.
      const share = 12_000 / partitions
      for (const count of counts) expect(Math.abs(count - share)).toBeLessThan(5 * Math.sqrt(share))
    }
  })

  test('a record that names a partition which is not there is refused', () => {
    for (const partition of [-1, 4, 1.5, Number.NaN]) {
      expect(() => partitionOf({ key: 'a', value: 1, partition }, 4)).toThrow(RangeError)
    }
    expect(partitionOf({ key: 'a', value: 1, partition: 3 }, 4)).toBe(3)
  })
})

describe('isTooLarge', () => {
  test('agrees with the JSON that would be sent, for any value', () => {
    assert(
      property(string(), jsonValue(), integer({ min: 1, max: 200 }), (key, value, limit) => {
        const bytes = Buffer.byteLength(key) + Buffer.byteLength(JSON.stringify(value))
        expect(isTooLarge({ key, value }, limit)).toBe(bytes > limit)
      }),
      { numRuns: 500 },
    )
  })

  test('counts bytes, and what JSON escapes', () => {
    const record = (text: string) => ({ key: '', value: text })
    expect(isTooLarge(record('x'.repeat(RECORD_MAX_BYTES - 2)))).toBe(false)
    expect(isTooLarge(record('x'.repeat(RECORD_MAX_BYTES - 1)))).toBe(true)
    expect(isTooLarge(record('ü'.repeat(RECORD_MAX_BYTES / 2)))).toBe(true)
    expect(isTooLarge(record('\u0000'.repeat(Math.ceil(RECORD_MAX_BYTES / 6))))).toBe(true)
  })
})

describe('decodeValue', () => {
  const schema = z.object({ id: z.string(), seq: z.number() })
  const decode = (text: string | Buffer | null) =>
    decodeValue({ schema }, typeof text === 'string' ? Buffer.from(text) : text)

  test('gives the value, without what the schema does not know', () => {
    expect(decode('{"id":"ä","seq":1,"more":true}')).toEqual({ value: { id: 'ä', seq: 1 } })
  })

  test('says what is wrong, and where', () => {
    expect(decode(null)).toEqual({ detail: 'The record has no value' })
    expect(decode('')).toMatchObject({ detail: expect.stringContaining('not JSON') })
    expect(decode('{"id":')).toMatchObject({ detail: expect.stringContaining('not JSON') })
    expect(decode(Buffer.from([0xc3, 0x28]))).toEqual({ detail: 'The record is not UTF-8' })
    expect(decode('[]')).toMatchObject({ detail: expect.stringMatching(/^value: /) })
    expect(decode('{"id":1,"seq":"x"}')).toMatchObject({ detail: expect.stringMatching(/^id: .*; seq: /) })
  })

  test('refuses half of a surrogate pair, which no store takes, and nothing that only looks like it', () => {
    const said = { detail: 'The record holds half of a surrogate pair, which UTF-8 cannot say' }
    expect(decode(String.raw`{"id":"\ud83d","seq":1}`)).toEqual(said)
    expect(decode(String.raw`{"id":"x","seq":1,"\uDE00":[]}`)).toEqual(said)
    expect(decode(String.raw`{"id":"\ud83d\ude00","seq":1}`)).toEqual({ value: { id: '😀', seq: 1 } })
    expect(decode(String.raw`{"id":"\\ud83d","seq":1}`)).toEqual({
      value: { id: String.raw`\ud83d`, seq: 1 },
    })
  })

  test('never throws, whatever the bytes', () => {
    assert(
      property(uint8Array(), (bytes) => {
        expect(decode(Buffer.from(bytes))).toHaveProperty('detail')
      }),
    )
  })

  test('keeps only the start of a payload', () => {
    const place = { partition: 1, offset: 2, line: null }
    expect(invalidRecord(place, 'why', 'x'.repeat(5_000)).payload).toHaveLength(2_000)
    // Cut in the middle of a character, it is still a text.
    const cut = invalidRecord(place, 'why 😀'.slice(0, 5), `x${'😀'.repeat(2_000)}`)
    expect([cut.payload.at(-1), cut.detail]).toEqual(['\ufffd', 'why \ufffd'])
  })
})

test('pauses before a redelivery grow and stay bounded', () => {
  const pauses = [1, 2, 3, 4, 20, 2_000].map(redeliveryPauseMs)
  expect(pauses).toEqual([100, 200, 400, 800, 10_000, 10_000])
})

test('a topic has a name that is good for Kafka and for a file', () => {
  for (const name of ['posts', 'tallywatch.dead-letters', 'A_1'])
    expect(() => checkTopicName(name)).not.toThrow()
  for (const name of ['', '.', '..', '../a', 'a/b', 'a b', 'ä', 'x'.repeat(202)]) {
    expect(() => checkTopicName(name)).toThrow(RangeError)
  }
})
