import { hash } from 'node:crypto'

/** Of SHA-256: keys are brought to it (RFC 2104, section 2). */
const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
/** Texts up to this long, in UTF-8, are hashed in place; longer ones are copied. */
const SCRATCH_BYTES = 2_048

/**
 * Makes HMAC-SHA-256 under one key (RFC 2104): text in, hex out. Two hashes in place of `createHmac`: that makes an
 * object outside of JavaScript's heap for each text, which costs as much again to make and to collect.
 */
export function createHmacSha256(key: Buffer | string): (text: string) => string {
  const given = Buffer.from(key)
  const block = Buffer.alloc(BLOCK_BYTES)
  ;(given.length > BLOCK_BYTES ? hash('sha256', given, 'buffer') : given).copy(block)
  const inner = Buffer.alloc(
    BLOCK_BYTES + SCRATCH_BYTES,
    block.map((byte) => byte ^ 0x36),
  )
  /** The inner block with texts of each length: accounts of one network are as long as each other. */
  const starts: Buffer[] = []
  const startOf = (bytes: number) => (starts[bytes] ??= inner.subarray(0, BLOCK_BYTES + bytes))
  const outer = Buffer.alloc(
    BLOCK_BYTES + DIGEST_BYTES,
    block.map((byte) => byte ^ 0x5c),
  )

  return function hmac(text) {
    // No UTF-16 unit needs more than three bytes.
    const message =
      text.length * 3 <= SCRATCH_BYTES
        ? startOf(inner.write(text, BLOCK_BYTES))
        : Buffer.concat([startOf(0), Buffer.from(text)])
    // As text, a character for each byte, and back: a Buffer of its own costs more.
    outer.write(hash('sha256', message, 'binary'), BLOCK_BYTES, 'binary')
    return hash('sha256', outer, 'hex')
  }
}
