/** The classifier in a thread of its own, so that the event loop reads, stores and answers meanwhile. */
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import type { Verdict } from '../contract.ts'
import { gateBits } from '../gate.ts'
import type { ClassifyAll } from './classifier.ts'
import { unpackVerdicts } from './packed.ts'
import { THREAD_ENTRY, threadCode } from './thread-code.ts'
import type { ThreadAnswer, ThreadRequest } from './thread.ts'

export interface ClassifierThread {
  /** As Classifier's. What may be under way at once is bounded by the deliveries of the topic. */
  classifyAll: ClassifyAll
  /** How many texts each stage decided, as of the last answer. */
  decidedBy(): Readonly<Record<string, number>>
  stop(): Promise<void>
}

/**
 * For what a thread makes and drops at once, three times the halves that V8 makes of it: it holds on to one text at a time,
 * so that the 96 MB of the main thread (api/boot/node-flags.ts) are never needed here, and never given back.
 */
const YOUNG_MAX_MB = 24

/** The process's own flag goes before `resourceLimits`. It is read when a thread begins: the main one has what it was given. */
function letLimitsHold(): void {
  setFlagsFromString('--max-semi-space-size=0')
}

/** The thread is gone, and with it every verdict that was waited for. */
export class ThreadError extends Error {
  override name = 'ThreadError'
  readonly code = 'thread_ended'
}

const ended = (why: string, cause?: unknown): ThreadError =>
  new ThreadError(`the classifier's thread ended (${why}); start again: nothing that was accepted is lost`, {
    cause,
  })

interface Waiting {
  resolve: (verdicts: Verdict[]) => void
  reject: (error: unknown) => void
}

const saidBy = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

async function beginThread(): Promise<Worker> {
  try {
    const workerData = await threadCode()
    letLimitsHold()
    return new Worker(THREAD_ENTRY, {
      execArgv: [],
      workerData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MAX_MB },
    })
  } catch (cause) {
    throw ended(`before it began: ${saidBy(cause)}`, cause)
  }
}

/** Resolves when the weights are loaded. Rejects with ThreadError when the thread ends, at once or later; so does `classifyAll`. */
export async function startClassifierThread(): Promise<ClassifierThread> {
  const worker = await beginThread()
  const waiting = new Map<number, Waiting>()
  let over: { error: unknown } | null = null
  let last = 0

  function wait(id: number): Promise<Verdict[]> {
    return new Promise((resolve, reject) => {
      if (over === null) waiting.set(id, { resolve, reject })
      else reject(over.error)
    })
  }
  function end(error: unknown): void {
    over ??= { error }
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  let decidedBy: Readonly<Record<string, number>> = {}
  worker.on('message', ({ id, verdicts, decidedBy: sums }: ThreadAnswer) => {
    decidedBy = sums
    waiting.get(id)?.resolve(unpackVerdicts(verdicts))
    waiting.delete(id)
  })
  // What it threw, or the memory that it lacked: the exit that follows says less.
  worker.on('error', (cause: unknown) => end(ended(saidBy(cause), cause)))
  worker.on('exit', (code) => end(ended(String(code))))
  await wait(0)

  return {
    async classifyAll(texts, hasty = false, gates) {
      if (texts.length === 0) return []
      const id = ++last
      const answer = wait(id)
      const gated = gates === undefined ? null : Uint8Array.from(gates, gateBits)
      const request: ThreadRequest = { id, texts, hasty, gated }
      worker.postMessage(request)
      return answer
    },
    decidedBy: () => decidedBy,
    async stop() {
      await worker.terminate()
    },
  }
}
