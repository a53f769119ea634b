/** What a push sends: its bytes unpacked, bounded and hashed, and the records in them. */
import { createHash } from 'node:crypto'
import { unpack } from '../file/bytes.ts'
import { createCsvReader } from '../file/csv.ts'
import { createJsonReader } from '../file/json.ts'
import { createLineSplitter, LINE_MAX } from '../file/lines.ts'
import type { FileRecord, RecordReader } from '../file/record.ts'
import type { PushRequest } from './port.ts'

/** Gzip gives at most about a thousand times what goes in: what one step unpacks is 8 MiB at the very worst. */
const PACKED_BYTES = 8 * 1024

/** A body that cannot be read on. `line` is where it stood. */
export class BodyError extends Error {
  override name = 'BodyError'
  constructor(
    readonly code: 'too_large' | 'bad_gzip' | 'cut_off',
    readonly line: number | null,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

export type BodyOptions = Pick<PushRequest, 'format' | 'gzip' | 'bytesMax'>

export interface Body {
  /** The records of each piece as it comes, in order, once. Throws BodyError. Reads no further than it is asked. */
  records(): AsyncGenerator<readonly FileRecord[], void>
  /** SHA-256 (hex) of what was read, unpacked. */
  digest(): string
}

/** Reads a body. Memory stays flat: a piece, and a line of at most 1 MiB; a whole `json` body of that length. */
export function openBody(bytes: AsyncIterable<Uint8Array>, options: BodyOptions): Body {
  const { format, bytesMax } = options
  const hash = createHash('sha256')
  let size = 0
  let lines = 0

  async function* plain(): AsyncGenerator<Uint8Array, void> {
    try {
      yield* bytes
    } catch (cause) {
      throw new BodyError('cut_off', lines + 1, 'the body was cut off', { cause })
    }
  }

  async function* unpacked(): AsyncGenerator<Uint8Array, void> {
    const cut = yield* unpack(inSteps(plain()))
    if (cut !== null)
      throw new BodyError('bad_gzip', lines + 1, 'the gzip data is damaged, or ends too early')
  }

  async function* pieces(): AsyncGenerator<Buffer, void> {
    for await (const piece of options.gzip ? unpacked() : plain()) {
      size += piece.length
      if (size > bytesMax) {
        throw new BodyError('too_large', lines + 1, `the body is larger than ${bytesMax} bytes, unpacked`)
      }
      hash.update(piece)
      yield Buffer.from(piece.buffer, piece.byteOffset, piece.length)
    }
  }

  async function* readLines(reader: RecordReader): AsyncGenerator<readonly FileRecord[], void> {
    const splitter = createLineSplitter()
    for await (const piece of pieces()) {
      const records = splitter.push(piece).flatMap((line) => reader.push(line))
      lines = splitter.count()
      yield records
    }
    const rest = splitter.end()
    yield [...(rest === null ? [] : reader.push(rest)), ...reader.end()]
  }

  async function* readWhole(): AsyncGenerator<readonly FileRecord[], void> {
    const parts: Buffer[] = []
    for await (const piece of pieces()) {
      if (size > LINE_MAX) {
        const mend = 'send more as JSON lines (application/x-ndjson)'
        throw new BodyError('too_large', null, `a JSON body may have ${LINE_MAX} bytes: ${mend}`)
      }
      parts.push(piece)
    }
    const records = createJsonReader().push({ number: 1, bytes: Buffer.concat(parts), tooLong: false })
    // Whoever sends an array counts its items.
    yield records.map((record, index) => ({ ...record, line: index + 1, part: '' }))
  }

  return {
    records: () =>
      format === 'json' ? readWhole() : readLines(format === 'csv' ? createCsvReader() : createJsonReader()),
    digest: () => hash.copy().digest('hex'),
  }
}

/** SHA-256 (hex) of a body, unpacked; null where it cannot be read to its end. */
export async function digestBody(
  bytes: AsyncIterable<Uint8Array>,
  options: BodyOptions,
): Promise<string | null> {
  // Lines are not looked at: as one document it would be held whole.
  const body = openBody(bytes, { ...options, format: 'jsonl' })
  try {
    const pieces = body.records()
    while (!(await pieces.next()).done);
    return body.digest()
  } catch (error) {
    if (error instanceof BodyError) return null
    throw error
  }
}

async function* inSteps(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void> {
  for await (const piece of bytes) {
    for (let start = 0; start < piece.length; start += PACKED_BYTES)
      yield Buffer.from(piece.subarray(start, start + PACKED_BYTES))
  }
}
