/** JSON lines: a record a line, or several in an array. */
import { toWellFormed } from '../../base/well-formed.ts'
import { fieldsOf } from '../shapes/shape.ts'
import type { Line } from './lines.ts'
import { decode, describeTooLong, type FileRecord, type RecordReader } from './record.ts'

/** What the parser quotes of the line, in which accounts are not hashed. */
const QUOTED = /(?:, )?(?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s

export function createJsonReader(): RecordReader {
  return { showsCuts: true, needsHeader: () => false, push: readJsonLine, end: () => [] }
}

function readJsonLine(line: Line): FileRecord[] {
  const { raw, invalidUtf8 } = decode(line.bytes)
  const { number } = line
  const common = { line: number, lastLine: number, part: '', payload: line.bytes, raw, invalidUtf8 }
  if (line.tooLong) return [{ ...common, outcome: describeTooLong(line) }]
  let value: unknown
  try {
    value = JSON.parse(raw)
  } catch (error) {
    if (raw.trim() === '') return []
    const why = error instanceof Error ? error.message.replace(QUOTED, '') : String(error)
    // What it does not understand may be half of a character.
    const detail = toWellFormed(`Line ${number} is not JSON${why === '' ? '' : `: ${why.slice(0, 200)}`}.`)
    return [{ ...common, outcome: { ok: false, reason: 'not_json', detail } }]
  }
  if (!Array.isArray(value)) return [{ ...common, outcome: toFields(value, number) }]
  return value.map((item: unknown, index) => ({
    ...common,
    // The line is done with when its last record is.
    lastLine: index === value.length - 1 ? number : number - 1,
    part: `.${index + 1}`,
    outcome: toFields(item, number),
  }))
}

function toFields(value: unknown, line: number): FileRecord['outcome'] {
  const fields = fieldsOf(value)
  return fields === null
    ? {
        ok: false,
        reason: 'unknown_shape',
        detail: `Line ${line} is JSON, but no object with a post's fields.`,
      }
    : { ok: true, fields, json: true }
}
