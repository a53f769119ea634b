/**
 * Several records in one of Kafka's, which is called a message here: JSON lines. Kafka's client pays some 20 µs for each
 * message, whatever it holds. A message with one line is what a record was before, and what other producers write.
 */
import { isUtf8 } from 'node:buffer'
import { decodeValue, invalidRecord, type Form } from './codec.ts'
import { writeDraft, type Draft } from './draft.ts'
import type { InvalidRecord } from './topic.ts'

/** What a message costs is under half a microsecond a record by then; more would only make deliveries coarser. */
export const MESSAGE_LINES_MAX = 64
/** Bytes of a message with more than one line: a thirtieth of what is fetched of a partition at once. */
const MESSAGE_BYTES_MAX = 65_536
/** No unit of UTF-16 needs more bytes of UTF-8. */
export const UNIT_BYTES = 3

/** A message of another producer with more lines than these is none of ours: it is set aside as a whole. */
const LINES_READ_MAX = 10_000

const LINE_END = 0x0a

/** A message as it is sent. */
export interface Packed {
  value: Buffer
  /** Lines in it. */
  records: number
}

/** How records are written. */
export interface Writing<R> {
  /** JSON, without line ends. */
  toLine: (record: R) => string
  /** A draft of the same; null: there is none. */
  toDraft?: ((record: R) => Draft | null) | undefined
}

/**
 * Makes a packer: gives messages that hold the records' lines, in order and each at most `most`, and at most `bytesMax`
 * where they are several. A line is written into its message as soon as it is made: texts that wait for the others would
 * be copied by the collector.
 */
export function createPack(most: number, bytesMax: number) {
  const limit = Math.min(MESSAGE_BYTES_MAX, bytesMax)
  const scratch = Buffer.allocUnsafe(limit)
  return function pack<R>(records: readonly R[], { toLine, toDraft }: Writing<R>): Packed[] {
    const messages: Packed[] = []
    let size = 0
    let count = 0
    const close = () => {
      if (count > 0) messages.push({ value: Buffer.from(scratch.subarray(0, size)), records: count })
      size = count = 0
    }
    /** Where the next line of so many units begins; -1: it is larger than a message. */
    const begin = (units: number): number => {
      const room = units * UNIT_BYTES + 1
      if (room > limit) return -1
      if (count >= most || size + room > limit) close()
      if (count === 0) return 0
      scratch[size] = LINE_END
      return size + 1
    }
    const addDraft = (draft: Draft): boolean => {
      const at = begin(draft.line.length)
      const end = at < 0 ? -1 : writeDraft(scratch, at, draft)
      if (end < 0) return false
      size = end
      count++
      return true
    }
    for (const record of records) {
      const draft = toDraft?.(record) ?? null
      if (draft !== null && addDraft(draft)) continue
      const line = toLine(record)
      const at = begin(line.length)
      if (at < 0) {
        close()
        messages.push({ value: Buffer.from(line), records: 1 })
        continue
      }
      size = at + scratch.write(line, at)
      count++
    }
    close()
    return messages
  }
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
  form: Form<T>,
  lines: readonly RawLine[],
  { partition, offset }: { partition: number; offset: number },
): Unpacked<T> {
  if (lines.length > LINES_READ_MAX) {
    const detail = `It has ${lines.length} lines, and at most ${LINES_READ_MAX} are read.`
    const place = { partition, offset, line: null }
    return { records: [], invalid: [invalidRecord(place, detail, lines[0]?.toString('utf8') ?? '')] }
  }
  const records: T[] = []
  const invalid: InvalidRecord[] = []
  for (const [at, line] of lines.entries()) {
    const read = decodeValue(form, line)
    if ('value' in read) {
      records.push(read.value)
      continue
    }
    const place = { partition, offset, line: lines.length === 1 ? null : at + 1 }
    invalid.push(invalidRecord(place, read.detail, line?.toString('utf8') ?? ''))
  }
  return { records, invalid }
}
