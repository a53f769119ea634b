import { createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createHmacSha256 } from '../../../../ingest/base/hmac.ts'

test('is what the platform’s own HMAC gives, for any key and text, however long', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ minLength: 600, maxLength: 3_000, unit: 'grapheme' }),
  )
  const key = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  )
  fc.assert(
    fc.property(key, fc.array(text, { minLength: 1, maxLength: 4 }), (secret, texts) => {
      const hmac = createHmacSha256(secret)
      for (const one of texts) expect(hmac(one)).toBe(createHmac('sha256', secret).update(one).digest('hex'))
    }),
  )
})
