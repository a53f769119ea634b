/** One drill's night after the other, without end: each with posts of its own, so that nothing is known from before. */
import { createDrillSource } from '../../../ingest/sources/drill/source.ts'
import type { Normalize } from '../../../ingest/normalize.ts'
import type { Source, SourceBatch } from '../../../ingest/sources/source.ts'

const HOUR_MS = 3_600_000

export interface NightsOptions {
  /** Seconds of the night for each second on the wall, or as fast as it is taken. */
  speed: number | 'max'
  /** When the first night begins, epoch ms; the next begins at the hour after the last post. */
  startAt: number
  normalize: Normalize
}

export function createNightsSource({ speed, startAt, normalize }: NightsOptions): Source {
  return {
    name: 'drill:nights',
    live: false,
    status: () => ({
      source: 'drill:nights',
      state: 'running',
      detail: 'Nights without end.',
      since: startAt,
    }),
    async *read(_, signal) {
      let begin = startAt
      for (let night = 1; !signal.aborted; night++) {
        const drill = createDrillSource({ scenario: null, seed: night, speed, startAt: begin, normalize })
        let last = begin
        for await (const batch of drill.read(null, signal)) {
          last = batch.posts.at(-1)?.createdAt ?? last
          yield ofNight(batch, night)
        }
        begin = (Math.floor(last / HOUR_MS) + 1) * HOUR_MS
      }
    },
  }
}

/** Ids of another night are other posts. */
function ofNight(batch: SourceBatch, night: number): SourceBatch {
  const mark = (id: string | null): string | null => (id === null ? null : `${id}-${night}`)
  const posts = batch.posts.map((post) => ({
    ...post,
    id: `${post.id}-${night}`,
    replyTo: mark(post.replyTo),
    repostOf: mark(post.repostOf),
    quoteOf: mark(post.quoteOf),
  }))
  return { ...batch, posts, position: null }
}
