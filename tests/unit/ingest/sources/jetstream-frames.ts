/** What the tests of the Bluesky source share: posts named by their second. */
import { createJetstreamSource } from '../../../../ingest/sources/jetstream.ts'
import type { Source } from '../../../../ingest/sources/source.ts'
import type { Frame } from '../../../services/jetstream.ts'
import { TIMING, type Followed } from './follow.ts'
import { normalize } from './read.ts'

export const T0 = Date.UTC(2024, 10, 6, 3, 0)

/** The post of second `s`. */
export function frame(s: number): Frame {
  const at = Math.round(T0 + s * 1_000)
  return {
    did: 'did:plc:voter',
    time_us: at * 1_000,
    kind: 'commit',
    commit: {
      operation: 'create',
      collection: 'app.bsky.feed.post',
      rkey: `r${s}`,
      cid: `bafy${s}`,
      record: { text: `Second ${s} of the count`, createdAt: new Date(at - 500).toISOString() },
    },
  }
}

/** What became, at second `s`, of the post of second `of`. */
export function changed(s: number, operation: 'update' | 'delete', of: number): Frame {
  const { commit, ...rest } = frame(of)
  const { rkey, collection, ...content } = commit as Record<string, unknown>
  const record = operation === 'update' ? { ...content, cid: 'bafyedited' } : { rev: '3lgone' }
  return { ...rest, time_us: (T0 + s * 1_000) * 1_000, commit: { ...record, operation, collection, rkey } }
}

export function idsOf(seconds: readonly number[]): string[] {
  return seconds.map((s) => `bluesky:did:plc:voter/r${s}`)
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}

export function createSource(urls: readonly string[], timing: Partial<typeof TIMING> = {}): Source {
  return createJetstreamSource({ urls, normalize, random: () => 0, timing: { ...TIMING, ...timing } })
}

/** Coverage in seconds since T0. */
export function inSeconds({ coverage }: Followed) {
  return coverage().map(({ kind, from, to }) => [kind, (from - T0) / 1_000, (to - T0) / 1_000])
}
