/** A feed's bytes as text, in the encoding that it names. */

/** Marks at the beginning, which stand above all else that names an encoding (RFC 7303, section 3.3). */
const MARKS: readonly (readonly [bytes: readonly number[], encoding: string])[] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xfe, 0xff], 'utf-16be'],
  [[0xff, 0xfe], 'utf-16le'],
]

/** The encoding that its first bytes mark, else of HTTP's header, else of the XML declaration, else UTF-8. */
export function decodeFeed(body: Buffer, contentType: string | undefined): string {
  const label =
    MARKS.find(([bytes]) => bytes.every((byte, at) => body[at] === byte))?.[1] ??
    /charset="?([\w-]+)/i.exec(contentType ?? '')?.[1] ??
    /^\s*<\?xml[^>]*\sencoding=["']([\w-]+)["']/.exec(body.toString('latin1', 0, 200))?.[1] ??
    'utf-8'
  try {
    return new TextDecoder(label).decode(body)
  } catch {
    // An encoding that does not exist; nearly everything is UTF-8.
    return new TextDecoder().decode(body)
  }
}
