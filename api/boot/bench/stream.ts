/** A live source under a flood: a local Jetstream in a process of its own sends as fast as it is read. */
import { createNormalizer } from '../../../ingest/normalize.ts'
import { createJetstreamSource } from '../../../ingest/sources/jetstream.ts'
import { startSender } from './load/sent.ts'
import { timeOnce, type Figure } from './measure.ts'

/** 30 s at 20,000 a second: long enough for memory to show whether it grows. */
const EVENTS = 600_000
/** Memory is looked at after this many, when the commits that are remembered have reached their bound, and at the end. */
const SETTLED = 300_000

export async function measureStream(signal: AbortSignal): Promise<Figure> {
  const sender = await startSender('mixed', 'stream', 0, EVENTS)
  try {
    const source = createJetstreamSource({
      urls: [sender.url],
      normalize: createNormalizer({ authorKey: 'bench'.repeat(8) }),
    })
    const stop = new AbortController()
    let read = 0
    let settled = 0
    const figure = await timeOnce('source, live', EVENTS, async () => {
      sender.start()
      for await (const batch of source.read(null, AbortSignal.any([signal, stop.signal]))) {
        read += batch.posts.length
        if (settled === 0 && read >= SETTLED) settled = process.memoryUsage.rss()
        if (read >= EVENTS) stop.abort()
      }
    })
    if (read !== EVENTS) throw new Error(`the source gave ${read} posts instead of ${EVENTS}`)
    const grown = Math.round((process.memoryUsage.rss() - settled) / 2 ** 20)
    return {
      ...figure,
      note: `Jetstream from a local server, ${EVENTS / 1_000}k posts; memory ${grown < 0 ? '' : '+'}${grown} MB since ${SETTLED / 1_000}k`,
    }
  } finally {
    await sender.stop()
  }
}
