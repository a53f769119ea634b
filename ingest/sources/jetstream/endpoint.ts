/** One address of Jetstream: which version it speaks there, and what is asked of it. */
import { collectionsWanted } from '../shapes/jetstream.ts'
import type { Refusal } from '../net/refusal.ts'
import { wordsOf } from '../net/refusal.ts'
import { SourceError } from '../source.ts'
import { createUnpack, fetchDictionary, type Dictionary, type Unpack } from './unpack.ts'

const V1_PATH = '/subscribe'
const V2_PATH = '/xrpc/network.bsky.jetstream.subscribeEvents'

/**
 * No record of this network may be larger than 1 MiB, and JSON makes of a byte six at most: what is larger is no record.
 * Asked of the server too, so that no single message ends the connection over and over.
 */
export const FRAME_MAX_BYTES = 8 * 1024 * 1024

export interface Endpoint {
  readonly address: string
  /** The subprotocols to offer. */
  protocols(): readonly string[]
  /** What undoes its packing; null: it does not pack. Rejects where it should and gives no dictionary. */
  unpacker(signal: AbortSignal): Promise<Unpack | null>
  /** The whole address, from `cursorUs` (epoch µs) or live. */
  urlFrom(cursorUs: number | null): string
  /** Learns from a refusal what to ask for next time. */
  refused(refusal: Refusal): void
}

/**
 * `wss://host` alone is asked for the first version, which servers of the second have too, and for the second where it
 * has not; with a path it is that version. With `?compress=true` frames come packed: the first version needs
 * `dictionary`. Throws SourceError `bad_spec` without it.
 *
 * Positions are times in both versions: sequence numbers belong to one instance, and begin anew where it lost its store.
 */
export function createEndpoint(address: string, dictionary: Dictionary | null, likes = false): Endpoint {
  const base = new URL(address)
  const fixed = base.pathname !== '/'
  const packs = base.searchParams.get('compress') === 'true'
  base.searchParams.delete('compress')
  let second = base.pathname === V2_PATH
  if (packs && fixed && !second && dictionary === null) {
    throw new SourceError(
      'bad_spec',
      `"${address}" asks for compressed frames, and their dictionary is not there. Name its file in TALLYWATCH_JETSTREAM_DICTIONARY, or leave out compress=true.`,
    )
  }
  let tooOld = false
  let fetched: Dictionary | null = null

  function packing(): Dictionary | null {
    if (!packs) return null
    return second ? fetched : dictionary
  }

  return {
    address,
    protocols: () => (second ? ['xrpc.v1.json'] : []),
    async unpacker(signal) {
      if (packs && second) fetched ??= await fetchDictionary(address, signal)
      const used = packing()
      return used === null ? null : createUnpack(used, FRAME_MAX_BYTES)
    },
    urlFrom(cursorUs) {
      const url = new URL(base)
      if (!fixed) url.pathname = second ? V2_PATH : V1_PATH
      const { searchParams: query } = url
      const names = second ? 'collections' : 'wantedCollections'
      for (const collection of collectionsWanted(likes)) query.append(names, collection)
      if (second) for (const kind of ['commit', 'account', 'sync']) query.append('kinds', kind)
      query.append('maxMessageSizeBytes', String(FRAME_MAX_BYTES))
      const used = packing()
      if (used !== null) query.append(...(second ? pack2(used) : PACK_1))
      if (cursorUs !== null && !tooOld) query.append('cursor', String(cursorUs))
      tooOld = false
      return url.href
    },
    refused(refusal) {
      const words = wordsOf(refusal) ?? ''
      if (refusal.status === 404 && !fixed) second = !second
      // What it no longer has is lost: the next try begins at its present, and the gap shows by the commit that is not back.
      if (words.startsWith('CursorTooOld')) tooOld = true
      if (words.startsWith('UnknownZstdDictionary')) fetched = null
    },
  }
}

const PACK_1: [string, string] = ['compress', 'true']

function pack2({ id }: Dictionary): [string, string] {
  return ['zstdDictionary', String(id)]
}
