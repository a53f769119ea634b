/**
 * CSV as RFC 4180 has it, read a line at a time, so that a quote that is never closed costs its own line and not the
 * rest of the file. Commas, semicolons, tabs and bars part the columns, whichever the header uses.
 */
import type { Fields } from '../shapes/shape.ts'
import { LINE_MAX, type Line } from './lines.ts'
import { decode, describeTooLong, type FileRecord, type RecordReader } from './record.ts'

const DELIMITERS = [',', ';', '\t', '|']
/** No post has more lines; beyond them a quote was left open. Bounds what is read again then. */
const RECORD_LINES_MAX = 1_000

/** A record that is being read. */
interface Open {
  lines: Line[]
  bytes: number
  fields: string[]
  /** The quoted field that is not closed yet, or null. */
  quoted: string | null
}

/** Makes a reader for which the first line is the header. */
export function createCsvReader(): RecordReader {
  let delimiter: string | null = null
  let header: string[] | null = null
  let open = nothingOpen()

  function push(line: Line): FileRecord[] {
    if (line.tooLong) return [...end(), record([line], describeTooLong(line))]
    const text = line.bytes.toString('utf8')
    delimiter ??= chooseDelimiter(text)
    open.lines.push(line)
    open.bytes += line.bytes.length + 1
    const whole = readFields(open, text, delimiter)
    if (whole) {
      const { lines, fields } = open
      open = nothingOpen()
      return finish(lines, fields)
    }
    return open.bytes > LINE_MAX || open.lines.length > RECORD_LINES_MAX ? giveUp() : []
  }

  /** The open record's first line is set aside, and those after it are read anew. */
  function giveUp(): FileRecord[] {
    const [first, ...others] = open.lines
    open = nothingOpen()
    if (first === undefined) return []
    const detail = `A quote that opens in line ${first.number} is never closed.`
    return [record([first], { ok: false, reason: 'not_csv', detail }), ...others.flatMap(push)]
  }

  function finish(lines: Line[], values: string[]): FileRecord[] {
    if (values.length === 1 && values[0] === '') return []
    if (header === null) {
      header = values.map((name) => name.trim())
      return []
    }
    const extra = values.slice(header.length)
    if (values.length < header.length || extra.some((value) => value !== '')) {
      const detail = `Line ${lines[0]?.number} has ${values.length} fields, and the header ${header.length}.`
      return [record(lines, { ok: false, reason: 'not_csv', detail })]
    }
    return [record(lines, { ok: true, fields: toFields(header, values), json: false })]
  }

  function end(): FileRecord[] {
    const left: FileRecord[] = []
    while (open.lines.length > 0) left.push(...giveUp())
    return left
  }

  return { showsCuts: false, needsHeader: () => header === null, push, end }
}

function nothingOpen(): Open {
  return { lines: [], bytes: 0, fields: [], quoted: null }
}

function toFields(header: readonly string[], values: readonly string[]): Fields {
  const fields: Record<string, string> = {}
  for (const [index, name] of header.entries()) fields[name] = values[index] ?? ''
  return fields
}

function record(lines: readonly Line[], outcome: FileRecord['outcome']): FileRecord {
  const [first] = lines
  const last = lines.at(-1)
  if (first === undefined || last === undefined) throw new Error('A record without lines.')
  const payload = lines.length === 1 ? first.bytes : joinLines(lines)
  return { line: first.number, lastLine: last.number, part: '', payload, ...decode(payload), outcome }
}

const LINE_END = Buffer.from('\n')

function joinLines(lines: readonly Line[]): Buffer {
  return Buffer.concat(lines.flatMap((line, index) => (index === 0 ? [line.bytes] : [LINE_END, line.bytes])))
}

/** The one that gives the header the most columns. */
function chooseDelimiter(header: string): string {
  const counts = DELIMITERS.map((delimiter) => header.split(delimiter).length)
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ','
}

/** Reads one more line into the record; true when the record is whole with it. */
function readFields(open: Open, text: string, delimiter: string): boolean {
  let at = 0
  for (;;) {
    if (open.quoted === null) {
      if (text[at] === '"') {
        open.quoted = ''
        at += 1
        continue
      }
      const end = text.indexOf(delimiter, at)
      open.fields.push(end < 0 ? text.slice(at) : text.slice(at, end))
      if (end < 0) return true
      at = end + 1
      continue
    }
    const quote = text.indexOf('"', at)
    if (quote < 0) {
      open.quoted += `${text.slice(at)}\n`
      return false
    }
    if (text[quote + 1] === '"') {
      open.quoted += text.slice(at, quote + 1)
      at = quote + 2
      continue
    }
    // Text between the closing quote and the delimiter is not CSV, but is kept.
    const end = text.indexOf(delimiter, quote + 1)
    open.fields.push(
      open.quoted + text.slice(at, quote) + (end < 0 ? text.slice(quote + 1) : text.slice(quote + 1, end)),
    )
    open.quoted = null
    if (end < 0) return true
    at = end + 1
  }
}
