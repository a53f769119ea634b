/** A live source under a flood: a local Jetstream in a process of its own sends as fast as it is read. */
import { createNormalizer } from '../../../ingest/normalize.ts'
import { createJetstreamSource } from '../../../ingest/sources/jetstream.ts'
import type { Source } from '../../../ingest/sources/source.ts'
import { frameText } from './load/frames.ts'
import { createLoad } from './load/load.ts'
import { startSender } from './load/sent.ts'
import { measure, timeOnce, type Figure } from './measure.ts'
import { measureWhole } from './whole.ts'

/** 30 s at 20,000 a second: long enough for memory to show whether it grows. */
const EVENTS = 600_000
/** Memory is looked at after this many, when the commits that are remembered have reached their bound, and at the end. */
const SETTLED = 300_000
/** The whole way costs several times as much; this many fill every buffer on it. */
const WHOLE_EVENTS = 120_000
/** Frames parsed for the ceiling: enough for a figure, and 50 MB. */
const PARSED = 100_000

/** `JSON.parse` of the same frames, the source alone, and the whole way from the socket into the store. */
export async function measureStream(folder: string, signal: AbortSignal): Promise<Figure[]> {
  return [await measureFrames(), await measureLive(signal), ...(await measureToStore(folder, signal))]
}

function measureFrames(): Promise<Figure> {
  const load = createLoad('mixed', 'stream')
  const frames = Array.from({ length: PARSED }, () => Buffer.from(frameText(load.next(), Date.now() * 1_000)))
  return measure(
    'JSON.parse, frames',
    PARSED,
    () => {
      for (const one of frames) JSON.parse(one.toString('utf8'))
    },
    'the same frames, nothing else',
  )
}

async function measureLive(signal: AbortSignal): Promise<Figure> {
  return await withServer(EVENTS, async (source) => {
    let settled = 0
    const figure = await timeOnce('source, live', EVENTS, async () => {
      for await (const read of readUpTo(source, EVENTS, signal))
        if (settled === 0 && read >= SETTLED) settled = process.memoryUsage.rss()
    })
    const grown = Math.round((process.memoryUsage.rss() - settled) / 2 ** 20)
    const memory = `memory ${grown < 0 ? '' : '+'}${grown} MB since ${SETTLED / 1_000}k`
    return { ...figure, note: `${EVENTS / 1_000}k posts from a local server; ${oneCore(figure)}; ${memory}` }
  })
}

/** Embedded: judged, stored, counted and sealed, the page being asked for meanwhile. */
async function measureToStore(folder: string, signal: AbortSignal): Promise<Figure[]> {
  return await withServer(WHOLE_EVENTS, async (live) => {
    const finite: Source = {
      ...live,
      live: false,
      async *read(position, stop) {
        let read = 0
        for await (const batch of live.read(position, AbortSignal.any([signal, stop]))) {
          yield batch
          read += batch.received
          if (read >= WHOLE_EVENTS) return
        }
      },
    }
    const figures = await measureWhole(finite, WHOLE_EVENTS, folder)
    return figures.map((figure) => ({
      ...figure,
      stage: 'live, whole way',
      note: `from the socket into the store; ${oneCore(figure)}; ${figure.note}`,
    }))
  })
}

function oneCore({ cpuMicros }: Figure): string {
  return `one core takes ${Math.round(1e6 / cpuMicros).toLocaleString('en-US')} a second`
}

/** How many were read, after each batch, until all are. */
async function* readUpTo(source: Source, count: number, signal: AbortSignal): AsyncGenerator<number, void> {
  const stop = new AbortController()
  let read = 0
  for await (const batch of source.read(null, AbortSignal.any([signal, stop.signal]))) {
    read += batch.posts.length
    yield read
    if (read >= count) stop.abort()
  }
  if (read !== count) throw new Error(`the source gave ${read} posts instead of ${count}`)
}

async function withServer<T>(count: number, work: (source: Source) => Promise<T>): Promise<T> {
  const sender = await startSender('mixed', 'stream', 0, count)
  try {
    const normalize = createNormalizer({ authorKey: 'bench'.repeat(8) })
    sender.start()
    return await work(createJetstreamSource({ urls: [sender.url], normalize }))
  } finally {
    await sender.stop()
  }
}
