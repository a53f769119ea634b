import { hash } from 'node:crypto'

/** First 64 bits of a text's SHA-256, as decimal digits: the form in which ClickHouse takes a UInt64. */
export function hash64(text: string): string {
  return BigInt(`0x${hash('sha256', text, 'hex').slice(0, 16)}`).toString()
}
