/** From a source to the topic: publishes what the source reads and saves its position once that is durable. */
import type { Change, DeadLetter, Post, SourceCounts, StreamRecord } from './contract.ts'
import type { Position, Source, SourceBatch } from './sources/source.ts'
import type { Topic, TopicRecord } from './topic/topic.ts'

/** Positions are saved at most this often: each save is a synced write, and a crash repeats at most this much. */
const SAVE_EVERY_MS = 500

/** What this pipeline keeps under the source's name: the source's position and what was read up to it. */
interface Saved extends SourceCounts {
  position: Position
}

/** What was read so far, over all runs of this source. */
export interface IngestProgress extends SourceCounts {
  /** Part of the source read, 0 to 1, where that is known. */
  progress: number | null
}

const NOTHING: SourceCounts = { received: 0, accepted: 0, duplicate: 0, dead: 0, lastEventAt: null }

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
  const before = (await posts.loadPosition(source.name)) as Partial<Saved> | null
  // One that was saved before there were counts has some of them only.
  const state: Saved = { position: null, ...NOTHING, ...before }
  // A source may be silent for hours: it would not be read again before its next batch.
  const failing = new AbortController()
  const saver = createSaver(
    (saved) => posts.savePosition(source.name, saved),
    () => failing.abort(),
  )
  const report = (progress: number | null): IngestProgress => {
    const { position: _, ...counts } = state
    const now = { ...counts, progress }
    options.onProgress?.(now)
    return now
  }
  try {
    await eachOf(source.read(state.position, AbortSignal.any([signal, failing.signal])), async (batch) => {
      saver.check()
      const taken = await Promise.all([
        posts.publish(toRecords(source.name, batch)),
        deadLetters.publish(batch.deadLetters.map((value) => ({ key: value.id, value }))),
      ])
      state.position = batch.position
      count(state, batch)
      saver.add({ ...state }, Promise.all(taken.map((published) => published.durable)))
      report(batch.progress)
    })
    saver.check()
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

/** As `for await`, which holds each item until the next has come: the collector would copy all that was published. */
async function eachOf<T>(items: AsyncIterable<T>, take: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.asyncIterator]()
  const step = async (): Promise<boolean> => {
    const { done, value } = await iterator.next()
    if (done === true) return false
    try {
      await take(value)
    } catch (error) {
      // What it was read for went wrong; how the reading ends says no more.
      await Promise.allSettled([iterator.return?.()])
      throw error
    }
    return true
  }
  while (await step());
}

/** A post as the topic takes it. A repost travels with what it reposts, so that the original is judged first. */
export function toRecord(post: Post): TopicRecord<StreamRecord> {
  return { key: post.repostOf ?? post.id, value: { kind: 'post', post } }
}

export function toChangeRecord(change: Change): TopicRecord<StreamRecord> {
  return { key: change.subject, value: { kind: 'change', change } }
}

function toRecords(source: string, batch: SourceBatch): TopicRecord<StreamRecord>[] {
  const records: TopicRecord<StreamRecord>[] = batch.posts.map(toRecord)
  records.push(...(batch.changes ?? []).map(toChangeRecord))
  // A like travels with its post, so that the post is judged first.
  for (const like of batch.likes ?? [])
    records.push({ key: like.of ?? like.id, value: { kind: 'like', like } })
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

function count(state: Saved, batch: SourceBatch): void {
  const { accepted = 0, dead = 0, lastEventAt = null } = batch.elsewhere ?? {}
  state.received += batch.received
  state.accepted += batch.posts.length + accepted
  state.duplicate += batch.duplicates ?? 0
  state.dead += batch.deadLetters.length + dead
  state.lastEventAt = newest(state.lastEventAt, batch.posts)
  if (lastEventAt !== null) state.lastEventAt = Math.max(lastEventAt, state.lastEventAt ?? lastEventAt)
}

/** Saves the newest position whose batch, and all batches before it, are durable. `onFailure` tells that one is not. */
function createSaver(save: (saved: Saved) => Promise<void>, onFailure: () => void) {
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
        .catch((error: unknown) => {
          failure ??= { error }
          onFailure()
        })
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
