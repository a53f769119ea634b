/** The ingest role: every source into the topic, each for itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SourceCounts, SourceStatus } from '../../../ingest/contract.ts'
import { runIngest, type IngestProgress } from '../../../ingest/pipeline.ts'
import type { Source } from '../../../ingest/sources/source.ts'
import type { Topics } from '../backends.ts'

/** How often a source's status is looked at; a new state is published at once. */
const STATUS_EVERY_MS = 1_000
/** New words for the same state (the time to the next try) wait this long: each status is a row stored. */
const DETAIL_EVERY_MS = 5_000
/** Before a live source that failed begins again; its position tells it where. */
const RETRY_MS = 5_000

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
  stop(): Promise<void>
}

export function startIngest(
  topics: Topics,
  sources: readonly Source[],
  onError: (error: unknown) => void,
): IngestRole {
  const stopping = new AbortController()
  const progress = new Map<string, IngestProgress>()
  const countsOf = (name: string): SourceCounts => {
    const { progress: _, ...counts } = progress.get(name) ?? NOTHING
    return counts
  }
  const stopStatus = publishStatuses(topics, sources, countsOf, onError)

  async function follow(source: Source): Promise<void> {
    const onProgress = (now: IngestProgress) => void progress.set(source.name, now)
    for (;;) {
      try {
        await runIngest({ source, ...topics, onProgress }, stopping.signal)
        return
      } catch (error) {
        if (stopping.signal.aborted) return
        if (!source.live) throw error
        onError(error)
        await sleep(RETRY_MS, undefined, { signal: stopping.signal }).catch((cause: unknown) => {
          if (!stopping.signal.aborted) throw cause
        })
      }
    }
  }
  const runs = sources.map(follow)
  const finished = Promise.all(runs).then(() => stopStatus.flush())
  return {
    finished,
    progress: () => progress,
    async stop() {
      stopping.abort()
      await Promise.allSettled(runs)
      await stopStatus.stop()
    },
  }
}

/** Publishes each source's status when it changes; the desk shows it, wherever it runs. */
function publishStatuses(
  topics: Topics,
  sources: readonly Source[],
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
    const changed = sources
      .map((source) => ({ ...source.status(), counts: countsOf(source.name) }))
      .filter((status) => isNews(status, now))
    for (const status of changed) told.set(status.source, { status, at: performance.now() })
    if (changed.length === 0) return
    await topics.posts.publish(
      changed.map((status) => ({ key: status.source, value: { kind: 'status', status } })),
    )
  }
  let flushing: Promise<unknown> = Promise.resolve()
  const next = (all = false) => (flushing = flushing.then(() => flush(all)).catch(onError))
  void next()
  const timer = setInterval(() => void next(), STATUS_EVERY_MS)
  return {
    flush: () => next(true),
    async stop() {
      clearInterval(timer)
      await flushing
    },
  }
}
