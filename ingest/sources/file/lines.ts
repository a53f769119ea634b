/** Bytes to lines. */

/** Longest line in bytes: many times the largest post of any source, and small beside the process. */
export const LINE_MAX = 1024 * 1024
/** Kept of a longer line, for its dead letter. */
const KEPT_BYTES = 8_000

export interface Line {
  /** From 1; the file's own count. */
  number: number
  /** Without its line end. Of a line that is too long, the start. */
  bytes: Buffer
  tooLong: boolean
}

export interface LineSplitter {
  /** The lines that end in this piece. Their bytes may share memory with it. */
  push(piece: Buffer): Line[]
  /** The last line, if it has no line end. */
  end(): Line | null
  /** Lines so far. */
  count(): number
}

const LF = 0x0a
const CR = 0x0d
const BOM = Buffer.from([0xef, 0xbb, 0xbf])

/** Makes a splitter that holds one line at most. */
export function createLineSplitter(): LineSplitter {
  let number = 0
  let parts: Buffer[] = []
  let length = 0

  function keep(part: Buffer): void {
    // Beyond the bound only the length is needed.
    if (length <= LINE_MAX) parts.push(part)
    length += part.length
    if (length > LINE_MAX && parts.length > 0) {
      parts = [Buffer.concat(parts).subarray(0, KEPT_BYTES)]
    }
  }

  function finish(last: Buffer): Line {
    const tooLong = length + last.length > LINE_MAX
    let bytes = last
    if (length > 0) {
      keep(last)
      bytes = Buffer.concat(parts)
      parts = []
      length = 0
    }
    if (tooLong) bytes = bytes.subarray(0, KEPT_BYTES)
    else if (bytes.at(-1) === CR) bytes = bytes.subarray(0, -1)
    number += 1
    if (number === 1 && bytes.subarray(0, 3).equals(BOM)) bytes = bytes.subarray(3)
    return { number, bytes, tooLong }
  }

  return {
    push(piece) {
      const lines: Line[] = []
      let start = 0
      for (let end = piece.indexOf(LF); end >= 0; end = piece.indexOf(LF, start)) {
        lines.push(finish(piece.subarray(start, end)))
        start = end + 1
      }
      if (start < piece.length) keep(piece.subarray(start))
      return lines
    },
    end() {
      return length > 0 ? finish(Buffer.alloc(0)) : null
    },
    count: () => number,
  }
}
