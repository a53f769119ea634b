/** CRC-32C (Castagnoli; RFC 3720, appendix B.4), eight bytes at a time: M. Kounavis and F. Berry, 2005 ("slicing by 8"). */

const POLYNOMIAL = 0x82f63b78

/** What each byte does to the sum, by how many bytes follow it in its eight. */
const t0 = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? POLYNOMIAL ^ (crc >>> 1) : crc >>> 1
  return crc
})
const followed = (by: Int32Array): Int32Array => by.map((crc) => t0[crc & 0xff]! ^ (crc >>> 8))
const t1 = followed(t0)
const t2 = followed(t1)
const t3 = followed(t2)
const t4 = followed(t3)
const t5 = followed(t4)
const t6 = followed(t5)
const t7 = followed(t6)

/** Of the bytes from `from` up to `to`, as an unsigned number. */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  let crc = -1
  let at = from
  for (; at + 8 <= to; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    crc =
      t7[crc & 0xff]! ^
      t6[(crc >>> 8) & 0xff]! ^
      t5[(crc >>> 16) & 0xff]! ^
      t4[crc >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!
  }
  for (; at < to; at++) crc = t0[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8)
  return (crc ^ -1) >>> 0
}
