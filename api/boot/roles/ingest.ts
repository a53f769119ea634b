/** The ingest role: every source into the topic, each for itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SourceCounts, SourceStatus } from '../../../ingest/contract.ts'
import { runIngest, type IngestProgress } from '../../../ingest/pipeline.ts'
import type { Source } from '../../../ingest/sources/source.ts'
import { TopicError } from '../../../ingest/topic/topic.ts'
import type { Topics } from '../backends.ts'

/** How often a source's status is looked at; a new state is published at once. */
const STATUS_EVERY_MS = 1_000
/** New words for the same state (the time to the next try) wait this long: each status is a row stored. */
const DETAIL_EVERY_MS = 5_000
/** Before a live source that failed begins again; its position tells it where. */
const RETRY_MS = 5_000

const GONE = 'Was taken out of the configuration.'

const NOTHING: IngestProgress = {
  received: 0,
  accepted: 0,
  duplicate: 0,
  dead: 0,
  lastEventAt: null,
  progress: null,
}

export interface IngestRole {
  /** Settles when every finite source has ended and all of it is durable; rejects when one failed. */
  finished: Promise<void>
  progress(): ReadonlyMap<string, IngestProgress>
  /** Follows these from now on: ends the others, begins those that are new, and leaves the rest alone. */
  update(sources: readonly Source[]): Promise<void>
  stop(): Promise<void>
}

export function startIngest(
  topics: Topics,
  sources: readonly Source[],
  onError: (error: unknown) => void,
): IngestRole {
  const stopping = new AbortController()
  const progress = new Map<string, IngestProgress>()
  const runs = new Map<Source, { stop: AbortController; done: Promise<void> }>()
  const countsOf = (name: string): SourceCounts => {
    const { progress: _, ...counts } = progress.get(name) ?? NOTHING
    return counts
  }
  let begun = 0
  let updating: Promise<void> = Promise.resolve()
  const followed = (): Source[] => [...runs.keys()]
  const statuses = publishStatuses(topics, followed, countsOf, onError)

  async function follow(source: Source, signal: AbortSignal): Promise<void> {
    const onProgress = (now: IngestProgress) => void progress.set(source.name, now)
    for (;;) {
      try {
        await runIngest({ source, ...topics, onProgress }, signal)
        return
      } catch (error) {
        if (signal.aborted) return
        if (!source.live) throw error
        onError(error)
        await sleep(RETRY_MS, undefined, { signal }).catch((cause: unknown) => {
          if (!signal.aborted) throw cause
        })
      }
    }
  }
  function begin(source: Source): Promise<void> {
    const stop = new AbortController()
    const done = follow(source, AbortSignal.any([stop.signal, stopping.signal]))
    runs.set(source, { stop, done })
    begun += 1
    return done
  }
  /** Until all have ended, those that came meanwhile too. */
  async function untilFinished(): Promise<void> {
    for (let waited = 0; waited < begun; await updating) {
      waited = begun
      await Promise.all([...runs.values()].map(({ done }) => done))
    }
    await statuses.flush()
  }
  async function change(next: readonly Source[]): Promise<void> {
    const wanted = new Set(next)
    for (const [source, { stop, done }] of runs) {
      if (wanted.has(source)) continue
      stop.abort()
      // Its position is saved when it has ended: another of its name goes on from there.
      await Promise.allSettled([done])
      runs.delete(source)
      await statuses.tellGone(source)
    }
    // One that is finite and fails shows it in its status.
    for (const source of next) if (!runs.has(source)) begin(source).catch(onError)
  }
  async function changeAfter(before: Promise<void>, next: readonly Source[]): Promise<void> {
    await before
    await change(next)
  }
  for (const source of sources) void Promise.allSettled([begin(source)])
  return {
    finished: untilFinished(),
    progress: () => progress,
    update(next) {
      const changing = changeAfter(updating, next)
      updating = changing.catch(() => {})
      return changing
    },
    async stop() {
      stopping.abort()
      await Promise.allSettled([...runs.values()].map(({ done }) => done))
      await statuses.stop()
    },
  }
}

/** Publishes each source's status when it changes; the desk shows it, wherever it runs. */
function publishStatuses(
  topics: Topics,
  sources: () => readonly Source[],
  countsOf: (source: string) => SourceCounts,
  onError: (error: unknown) => void,
) {
  const told = new Map<string, { status: SourceStatus; at: number }>()
  const isNews = (status: SourceStatus, now: number): boolean => {
    const before = told.get(status.source)
    if (before === undefined || before.status.state !== status.state) return true
    return JSON.stringify(before.status) !== JSON.stringify(status) && now - before.at >= DETAIL_EVERY_MS
  }
  /** With `all` whatever differs is told, however new it is. */
  async function flush(all: boolean): Promise<void> {
    const now = all ? Infinity : performance.now()
    const changed = sources()
      .filter((source) => source.isUnused?.() !== true)
      .map((source) => ({ ...source.status(), counts: countsOf(source.name) }))
      .filter((status) => isNews(status, now))
    if (changed.length === 0) return
    const telling = changed.map((status) => ({ status, at: performance.now() }))
    for (const one of telling) told.set(one.status.source, one)
    const forget = (): void => {
      for (const one of telling) if (told.get(one.status.source) === one) told.delete(one.status.source)
    }
    try {
      const { durable } = await topics.posts.publish(
        changed.map((status) => ({ key: status.source, value: { kind: 'status', status } })),
      )
      // Nobody waits for it. What was refused is told again, so that the desk learns of it when the brokers are back.
      durable.catch((error: unknown) => {
        forget()
        failed(error)
      })
    } catch (error) {
      forget()
      throw error
    }
  }
  let flushing: Promise<unknown> = Promise.resolve()
  const failed = (error: unknown): void => {
    // Whoever closes the topics beneath it, leaving what cannot be stored, knows that nothing more goes there.
    if (!(error instanceof TopicError && error.code === 'closed')) onError(error)
  }
  const next = (all = false) => (flushing = flushing.then(() => flush(all)).catch(failed))
  void next()
  const timer = setInterval(() => void next(), STATUS_EVERY_MS)
  return {
    flush: () => next(true),
    /** It is followed no more; what it brought stays. */
    async tellGone({ name }: Source) {
      const status = { source: name, state: 'finished', detail: GONE, since: Date.now() } as const
      const value = { kind: 'status', status: { ...status, counts: countsOf(name) } } as const
      await topics.posts.publish([{ key: name, value }])
    },
    async stop() {
      clearInterval(timer)
      await flushing
    },
  }
}
