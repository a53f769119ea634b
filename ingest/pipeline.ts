/** From a source to the topic: publishes what the source reads and saves its position once that is durable. */
import type { DeadLetter, Post, StreamRecord } from './contract.ts'
import type { Position, Source, SourceBatch } from './sources/source.ts'
import type { Topic, TopicRecord } from './topic/topic.ts'

/** Positions are saved at most this often: each save is a synced write, and a crash repeats at most this much. */
const SAVE_EVERY_MS = 500

/** What this pipeline keeps under the source's name: the source's position and what was read up to it. */
interface Saved {
  position: Position
  received: number
  /** Newest event time published, epoch ms; null before the first post. */
  lastEventAt: number | null
}

export interface IngestProgress {
  /** Payloads read so far, over all runs of this source. */
  received: number
  /** Part of the source read, 0 to 1, where that is known. */
  progress: number | null
  /** Newest event time, epoch ms. */
  lastEventAt: number | null
}

export interface IngestOptions {
  source: Source
  posts: Topic<StreamRecord>
  deadLetters: Topic<DeadLetter>
  onProgress?: (progress: IngestProgress) => void
}

/**
 * Reads the source to its end, or until `signal` aborts. When it resolves, everything published is durable and the
 * position is saved. Rejects with what the source or the topic threw; the position then stands at the last durable
 * batch, so that running again loses nothing.
 */
export async function runIngest(options: IngestOptions, signal: AbortSignal): Promise<IngestProgress> {
  const { source, posts, deadLetters } = options
  const before = (await posts.loadPosition(source.name)) as Saved | null
  const state: Saved = before ?? { position: null, received: 0, lastEventAt: null }
  const saver = createSaver((saved) => posts.savePosition(source.name, saved))
  const report = (progress: number | null): IngestProgress => {
    const now = { received: state.received, lastEventAt: state.lastEventAt, progress }
    options.onProgress?.(now)
    return now
  }
  try {
    for await (const batch of source.read(state.position, signal)) {
      saver.check()
      const taken = await Promise.all([
        posts.publish(toRecords(source.name, batch)),
        deadLetters.publish(batch.deadLetters.map((value) => ({ key: value.id, value }))),
      ])
      state.position = batch.position
      state.received += batch.received
      state.lastEventAt = newest(state.lastEventAt, batch.posts)
      saver.add({ ...state }, Promise.all(taken.map((published) => published.durable)))
      report(batch.progress)
    }
    if (!signal.aborted && !source.live && state.lastEventAt !== null) {
      const ended = await posts.publish(endRecords(source.name, state.lastEventAt, posts.partitions))
      saver.add({ ...state }, ended.durable)
    }
  } finally {
    await saver.finish()
  }
  saver.check()
  return report(source.live ? null : 1)
}

/** A repost travels with what it reposts, so that the original is judged first. */
function keyOf(post: Post): string {
  return post.repostOf ?? post.id
}

function toRecords(source: string, batch: SourceBatch): TopicRecord<StreamRecord>[] {
  const records: TopicRecord<StreamRecord>[] = batch.posts.map((post) => ({
    key: keyOf(post),
    value: { kind: 'post', post },
  }))
  for (const change of batch.changes ?? [])
    records.push({ key: change.subject, value: { kind: 'change', change } })
  for (const coverage of batch.coverage) records.push({ key: source, value: { kind: 'coverage', coverage } })
  return records
}

function endRecords(source: string, lastEventAt: number, partitions: number): TopicRecord<StreamRecord>[] {
  return Array.from({ length: partitions }, (_, partition) => ({
    key: source,
    partition,
    value: { kind: 'end', source, lastEventAt },
  }))
}

function newest(before: number | null, posts: readonly Post[]): number | null {
  let last = before
  for (const post of posts) if (last === null || post.createdAt > last) last = post.createdAt
  return last
}

/** Saves the newest position whose batch, and all batches before it, are durable. */
function createSaver(save: (saved: Saved) => Promise<void>) {
  let chain: Promise<void> = Promise.resolve()
  let failure: { error: unknown } | null = null
  let newestDurable: Saved | null = null
  let savedAt = -Infinity

  const flush = async () => {
    if (newestDurable === null) return
    const saving = newestDurable
    newestDurable = null
    await save(saving)
    savedAt = performance.now()
  }
  const keep = async (saved: Saved): Promise<void> => {
    if (failure !== null) return
    newestDurable = saved
    if (performance.now() - savedAt >= SAVE_EVERY_MS) await flush()
  }
  return {
    add(saved: Saved, durable: Promise<unknown>): void {
      // A later batch may fail before its turn: until then nobody would hear of it.
      void Promise.allSettled([durable])
      chain = chain
        .then(() => durable)
        .then(() => keep(saved))
        .catch((error: unknown) => void (failure ??= { error }))
    },
    /** Throws what went wrong in the background. */
    check(): void {
      if (failure !== null) throw failure.error
    },
    async finish(): Promise<void> {
      await chain
      if (failure === null) await flush()
    },
  }
}
