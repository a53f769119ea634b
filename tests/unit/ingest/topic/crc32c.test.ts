import { createRequire } from 'node:module'
import { assert, integer, property, uint8Array } from 'fast-check'
import { expect, test } from 'vitest'
import { crc32c } from '../../../../ingest/topic/crc32c.ts'

const kafkajs = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/crc32C') as (
  bytes: Buffer,
) => number

test('is what the standard gives', () => {
  // RFC 3720, appendix B.4, and the check value of CRC-32C.
  expect(crc32c(new Uint8Array(32), 0, 32)).toBe(0x8a9136aa)
  expect(crc32c(new Uint8Array(32).fill(0xff), 0, 32)).toBe(0x62a8ab43)
  expect(crc32c(Buffer.from('123456789'), 0, 9)).toBe(0xe3069283)
})

test('is what kafkajs gives, of any part of any bytes', () => {
  assert(
    property(uint8Array({ maxLength: 200 }), integer({ min: 0, max: 20 }), (bytes, from) => {
      const part = Buffer.from(bytes.subarray(from))
      expect(crc32c(bytes, from, Math.max(from, bytes.length))).toBe(kafkajs(part))
    }),
  )
})
