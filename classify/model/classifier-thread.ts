/** The classifier in a thread of its own, so that the event loop reads, stores and answers meanwhile. */
import { Worker } from 'node:worker_threads'
import type { Verdict } from '../contract.ts'
import type { ThreadAnswer, ThreadRequest } from './thread.ts'

export interface ClassifierThread {
  /** One verdict for each text, in order. What may be under way at once is bounded by the deliveries of the topic. */
  classifyAll(texts: readonly string[]): Promise<Verdict[]>
  stop(): Promise<void>
}

/** The thread is gone, and with it every verdict that was waited for. */
export class ThreadError extends Error {
  override name = 'ThreadError'
  readonly code = 'thread_ended'
}

interface Waiting {
  resolve: (verdicts: Verdict[]) => void
  reject: (error: unknown) => void
}

/** Resolves when the weights are loaded. Rejects with what the thread threw; so does `classifyAll` when it ends later. */
export async function startClassifierThread(): Promise<ClassifierThread> {
  const worker = new Worker(new URL('./thread-entry.mjs', import.meta.url), { execArgv: [] })
  const waiting = new Map<number, Waiting>()
  let ended: { error: unknown } | null = null
  let last = 0

  function wait(id: number): Promise<Verdict[]> {
    return new Promise((resolve, reject) => {
      if (ended === null) waiting.set(id, { resolve, reject })
      else reject(ended.error)
    })
  }
  function end(error: unknown): void {
    ended ??= { error }
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  worker.on('message', ({ id, verdicts }: ThreadAnswer) => {
    waiting.get(id)?.resolve(verdicts)
    waiting.delete(id)
  })
  worker.on('error', end)
  worker.on('exit', (code) =>
    end(
      new ThreadError(
        `the classifier's thread ended (${code}); start again: nothing that was accepted is lost`,
      ),
    ),
  )
  await wait(0)

  return {
    async classifyAll(texts) {
      if (texts.length === 0) return []
      const id = ++last
      const answer = wait(id)
      const request: ThreadRequest = { id, texts }
      worker.postMessage(request)
      return answer
    },
    async stop() {
      await worker.terminate()
    },
  }
}
