/** Several classifier threads behind the face of one. */
import { availableParallelism } from 'node:os'
import type { Verdict } from '../contract.ts'
import { type ClassifierThread, startClassifierThread } from './classifier-thread.ts'

/** One for each core, for the encoder keeps a core busy; each takes about 110 MB, so no more than these. */
const THREADS_MAX = 4

/** Which of `count` threads judges a text: copies go to the same one, so that its cache knows them. */
function threadOf(text: string, count: number): number {
  let sum = text.length
  // Enough letters to spread texts, few enough to cost nothing.
  for (let i = 0; i < text.length && i < 64; i++) sum = (Math.imul(sum, 31) + text.charCodeAt(i)) | 0
  return (sum >>> 1) % count
}

/**
 * Starts them all. When one ends, all do: what the others know of a delivery is of no use without its share. Rejects
 * with ThreadError as `startClassifierThread` does.
 */
export async function startClassifierThreads(
  count: number = Math.min(THREADS_MAX, availableParallelism()),
): Promise<ClassifierThread> {
  const started = await Promise.allSettled(Array.from({ length: count }, startClassifierThread))
  const threads = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const stop = async (): Promise<void> => void (await Promise.all(threads.map((thread) => thread.stop())))
  const failed = started.find((one) => one.status === 'rejected')
  if (failed !== undefined) {
    await stop()
    throw failed.reason
  }

  return {
    async classifyAll(texts, hasty, gated) {
      const shares = threads.map(() => [] as number[])
      texts.forEach((text, i) => shares[threadOf(text, count)]!.push(i))
      const verdicts: Verdict[] = []
      await Promise.all(
        threads.map(async (thread, t) => {
          const share = shares[t]!
          const given = await thread.classifyAll(
            share.map((i) => texts[i]!),
            hasty,
            gated && share.map((i) => gated[i]!),
          )
          share.forEach((i, k) => (verdicts[i] = given[k]!))
        }),
      )
      return verdicts
    },
    decidedBy() {
      const sums: Record<string, number> = {}
      for (const thread of threads)
        for (const [stage, count] of Object.entries(thread.decidedBy()))
          sums[stage] = (sums[stage] ?? 0) + count
      return sums
    },
    stop,
  }
}
