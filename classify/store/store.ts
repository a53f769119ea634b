/**
 * The store port: where classify ends. Two adapters, one conformance suite (tests/conformance/store.ts):
 * `chdb.ts` is ClickHouse's engine inside the process, `clickhouse.ts` is a ClickHouse server over HTTP.
 * Both speak one SQL dialect; nothing past this port knows which one it has.
 */
import type { Sql } from './sql.ts'

/**
 * Values of one row, in the order of the columns named at the insert, by the column's type:
 * - DateTime64(3): epoch ms, a whole number; kept to the ms. Read it with `toFloat64(toUnixTimestamp64Milli(column))`,
 *   which gives a number again (bare, it comes as ISO 8601 text).
 * - UInt64, Int64: decimal digits as a string, or a safe integer. They come back as strings, and so do `count()`,
 *   `uniqExact` and sums: wrap what is known to be small in `toUInt32` or `toFloat64`.
 * - other numbers: a number that the type can hold; never NaN. Bool: a boolean. Nullable: also null, never undefined.
 * - String: any well-formed text, NUL included. Array: an array. Map: an object.
 * Anything else is `invalid_value`; nothing is rounded, cut, wrapped round or replaced by a default.
 */
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

/** `newer_schema`: the tables were made by a newer version of this code; `wrong_cluster`: with a cluster, or without one. */
export type StoreErrorCode =
  | 'unavailable'
  | 'invalid_value'
  | 'in_use'
  | 'disk_full'
  | 'newer_schema'
  | 'wrong_cluster'
  | 'query_failed'

export class StoreError extends Error {
  override name = 'StoreError'
  constructor(
    readonly code: StoreErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
