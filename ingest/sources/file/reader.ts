/** A file's records: from its pieces to lines, to JSON lines or CSV. */
import { SourceError } from '../source.ts'
import { createCsvReader } from './csv.ts'
import { createJsonReader } from './json.ts'
import type { Input } from './bytes.ts'
import { createLineSplitter, type Line } from './lines.ts'
import { failedLine, type FileRecord, type RecordReader } from './record.ts'

/**
 * The records of the file beyond line `skip`, a piece at a time. Data that was cut ends with a record that failed for
 * `truncated_input`. Throws SourceError `unreadable`.
 */
export async function* readRecords(
  path: string,
  input: Input,
  skip: number,
): AsyncGenerator<readonly FileRecord[], void> {
  const splitter = createLineSplitter()
  const reader: { current: RecordReader | null } = { current: null }
  const readLine = (line: Line): readonly FileRecord[] => {
    reader.current ??= chooseReader(path, line)
    if (reader.current === null) return []
    return line.number > skip || reader.current.needsHeader() ? reader.current.push(line) : []
  }
  for await (const piece of input.pieces()) {
    const records: FileRecord[] = []
    for (const line of splitter.push(piece)) {
      for (const record of readLine(line)) records.push(record)
    }
    yield records
  }
  const wholeLines = splitter.count()
  const rest = splitter.end()
  const cut = input.cut()
  const failed = { ok: false, reason: 'truncated_input', detail: cut ?? '' } as const
  const last: FileRecord[] = []
  if (rest !== null) {
    const trusted = cut === null || reader.current?.showsCuts !== false
    last.push(...(trusted ? readLine(rest) : [failedLine(rest, failed)]))
  }
  last.push(...(reader.current?.end() ?? []))
  if (cut !== null) {
    const broken = last.findIndex((record) => !record.outcome.ok)
    const place = { number: wholeLines + 1, bytes: Buffer.alloc(0), tooLong: false }
    if (broken < 0) last.push(failedLine(place, failed))
    for (const [index, record] of last.entries())
      if (!record.outcome.ok) last[index] = { ...record, outcome: failed }
  }
  // A last line without its end is read again should the file have grown.
  yield last.map((record) => ({ ...record, lastLine: Math.min(record.lastLine, wholeLines) }))
}

/** JSON lines or CSV: the file's name says which, or its first line that is not blank; null while there was none. */
function chooseReader(path: string, line: Line): RecordReader | null {
  const first = line.bytes.toString('utf8').trim()
  if (first === '') return null
  const name = path.toLowerCase().replace(/\.gz$/, '')
  if (/\.(csv|tsv)$/.test(name)) return createCsvReader()
  if (first === '[') {
    throw new SourceError('unreadable', `${path} is one JSON array; write it as JSON lines (jq -c '.[]').`)
  }
  return /\.(jsonl|ndjson|json)$/.test(name) || first.startsWith('{') || first.startsWith('[')
    ? createJsonReader()
    : createCsvReader()
}
