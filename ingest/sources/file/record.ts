/** What a file's line or lines hold: one record, or why there is none. */
import { isUtf8 } from 'node:buffer'
import type { DeadLetterReason } from '../../contract.ts'
import type { Fields } from '../shapes/shape.ts'
import type { Line } from './lines.ts'

/** One record, or why there is none. */
export interface FileRecord {
  /** The record's first line. */
  line: number
  /** Whole lines of the file that are done with once this record is. */
  lastLine: number
  /** What stands after the line in ids, where one line holds several records: `.2`. */
  part: string
  payload: Buffer
  /** The payload as text. */
  raw: string
  invalidUtf8: boolean
  outcome:
    | { ok: true; fields: Fields; json: boolean }
    | { ok: false; reason: DeadLetterReason; detail: string }
}

export interface RecordReader {
  /** A record that is cut off cannot be taken for a whole one. */
  readonly showsCuts: boolean
  /** The next lines are still the header, which a resumed file needs too. */
  needsHeader(): boolean
  /** The records that are whole with this line; mostly one. */
  push(line: Line): FileRecord[]
  /** What is left at the end. */
  end(): FileRecord[]
}

export function describeTooLong(line: Line): FileRecord['outcome'] {
  return { ok: false, reason: 'line_too_long', detail: `Line ${line.number} is longer than 1 MiB.` }
}

/** The line's text; U+FFFD is in it for every byte that is not UTF-8, and rarely otherwise. */
export function decode(bytes: Buffer): { raw: string; invalidUtf8: boolean } {
  const raw = bytes.toString('utf8')
  return { raw, invalidUtf8: raw.includes('\ufffd') && !isUtf8(bytes) }
}

/** The line as a record that could not be read. */
export function failedLine(line: Line, outcome: FileRecord['outcome']): FileRecord {
  return {
    line: line.number,
    lastLine: line.number,
    part: '',
    payload: line.bytes,
    ...decode(line.bytes),
    outcome,
  }
}
