/** From what the engine says to the port's errors. */
import { StoreError } from './store.ts'

/** ClickHouse's codes (src/Common/ErrorCodes.cpp) that say of an insert: this value does not fit this column. */
const INVALID_VALUE_CODES = new Set([
  6, // CANNOT_PARSE_TEXT
  25, // CANNOT_PARSE_ESCAPE_SEQUENCE
  26, // CANNOT_PARSE_QUOTED_STRING
  27, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  33, // CANNOT_READ_ALL_DATA
  38, // CANNOT_PARSE_DATE
  41, // CANNOT_PARSE_DATETIME
  53, // TYPE_MISMATCH
  69, // ARGUMENT_OUT_OF_BOUND
  70, // CANNOT_CONVERT_TYPE
  72, // CANNOT_PARSE_NUMBER
  117, // INCORRECT_DATA
  130, // CANNOT_READ_ARRAY_FROM_TEXT
  131, // TOO_LARGE_STRING_SIZE
  321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  467, // CANNOT_PARSE_BOOL
  469, // VIOLATED_CONSTRAINT
  691, // UNKNOWN_ELEMENT_OF_ENUM
])

/** Codes that pass by themselves: the engine is busy, starting, stopping, or cut off from its disks or its peers. */
const PASSING_CODES = new Set([
  202, // TOO_MANY_SIMULTANEOUS_QUERIES
  209, // SOCKET_TIMEOUT
  210, // NETWORK_ERROR
  236, // ABORTED
  242, // TABLE_IS_READ_ONLY
  252, // TOO_MANY_PARTS
  285, // TOO_FEW_LIVE_REPLICAS
  425, // SYSTEM_ERROR
  999, // KEEPER_EXCEPTION
])
/** Passes when others of the same engine filled its memory, and not when this query did. */
const MEMORY_LIMIT_EXCEEDED = 241
const OWN_LIMIT = /query memory limit/i
const NOT_ENOUGH_SPACE = 243
const DISK_FULL = /no space left on device|ENOSPC|disk quota exceeded/i
const REFUSED_CODES = new Set([192, 193, 194, 497, 516])

/** Socket errors, and answers of a proxy whose ClickHouse is away. */
const UNREACHABLE =
  /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|socket hang up|aborted|timeout error|premature close|bad gateway|service unavailable|gateway time-?out/i

/** OpenSSL's and Node's words for a certificate that does not hold, and for a server that refuses ours. */
const CERTIFICATE =
  /self[- ]signed certificate|unable to (?:get|verify)|certificate (?:has expired|is not yet valid|required|unknown)|altnames|bad certificate|unknown ca\b/i

/** ClickHouse's own number of the error, if the engine gave one. */
export function engineCode(error: unknown): number | null {
  if (!(error instanceof Error)) return null
  const { clickhouseCode, code } = error as { clickhouseCode?: unknown; code?: unknown }
  for (const given of [clickhouseCode, code]) {
    if (typeof given === 'number' || (typeof given === 'string' && /^\d+$/.test(given))) return Number(given)
  }
  const said = /\bCode: (\d+)\. DB::Exception/.exec(error.message)
  return said ? Number(said[1]) : null
}

/** True when trying again after a while may help. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error) || isDiskFull(error)) return false
  const code = engineCode(error)
  if (code === MEMORY_LIMIT_EXCEEDED) return !OWN_LIMIT.test(error.message)
  if (code !== null) return PASSING_CODES.has(code)
  return UNREACHABLE.test(`${(error as { code?: string }).code ?? ''} ${error.message}`)
}

function isDiskFull(error: Error): boolean {
  return engineCode(error) === NOT_ENOUGH_SPACE || DISK_FULL.test(error.message)
}

/** `doing` says what was tried: "insert into posts", "query". `where` names the engine. */
export function toStoreError(error: unknown, doing: string, where: string): StoreError {
  if (error instanceof StoreError) return error
  const cause = error instanceof Error ? error : new Error(String(error))
  const code = engineCode(cause)
  const says = firstSentence(cause.message)
  const options = { cause }
  if (isDiskFull(cause)) {
    const what = `The disk that holds ${where} is full, or nearly (${doing}): free some space and start again; nothing accepted is lost`
    return new StoreError('disk_full', what, options)
  }
  if (isPassing(cause))
    return new StoreError('unavailable', `${where} does not answer (${doing}): ${says}`, options)
  if (code !== null && REFUSED_CODES.has(code)) {
    return new StoreError(
      'query_failed',
      `${where} refuses the user or the password (${doing}): ${says}`,
      options,
    )
  }
  if (code === null && CERTIFICATE.test(cause.message))
    return new StoreError(
      'query_failed',
      `${where}: a certificate does not hold (${doing}): ${says}`,
      options,
    )
  if (code !== null && INVALID_VALUE_CODES.has(code) && doing.startsWith('insert')) {
    return new StoreError('invalid_value', `${doing}${place(cause.message)}: ${says}`, options)
  }
  return new StoreError('query_failed', `${doing} failed: ${says}`, options)
}

/** Column and row, as far as the engine says. */
function place(message: string): string {
  const column = /value of key ([^)\s]+)\)/.exec(message)?.[1]
  const row = /\(at row (\d+)\)/.exec(message)?.[1]
  return `${column ? `, column ${column}` : ''}${row ? `, row ${row} of its piece` : ''}`
}

/** The engine's messages go on for pages and quote the rows; the whole of it stays in the cause. */
function firstSentence(message: string): string {
  const line = message.split('\n', 1)[0]!.replace(/^(Code: \d+\. DB::Exception: )+/, '')
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}
