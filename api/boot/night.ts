/** A night: sources, workers and desk together in one process, on whichever backends were chosen. */
import { mkdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '../../classify/store/store.ts'
import { createNormalizer } from '../../ingest/normalize.ts'
import type { PushSender } from '../../ingest/sources/push/port.ts'
import type { Source } from '../../ingest/sources/source.ts'
import { openDesk, type Desk } from '../desk/desk.ts'
import { deskUrl, memoryFile, openStore, openTopics, type BackendsOptions } from './backends.ts'
import { closeInTurn } from './close.ts'
import { FailedError } from './command.ts'
import { watchForFailure } from './failure.ts'
import { withHiddenAuthors } from './hidden-authors.ts'
import { dropNamespace } from './namespace.ts'
import { createPushes } from './pushes.ts'
import { startClassify } from './roles/classify.ts'
import { startDesk, type DeskOptions, type DeskRole } from './roles/desk.ts'
import { startIngest, type IngestRole } from './roles/ingest.ts'
import type { Watch } from './watching/start.ts'
import { readSetAside, summarize, type NightSummary, type SetAside } from './summary.ts'

/** At a stop, what was accepted gets this long to be stored; what is not by then is read again at the next start. */
const STOP_PATIENCE_MS = 10_000
/** While the last posts are judged by workers elsewhere: how often to look whether they are done. */
const DRAIN_POLL_MS = 100
/** Workers elsewhere that handle nothing for this long have left, or never came. */
const DRAIN_PATIENCE_MS = 120_000

export interface NightOptions extends Pick<
  DeskOptions,
  'mode' | 'spikeNarratives' | 'falseAlarmsPerNight' | 'app' | 'onError'
> {
  backends: BackendsOptions
  sources: readonly Source[]
  /** Classify workers in this process; 0 where others run them. */
  workers: number
  /** Live: from how far behind on posts are judged in haste, ms; absent or null: never. */
  hasteAfterMs?: number | null
  deskUrl: string | undefined
  /** The key under which accounts are hashed, also in what is set aside. */
  authorKey: string
  /** Who may push; absent: nobody, and nothing is uploaded. */
  push?: readonly PushSender[]
  /** Absent: nobody watches this night (a drill, a replay). */
  watch?: Pick<Watch, 'metrics' | 'topics' | 'onTold'>
  /** Who is behind by more is not ready, ms. */
  readyBehindMs?: number
}

export interface Night {
  app: DeskRole['app']
  ingest: IngestRole
  /** For those who look at the store itself. */
  query: Store['query']
  /**
   * For finite sources: waits for their end, until everything is judged and stored, then counts and detects over the
   * whole night. Gives its summary.
   */
  finish(): Promise<NightSummary>
  /** What was set aside, by reason, most first, with the words for one of them. */
  setAside(): Promise<SetAside[]>
  /** Rejects with what no waiting mends (a full disk, a lost thread). The stream stands still, and loses nothing. */
  failed: Promise<never>
  /** Other sources and senders from now on; those that stay go on. */
  update(sources: readonly Source[], senders: readonly PushSender[]): Promise<void>
  /** Stops in reverse order of the start; what was accepted is stored, or read again at the next start. */
  stop(): Promise<void>
  /** Stops without waiting for what cannot be stored; it is read again at the next start. */
  abandon(): Promise<void>
  /** Stops, and removes the namespace's data. */
  discard(): Promise<void>
}

/** Opens what it needs, or closes what it opened and throws. */
export async function startNight(options: NightOptions): Promise<Night> {
  const started = performance.now()
  const closers: (() => Promise<void>)[] = []
  const closeAll = () => closeInTurn(closers.splice(0).toReversed())
  const { failed, onError } = watchForFailure(options.onError)
  async function abandon(): Promise<void> {
    // Closing the topics ends ingest's waiting for what will not become durable.
    const stopIngest = closers.pop()!
    await Promise.allSettled([stopIngest(), closeAll()]).then(tellFailures(onError))
  }
  try {
    const store = await openStore(options.backends)
    closers.push(() => store.close())
    await mkdir(options.backends.backends.dataDir, { recursive: true })
    const desk = await openDesk({ url: deskUrl(options.backends, options.deskUrl), onError })
    closers.push(() => desk.close())
    const opened = withHiddenAuthors(await openTopics(options.backends), options.authorKey)
    const topics = options.watch?.topics(opened) ?? opened
    closers.push(() => topics.close())
    const normalize = createNormalizer({ authorKey: options.authorKey })
    const pushing =
      options.push === undefined ? null : createPushes({ topics, normalize, senders: options.push })
    const app = { ...options.app, pushes: pushing?.pushes ?? null }
    const partitionCount = topics.posts.partitions
    const lag = async () => (await topics.posts.lag()) + (await topics.deadLetters.lag())
    const metrics = options.watch?.metrics ?? null
    const { readyBehindMs = Infinity } = options
    const how = {
      onError,
      lag: () => topics.posts.lag(),
      metrics,
      readyBehindMs,
      onTold: options.watch?.onTold,
    }
    const memory = options.mode === 'live' ? memoryFile(options.backends) : null
    const deskRole = startDesk({ ...options, ...how, app, store, desk, partitionCount, memoryFile: memory })
    closers.push(() => deskRole.stop())
    if (options.workers > 0) {
      const { workers, mode } = options
      const hasteAfterMs = mode === 'live' ? (options.hasteAfterMs ?? null) : null
      const classify = await startClassify(topics, store, { workers, hasteAfterMs, onError })
      metrics?.watchClassifier(classify.decidedBy)
      closers.push(() => classify.stop())
    }
    const sources = [...options.sources, ...(pushing?.sources() ?? [])]
    const ingest = startIngest(topics, sources, onError)
    closers.push(() => ingest.stop())
    return {
      app: deskRole.app,
      ingest,
      query: (statement) => store.query(statement),
      finish: () => finish({ ingest, lag, watcher: deskRole.watcher, store, desk, started }),
      setAside: () => readSetAside(store),
      failed,
      async update(next, senders) {
        pushing?.update(senders)
        await ingest.update([...next, ...(pushing?.sources() ?? [])])
      },
      async stop() {
        const stopping = closers.pop()!()
        await Promise.race([stopping, sleep(STOP_PATIENCE_MS, undefined, { ref: false })])
        await closeAll()
        await stopping
      },
      abandon,
      async discard() {
        // The store is the first that was opened: everything else is closed before the data goes.
        const [closeStore] = closers.splice(0, 1)
        await abandon()
        try {
          await dropNamespace(store, options.backends.namespace)
        } finally {
          await closeStore!()
        }
      },
    }
  } catch (error) {
    await Promise.allSettled([closeAll()])
    throw error
  }
}

/** For closing on the way out: what fails there must not hide why one goes. */
function tellFailures(tell: (error: unknown) => void) {
  return (results: readonly PromiseSettledResult<unknown>[]): void => {
    for (const result of results) if (result.status === 'rejected') tell(result.reason)
  }
}

interface FinishParts {
  ingest: IngestRole
  lag: () => Promise<number>
  watcher: DeskRole['watcher']
  store: Store
  desk: Desk
  started: number
}

async function finish({ ingest, lag, watcher, store, desk, started }: FinishParts): Promise<NightSummary> {
  await ingest.finished
  await drained(lag)
  await watcher.settle()
  const { spikes } = await desk.loadWatch()
  return summarize(store, spikes, (performance.now() - started) / 1000)
}

async function drained(lag: () => Promise<number>): Promise<void> {
  let least = Infinity
  let since = performance.now()
  for (let waiting = await lag(); waiting > 0; waiting = await lag()) {
    if (waiting < least) {
      least = waiting
      since = performance.now()
    }
    if (performance.now() - since > DRAIN_PATIENCE_MS) {
      throw new FailedError(
        `${waiting} posts wait and no worker takes them; start \`tallywatch classify\`, or give --workers`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS))
  }
}
