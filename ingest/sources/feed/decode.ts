/** A feed's bytes as text, in the encoding that it names. */

/** The encoding of HTTP's header, else of the XML declaration, else UTF-8. */
export function decodeFeed(body: Buffer, contentType: string | undefined): string {
  const label =
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
