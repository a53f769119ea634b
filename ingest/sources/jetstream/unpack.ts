/**
 * Compressed frames: each message is one zstd frame (RFC 8878), packed with a dictionary that both sides have. The first
 * version's dictionary (id 1612007021) comes with Jetstream's source; a server of the second gives its own to who asks.
 */
import { readFileSync } from 'node:fs'
import { createDCtx, decompressUsingDict, init } from '@bokuweb/zstd-wasm'
import { requestBytes } from '../net/http.ts'
import { SourceError } from '../source.ts'

/** Those in use are 110 kB. */
const DICTIONARY_MAX_BYTES = 4 * 1024 * 1024
const FRAME_MAGIC = 0xfd2fb528
const DICTIONARY_MAGIC = 0xec30a437

export interface Dictionary {
  id: number
  bytes: Buffer
}

/** Gives the unpacked frame, or null for what is no frame of this dictionary or larger than `maxBytes`. */
export type Unpack = (frame: Buffer) => Buffer | null

/** Throws SourceError `not_found` or `unreadable`. */
export function readDictionary(path: string): Dictionary {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    throw new SourceError('not_found', `The dictionary ${path} cannot be read.`, { cause })
  }
  const dictionary = toDictionary(bytes)
  if (dictionary === null)
    throw new SourceError('unreadable', `${path} is no zstd dictionary (RFC 8878, section 5).`)
  return dictionary
}

/** The dictionary that a server of the second version packs with now. Rejects where it gives none. */
export async function fetchDictionary(stream: string, signal: AbortSignal): Promise<Dictionary> {
  const url = new URL(stream.replace(/^ws/, 'http'))
  url.pathname = '/xrpc/network.bsky.jetstream.getZstdDictionary'
  url.search = ''
  const { status, body } = await requestBytes(url.href, { maxBytes: DICTIONARY_MAX_BYTES, signal })
  const dictionary = status === 200 ? toDictionary(body) : null
  if (dictionary === null) throw new Error(`${url.host} gives no dictionary (status ${status})`)
  return dictionary
}

function toDictionary(bytes: Buffer): Dictionary | null {
  if (bytes.length < 8 || bytes.readUInt32LE(0) !== DICTIONARY_MAGIC) return null
  return { id: bytes.readUInt32LE(4), bytes }
}

let ready: Promise<void> | null = null

/** Begins the library, once: it loses what it holds when it is begun a second time. */
export async function beginZstd(): Promise<void> {
  await (ready ??= init())
}

/** Makes an unpacker. Costs some 20 µs a frame, most of it for the dictionary: it is for lines that are narrow. */
export async function createUnpack({ id, bytes }: Dictionary, maxBytes: number): Promise<Unpack> {
  await beginZstd()
  const context = createDCtx()
  return function unpack(frame) {
    const head = readHead(frame)
    // The library trusts the size that a frame claims, so that it is looked at first.
    if (head === null || head.dictionary !== id || head.size > maxBytes) return null
    try {
      return Buffer.from(decompressUsingDict(context, frame, bytes, { defaultHeapSize: maxBytes }))
    } catch {
      // The caller sets it aside as what it is.
      return null
    }
  }
}

/** The dictionary's id and the size that a frame's header claims (0 where it claims none); null: no header. */
function readHead(frame: Buffer): { dictionary: number; size: number } | null {
  if (frame.length < 6 || frame.readUInt32LE(0) !== FRAME_MAGIC) return null
  const descriptor = frame[4]!
  const single = (descriptor & 0x20) !== 0
  const idBytes = [0, 1, 2, 4][descriptor & 3]!
  const sizeFlag = descriptor >> 6
  const sizeBytes = sizeFlag === 0 ? (single ? 1 : 0) : 1 << sizeFlag
  const idAt = single ? 5 : 6
  const sizeAt = idAt + idBytes
  if (frame.length < sizeAt + sizeBytes) return null
  const dictionary = idBytes === 0 ? 0 : frame.readUIntLE(idAt, idBytes)
  if (sizeBytes === 0) return { dictionary, size: 0 }
  const size = sizeBytes === 8 ? Number(frame.readBigUInt64LE(sizeAt)) : frame.readUIntLE(sizeAt, sizeBytes)
  return { dictionary, size: sizeBytes === 2 ? size + 256 : size }
}
