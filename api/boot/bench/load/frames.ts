/** A load as Jetstream sends it (version 1), in the bytes of WebSocket text frames (RFC 6455, section 5.2). */
import type { LoadPost } from './load.ts'

const HEAD_BYTES = 4
/** Shorter than this a frame has another head; none of ours is. */
const LENGTH_16_MIN = 126
const LENGTH_16_MAX = 65_535

/** A TID has 13 characters of base 32. Those of a load follow its serial numbers. */
function rkeyOf(serial: number): string {
  return `3l${serial.toString(32).padStart(11, '0')}`
}

function didOf(account: number): string {
  return `did:plc:${account.toString(32).padStart(24, '0')}`
}

/** The commit that a post is; `timeUs`, epoch µs, is when the server says that it saw it. */
export function frameText(post: LoadPost, timeUs: number): string {
  const { serial, account, of, lang, text } = post
  const createdAt = new Date(timeUs / 1_000).toISOString()
  const record =
    of === null
      ? `{"$type":"app.bsky.feed.post","createdAt":"${createdAt}","langs":["${lang}"],"text":"${text}"}`
      : `{"$type":"app.bsky.feed.repost","createdAt":"${createdAt}","subject":{"cid":"${cidOf(of.serial)}",` +
        `"uri":"at://${didOf(of.account)}/app.bsky.feed.post/${rkeyOf(of.serial)}"}}`
  return (
    `{"did":"${didOf(account)}","time_us":${timeUs},"kind":"commit","commit":{"rev":"3l3qo2vutsw2b",` +
    `"operation":"create","collection":"app.bsky.feed.${of === null ? 'post' : 'repost'}",` +
    `"rkey":"${rkeyOf(serial)}","record":${record},"cid":"${cidOf(serial)}"}}`
  )
}

function cidOf(serial: number): string {
  return `bafyrei${serial.toString(32).padStart(52, '0')}`
}

/** Room for a frame with a text of this grammar, in whatever letters. */
export const FRAME_MAX_BYTES = 8_192

/** Writes the frame at `at` and gives where it ends. Throws RangeError where its size needs another head. */
export function writeFrame(bytes: Buffer, at: number, text: string): number {
  const size = bytes.write(text, at + HEAD_BYTES)
  if (size < LENGTH_16_MIN || size > LENGTH_16_MAX) throw new RangeError(`a frame of ${size} bytes`)
  bytes[at] = 0x81
  bytes[at + 1] = LENGTH_16_MIN
  bytes.writeUInt16BE(size, at + 2)
  return at + HEAD_BYTES + size
}
