/** Which pushes were answered, by their Idempotency-Key (IETF draft-ietf-httpapi-idempotency-key-header). */
import { param, sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'

const COLUMNS = ['source', 'key', 'received_at', 'body_sha256', 'answer', 'version'] as const

export interface Known {
  /** When it was first received, epoch ms. */
  receivedAt: number
  /** What it was answered, and to which body; null where it was not. */
  answered: { sha256: string; answer: unknown } | null
}

export interface Answers {
  /** What is known of the push; notes when it was received where nothing is. Throws what the store throws. */
  begin(source: string, key: string): Promise<Known>
  finish(source: string, key: string, known: Known, sha256: string, answer: unknown): Promise<void>
}

/** Kept in the store, so that every desk knows them, and durable. `key` is given as its SHA-256. */
export function createAnswers(store: Store, now: () => number): Answers {
  return {
    async begin(source, key) {
      const [row] = await store.query<{ receivedAt: number; sha256: string; answer: string }>(sql`
        SELECT toFloat64(toUnixTimestamp64Milli(received_at)) AS receivedAt, body_sha256 AS sha256, answer
        FROM pushes FINAL WHERE source = ${param.string(source)} AND key = ${param.string(key)}`)
      if (row === undefined) {
        const receivedAt = now()
        await store.insert('pushes', COLUMNS, [[source, key, receivedAt, '', '', 0]])
        return { receivedAt, answered: null }
      }
      const { receivedAt, sha256, answer } = row
      return { receivedAt, answered: answer === '' ? null : { sha256, answer: JSON.parse(answer) } }
    },
    async finish(source, key, { receivedAt }, sha256, answer) {
      await store.insert('pushes', COLUMNS, [[source, key, receivedAt, sha256, JSON.stringify(answer), 1]])
    },
  }
}
