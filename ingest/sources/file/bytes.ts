/** A file's bytes, unpacked where they are gzip, a piece at a time. */
import { once } from 'node:events'
import { open, type FileHandle } from 'node:fs/promises'
import { createGunzip, type Gunzip } from 'node:zlib'
import { SourceError } from '../source.ts'

/** As much of the start as tells one file from another. */
const HEAD_BYTES = 64 * 1024
/** Gzip gives at most about a thousand times what goes in, so that one piece unpacks to 64 MiB at the very worst. */
const PIECE_BYTES = 64 * 1024

export interface Input {
  /** The file's first 64 KiB, or all of a smaller one; packed, if it is. */
  head: Buffer
  /** In bytes; 0 where it is not known, as of a pipe. */
  size: number
  close(): Promise<void>
  /** The file's pieces, in order, once; closes the file at the end. Throws SourceError `unreadable` for a failing disk. */
  pieces(): AsyncGenerator<Buffer>
  /** Part of the file read so far, 0 to 1; null where its size is not known. */
  progress(): number | null
  /** Why the file's data ended before its end; null when it did not. Known when `pieces` has ended. */
  cut(): string | null
}

/** Opens a file, plain or gzip (told by its first bytes). Throws SourceError `not_found` or `unreadable`. */
export async function openInput(path: string): Promise<Input> {
  const { handle, size } = await openFile(path)
  let read = 0
  let cut: string | null = null
  async function readPiece(length: number): Promise<Buffer> {
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, null)
      read += bytesRead
      return buffer.subarray(0, bytesRead)
    } catch (error) {
      throw unreadable(path, error)
    }
  }
  try {
    const head = await readHead(readPiece)
    refuseOtherFormats(path, head)
    return {
      head,
      size,
      async *pieces() {
        try {
          const packed = readPieces(head, readPiece)
          if (!isGzip(head)) yield* packed
          else cut = yield* unpack(packed)
        } finally {
          await handle.close()
        }
      },
      close: () => handle.close(),
      progress: () => (size > 0 ? Math.min(1, read / size) : null),
      cut: () => cut,
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function openFile(path: string): Promise<{ handle: FileHandle; size: number }> {
  let handle: FileHandle
  try {
    handle = await open(path, 'r')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      throw new SourceError('not_found', `There is no file ${path}.`, { cause: error })
    }
    throw unreadable(path, error)
  }
  const stat = await handle.stat()
  if (!stat.isDirectory()) return { handle, size: stat.isFile() ? stat.size : 0 }
  await handle.close()
  throw new SourceError('unreadable', `${path} is a folder; name a file in it.`)
}

function unreadable(path: string, cause: unknown): SourceError {
  const why = codeOf(cause) === 'EACCES' ? 'this user may not read it' : String(cause)
  return new SourceError('unreadable', `${path} cannot be read: ${why}.`, { cause })
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

/** A pipe gives less at a time than one asks for. */
async function readHead(readPiece: (length: number) => Promise<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  while (length < HEAD_BYTES) {
    const part = await readPiece(HEAD_BYTES - length)
    if (part.length === 0) break
    parts.push(part)
    length += part.length
  }
  return Buffer.concat(parts)
}

async function* readPieces(
  head: Buffer,
  readPiece: (length: number) => Promise<Buffer>,
): AsyncGenerator<Buffer, void> {
  for (let piece = head; piece.length > 0; piece = await readPiece(PIECE_BYTES)) yield piece
}

function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b
}

/** First bytes of formats that people do have their posts in, and that are not read. */
const OTHERS: readonly [bytes: readonly number[], name: string, mend: string][] = [
  [[0x50, 0x4b, 0x03, 0x04], 'a ZIP archive or a spreadsheet', 'Unpack it, or save it as CSV, first.'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'packed with zstd', 'Unpack it with zstd -d first.'],
  [[0x42, 0x5a, 0x68], 'packed with bzip2', 'Unpack it with bunzip2 first.'],
  [[0xfd, 0x37, 0x7a, 0x58], 'packed with xz', 'Unpack it with unxz first.'],
  [[0x50, 0x41, 0x52, 0x31], 'a Parquet file', 'Write it as JSON lines first.'],
  [[0xff, 0xfe], 'UTF-16 text', 'Save it as UTF-8 first.'],
  [[0xfe, 0xff], 'UTF-16 text', 'Save it as UTF-8 first.'],
]

function refuseOtherFormats(path: string, head: Buffer): void {
  const other = OTHERS.find(([bytes]) => bytes.every((byte, index) => head[index] === byte))
  if (other !== undefined) {
    throw new SourceError('unreadable', `${path} is ${other[1]}, which is not read. ${other[2]}`)
  }
}

/**
 * Unpacks gzip, of one member or several. Everything that can be unpacked is given before the end of data that stops
 * or is damaged; what is returned then says so. One piece goes in at a time and all that comes of it is taken before
 * the next, so that an error at the end finds nothing waiting that would be lost with the stream.
 */
export async function* unpack(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer, string | null> {
  const gunzip = createGunzip()
  let unpacked: Buffer[] = []
  let failure: Error | null = null
  gunzip.on('data', (chunk: Buffer) => unpacked.push(chunk))
  gunzip.on('error', (error) => {
    failure = error
  })
  const take = () => {
    const taken = unpacked
    unpacked = []
    return taken
  }
  try {
    for await (const piece of pieces) {
      await feed(gunzip, piece)
      yield* take()
      if (failure !== null) return describeCut(failure)
    }
    const closed = once(gunzip, 'close')
    gunzip.end()
    // Its `error` is kept by the listener above; here only the end of it all is awaited.
    await closed.catch(() => null)
    yield* take()
    return failure === null ? null : describeCut(failure)
  } finally {
    gunzip.destroy()
  }
}

/** Resolves when the piece is unpacked, or cannot be. */
async function feed(gunzip: Gunzip, piece: Buffer): Promise<void> {
  await new Promise<void>((resolve) => {
    const settle = () => {
      gunzip.off('close', settle)
      resolve()
    }
    // After an error the write itself is never answered.
    gunzip.once('close', settle)
    gunzip.write(piece, settle)
  })
  // What was unpacked last is handed over in the stream's next turn.
  await new Promise<void>((resolve) => {
    setImmediate(resolve)
  })
}

function describeCut(error: Error): string {
  return codeOf(error) === 'Z_BUF_ERROR'
    ? 'The file ends in the middle of its gzip data.'
    : `The file's gzip data is damaged (${error.message}).`
}
