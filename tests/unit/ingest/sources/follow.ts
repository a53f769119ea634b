/** Follows a live source in the background of a test. */
import type { Source, SourceBatch } from '../../../../ingest/sources/source.ts'

export const TIMING = { firstRetryMs: 20, maxRetryMs: 200, idleMs: 5_000, handshakeMs: 2_000 }

export type Followed = ReturnType<typeof followSource>

export function followSource(source: Source, position: unknown = null) {
  const abort = new AbortController()
  const batches: SourceBatch[] = []
  const done = (async () => {
    for await (const batch of source.read(position, abort.signal)) batches.push(batch)
  })()
  const posts = () => batches.flatMap((batch) => batch.posts)
  const ids = () => posts().map((post) => post.id)
  return {
    batches,
    posts,
    ids,
    coverage: () => batches.flatMap((batch) => batch.coverage),
    changes: () => batches.flatMap((batch) => batch.changes ?? []),
    deadLetters: () => batches.flatMap((batch) => batch.deadLetters),
    duplicates: () => batches.reduce((sum, batch) => sum + (batch.duplicates ?? 0), 0),
    until: (condition: () => boolean) => until(condition, done),
    has: (count: number) => until(() => ids().length >= count, done),
    async [Symbol.asyncDispose]() {
      abort.abort()
      await done
    },
  }
}

async function until(condition: () => boolean, done: Promise<void>): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${condition.toString()}`)
    await Promise.race([
      new Promise((resolve) => {
        setTimeout(resolve, 10)
      }),
      done.then(() => {
        throw new Error('The source ended.')
      }),
    ])
  }
}
