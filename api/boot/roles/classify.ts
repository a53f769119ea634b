/** The classify role: workers that judge what the topic brings and store what it leads to. */
import { sketchOf } from '../../../classify/claims/sketch.ts'
import { createGate } from '../../../classify/gate.ts'
import { createGroupInsert } from '../../../classify/group-insert.ts'
import { createHaste } from '../../../classify/haste.ts'
import { createHastyPosts } from '../../../classify/hasty-posts.ts'
import { createJudge } from '../../../classify/judge.ts'
import { languageOf } from '../../../classify/language.ts'
import type { ClassifierThread } from '../../../classify/model/classifier-thread.ts'
import { startClassifierThreads } from '../../../classify/model/classifier-threads.ts'
import { modelName, nothingSaid } from '../../../classify/model/classifier.ts'
import { checkEncoder } from '../../../classify/model/encoder.ts'
import { textKey } from '../../../classify/model/normalize.ts'
import { createLikeRows } from '../../../classify/likes.ts'
import { createOriginals } from '../../../classify/originals.ts'
import { createClassifyPipeline } from '../../../classify/pipeline.ts'
import { resolveHint } from '../../../classify/places/hint.ts'
import { createReader, type Unread } from '../../../classify/reading.ts'
import { createReplace } from '../../../classify/replace.ts'
import { startSecondLook } from '../../../classify/second-look.ts'
import type { Store } from '../../../classify/store/store.ts'
import { createWaitingReposts } from '../../../classify/waiting.ts'
import { stateOf } from '../../../ingest/base/jurisdictions.ts'
import type { Handler } from '../../../ingest/topic/topic.ts'
import type { Topics } from '../backends.ts'
import { closeInTurn } from '../close.ts'

export interface ClassifyRoleOptions {
  /** Members of the topic's group. */
  workers: number
  /** From how far behind on posts are judged in haste, ms; null: never. */
  hasteAfterMs: number | null
  onError: (error: unknown) => void
}

export interface ClassifyRole {
  /** How many texts each stage decided so far. */
  decidedBy: () => Readonly<Record<string, number>>
  stop(): Promise<void>
}

/** Starts members of the topic's group; more processes of this role share the partitions with them. */
export async function startClassify(
  topics: Topics,
  store: Store,
  options: ClassifyRoleOptions,
): Promise<ClassifyRole> {
  // Weights that are missing or cut are told before anything starts.
  const model = modelName()
  await checkEncoder()
  // Nobody waits for them: the page answers while they load, and posts that come meanwhile stay in the topic.
  const threads = startClassifierThreads()
  threads.catch(options.onError)
  try {
    return await consume(topics, store, options, threads, model)
  } catch (error) {
    // A thread that nobody stops would keep the process.
    await stopAll(threads)
    throw error
  }
}

/** Threads that could not start have been told of, and are stopped already. */
async function stopAll(threads: Promise<ClassifierThread>): Promise<void> {
  const [started] = await Promise.allSettled([threads])
  if (started.status === 'fulfilled') await started.value.stop()
}

async function consume(
  topics: Topics,
  store: Store,
  { workers, hasteAfterMs, onError }: ClassifyRoleOptions,
  threads: Promise<ClassifierThread>,
  model: string,
): Promise<ClassifyRole> {
  const judge = createJudge({ textKey, sketchOf, resolveHint, stateOf: (place) => stateOf(place) ?? place })
  const originals = createOriginals(store, (election) => nothingSaid(model, election))
  const { insert, insertInOrder } = createGroupInsert(store)
  const waiting = createWaitingReposts(store, insert)
  const likeRows = createLikeRows(store, originals)
  const unread: Record<Unread, number> = { gate: 0, language: 0 }
  const readAll = createReader({
    gate: createGate(),
    languageOf,
    classifyAll: async (...shown) => (await threads).classifyAll(...shown),
    unjudged: nothingSaid(model, true),
    nothing: originals.unknown,
    onUnread: (by) => void unread[by]++,
  })
  const haste = createHaste(hasteAfterMs, Date.now)
  const hasty = createHastyPosts(store, insert)
  const replace = createReplace(store, insertInOrder)
  const pipelines = Array.from({ length: workers }, () =>
    createClassifyPipeline({
      insert,
      insertInOrder,
      readAll,
      judge,
      originals,
      waiting,
      replace,
      haste,
      hasty,
      likeRows,
      topicName: topics.posts.name,
      now: Date.now,
    }),
  )
  const consumptions = await Promise.all(
    pipelines.flatMap((pipeline) => [
      topics.posts.consume(telling(pipeline.posts, onError)),
      topics.deadLetters.consume(telling(pipeline.deadLetters, onError)),
    ]),
  )
  const secondLook = startSecondLook({
    replace,
    hasty,
    readAll,
    judge,
    originals,
    isBehind: () => haste.isBehind(),
    onError,
  })
  let byThreads: ClassifyRole['decidedBy'] = () => ({})
  void threads.then(
    (started) => (byThreads = () => started.decidedBy()),
    () => {},
  )
  return {
    decidedBy() {
      const shown = byThreads()
      // The threads' gate decides election talk that is no candidate; what says nothing of an election they never see.
      return { ...shown, ...unread, gate: unread.gate + (shown['gate'] ?? 0) }
    },
    stop: () =>
      closeInTurn([
        () => secondLook.stop(),
        async () => void (await Promise.all(consumptions.map((consumption) => consumption.stop()))),
        async () => void (await Promise.all(pipelines.map((pipeline) => pipeline.stop()))),
        () => stopAll(threads),
      ]),
  }
}

/** The topic delivers again what a handler could not store; somebody should know that it had to. */
function telling<T>(handler: Handler<T>, onError: (error: unknown) => void): Handler<T> {
  async function tell(handled: Promise<void>): Promise<void> {
    try {
      await handled
    } catch (error) {
      onError(error)
      throw error
    }
  }
  return (delivery) => tell(handler(delivery))
}
