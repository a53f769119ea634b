/** What has arrived and is not taken yet. */

export interface Mailbox<T> {
  push(item: T): void
  /** The oldest ones, at most `count`. */
  take(count: number): T[]
  /** The newest; undefined when it is empty. */
  newest(): T | undefined
  size(): number
  /** Resolves when there is something, or `signal` aborts. */
  filled(signal: AbortSignal): Promise<void>
  /** Resolves when no more than `count` wait, or `signal` aborts. */
  drained(count: number, signal: AbortSignal): Promise<void>
}

/** Makes a mailbox; its bound is kept by whoever pushes, with `drained`. */
export function createMailbox<T>(): Mailbox<T> {
  let items: T[] = []
  let waiting: { holds: () => boolean; resolve: () => void }[] = []

  function settle(): void {
    const ready = waiting.filter(({ holds }) => holds())
    if (ready.length === 0) return
    waiting = waiting.filter((entry) => !ready.includes(entry))
    for (const { resolve } of ready) resolve()
  }

  async function until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    if (holds() || signal.aborted) return
    const onAbort = () => settle()
    await new Promise<void>((resolve) => {
      waiting.push({ holds: () => holds() || signal.aborted, resolve })
      signal.addEventListener('abort', onAbort, { once: true })
    })
    signal.removeEventListener('abort', onAbort)
  }

  return {
    push(item) {
      items.push(item)
      settle()
    },
    take(count) {
      const taken = items.slice(0, count)
      items = items.slice(count)
      settle()
      return taken
    },
    newest: () => items.at(-1),
    size: () => items.length,
    filled: (signal) => until(() => items.length > 0, signal),
    drained: (count, signal) => until(() => items.length <= count, signal),
  }
}
