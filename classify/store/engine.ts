/** What differs between the engine in the process and a server: how statements and rows reach it. */
export interface Engine {
  /** Names it in messages: a folder or a URL. */
  readonly where: string
  /** All rows of one query's answer. */
  query<T>(text: string, params: Readonly<Record<string, unknown>>): Promise<T[]>
  /** Runs one statement that gives no rows. */
  command(text: string, params: Readonly<Record<string, unknown>>): Promise<void>
  /** Rows in blocks; the next block is made only when it is asked for. Ends the query when it is left early. */
  stream<T>(text: string, params: Readonly<Record<string, unknown>>): AsyncIterable<T[]>
  /** `lines` is JSONCompactEachRow. */
  insert(table: string, columns: readonly string[], lines: Buffer): Promise<void>
  /** Ends the streams; nothing else is under way. */
  close(): Promise<void>
}

/**
 * Settings of every statement, in both adapters. Inserts are waited for and written as sent; a value that does not fit
 * is an error and never a default; 64-bit integers come back as strings, since a number cannot hold them.
 */
export const ENGINE_SETTINGS = {
  async_insert: 0,
  input_format_null_as_default: 0,
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_denormals: 0,
  output_format_json_escape_forward_slashes: 0,
  date_time_output_format: 'iso',
} as const

/**
 * Settings of every insert. What an insert costs the engine is mostly the files of its part: those of the indexes are
 * written when parts are merged, and until then a part, which is small, is read as a whole.
 */
export const INSERT_SETTINGS = { materialize_skip_indexes_on_insert: 0 } as const

/**
 * Rows in one block of a stream: at 10 kB of text a row, some 5 MB, which a slow reader holds a few times over. The
 * engine's own 65,409 would be 650 MB.
 */
export const STREAM_BLOCK_ROWS = 512
