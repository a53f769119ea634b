/**
 * The store port: where classify ends. Two adapters, one conformance suite (tests/conformance/store.ts):
 * `chdb.ts` is ClickHouse's engine inside the process, `clickhouse.ts` is a ClickHouse server over HTTP.
 * Both speak one SQL dialect; nothing past this port knows which one it has.
 */
import type { Sql } from './sql.ts'

/** Values of one row, in the order of the columns named at the insert. */
export type Row = readonly unknown[]

export interface Store {
  /**
   * Inserts rows; durable when it resolves. A row may be stored twice after a retry: tables are sets by their key.
   * Batches larger than the engine's bound are split. Throws StoreError `invalid_value` (nothing of that piece was
   * stored) or `unavailable`, after bounded retries.
   */
  insert(table: string, columns: readonly string[], rows: readonly Row[]): Promise<void>
  /** All rows of a query whose answer is small. */
  query<T>(sql: Sql): Promise<T[]>
  /** Rows of a query whose answer may be large, in blocks, never all in memory. */
  stream<T>(sql: Sql): AsyncIterable<T[]>
  /** Runs a statement that gives no rows. */
  command(sql: Sql): Promise<void>
  /** True when the engine answers. */
  ping(): Promise<boolean>
  close(): Promise<void>
}

export class StoreError extends Error {
  override name = 'StoreError'
  constructor(
    readonly code: 'unavailable' | 'invalid_value' | 'in_use' | 'disk_full' | 'query_failed',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
