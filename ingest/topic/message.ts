/**
 * Several records in one of Kafka's, which is called a message here: JSON lines. Kafka's client pays some 20 µs for each
 * message, whatever it holds. A message with one line is what a record was before, and what other producers write.
 */
import { isUtf8 } from 'node:buffer'
import type { z } from 'zod'
import { decodeValue, invalidRecord } from './codec.ts'
import type { InvalidRecord } from './topic.ts'

/** What a message costs is under half a microsecond a record by then; more would only make deliveries coarser. */
export const MESSAGE_LINES_MAX = 64
/** Bytes of a message with more than one line: a thirtieth of what is fetched of a partition at once. */
const MESSAGE_BYTES_MAX = 65_536

const LINE_END = 0x0a

/** A record as JSON, without line ends. */
export interface Line {
  text: string
  /** In UTF-8. */
  bytes: number
}

/** Messages that hold these lines, in order, each at most `most`. */
export function packLines(lines: readonly Line[], most: number): string[] {
  const messages: string[] = []
  let open: string[] = []
  let size = 0
  for (const { text, bytes } of lines) {
    if (open.length >= most || (open.length > 0 && size + bytes > MESSAGE_BYTES_MAX)) {
      messages.push(open.join('\n'))
      open = []
      size = 0
    }
    open.push(text)
    size += bytes + 1
  }
  if (open.length > 0) messages.push(open.join('\n'))
  return messages
}

/** As text; as bytes where they are not UTF-8; null where the message has no value. */
export type RawLine = string | Buffer | null

/**
 * The lines of a message, at least one. Blank ones hold nothing, unless there is no other; one JSON value over several
 * lines, as other producers may write it, is one line here.
 */
export function splitMessage(value: Buffer | null): RawLine[] {
  if (value === null) return [null]
  const whole = isUtf8(value)
  const lines: RawLine[] = []
  for (let from = 0; from < value.length;) {
    const found = value.indexOf(LINE_END, from)
    const to = found < 0 ? value.length : found
    // Line by line: a text with one letter beyond Latin-1 takes twice the memory, and longer to parse.
    const line =
      whole || isUtf8(value.subarray(from, to)) ? value.toString('utf8', from, to) : value.subarray(from, to)
    if (typeof line !== 'string' || line.trim() !== '') lines.push(line)
    from = to + 1
  }
  const text = () => value.toString('utf8')
  if (lines.length === 0 || (lines.length > 1 && whole && !isJson(lines[0]) && isJson(text())))
    return [text()]
  return lines
}

function isJson(line: RawLine | undefined): boolean {
  if (typeof line !== 'string') return false
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}

/** What a message holds, in order; each line that is no record has its own place. */
export interface Unpacked<T> {
  records: T[]
  invalid: InvalidRecord[]
}

export function readLines<T>(
  schema: z.ZodType<T>,
  lines: readonly RawLine[],
  { partition, offset }: { partition: number; offset: number },
): Unpacked<T> {
  const records: T[] = []
  const invalid: InvalidRecord[] = []
  for (const [at, line] of lines.entries()) {
    const read = decodeValue(schema, line)
    if ('value' in read) {
      records.push(read.value)
      continue
    }
    const place = { partition, offset, line: lines.length === 1 ? null : at + 1 }
    invalid.push(invalidRecord(place, read.detail, line?.toString('utf8') ?? ''))
  }
  return { records, invalid }
}
