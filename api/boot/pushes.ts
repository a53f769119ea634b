/** Who may push: the senders of the configuration, each with its source, its token and its quota. */
import { hash, timingSafeEqual } from 'node:crypto'
import type { Normalize } from '../../ingest/normalize.ts'
import { digestBody } from '../../ingest/sources/push/body.ts'
import { createIntake } from '../../ingest/sources/push/intake.ts'
import type { Pushes, PushSender, PushTarget } from '../../ingest/sources/push/port.ts'
import { createQuota, type Quota } from '../../ingest/sources/push/quota.ts'
import { createPushSource } from '../../ingest/sources/push/source.ts'
import { createUploadSource } from '../../ingest/sources/push/upload.ts'
import type { Source } from '../../ingest/sources/source.ts'
import type { Topics } from './backends.ts'

/** A night of a million posts, packed, is a tenth of this. */
const BYTES_MAX = 1024 ** 3

export interface PushesOptions {
  topics: Pick<Topics, 'posts' | 'deadLetters'>
  normalize: Normalize
  senders: readonly PushSender[]
}

export interface RunningPushes {
  pushes: Pushes
  /** For the ingest role: one for each sender, and that of the desk's own uploads. */
  sources(): Source[]
  /** Other senders, from now on; those that stay keep their counts. */
  update(senders: readonly PushSender[]): void
}

interface Entry {
  sender: PushSender
  source: Source
  quota: Quota
  target: PushTarget
}

export function createPushes({ topics, normalize, senders }: PushesOptions): RunningPushes {
  const entries = new Map<string, Entry>()

  function makeEntry(sender: PushSender): Entry {
    const source = createPushSource(`push:${sender.name}`)
    const quota = createQuota(sender.postsPerMinute, () => performance.now())
    const take = createIntake({
      name: source.name,
      normalize,
      ...topics,
      allow: () => quota.take(),
      onTaken: (counts) => source.note(counts),
    })
    const noteAgain = (records: number) =>
      source.note({ received: records, accepted: 0, duplicate: records, dead: 0, lastEventAt: null })
    return { sender, source, quota, target: { take, digest: digestBody, noteAgain, bytesMax: BYTES_MAX } }
  }

  function update(next: readonly PushSender[]): void {
    const names = new Set(next.map(({ name }) => name))
    for (const name of entries.keys()) if (!names.has(name)) entries.delete(name)
    for (const sender of next) {
      const entry = entries.get(sender.name) ?? makeEntry(sender)
      entry.sender = sender
      entry.quota.set(sender.postsPerMinute)
      entry.target = { ...entry.target, bytesMax: sender.bytesMax ?? BYTES_MAX }
      entries.set(sender.name, entry)
    }
  }
  update(senders)

  const uploads = createUploadSource('push:upload')
  const takeUpload = createIntake({
    name: uploads.name,
    normalize,
    ...topics,
    allow: () => 0,
    onTaken: (counts) => uploads.note(counts),
  })
  return {
    pushes: {
      open(name, token) {
        const entry = entries.get(name)
        return entry !== undefined && sameToken(token, entry.sender.token) ? entry.target : null
      },
      upload: { take: takeUpload, digest: digestBody, noteAgain: () => {}, bytesMax: BYTES_MAX },
    },
    sources: () => [...[...entries.values()].map(({ source }) => source), uploads],
    update,
  }
}

function sameToken(given: string, wanted: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', wanted, 'buffer'))
}
