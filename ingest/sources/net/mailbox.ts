/** What has arrived and is not taken yet, within a bound that is kept by whoever pushes: it asks `isFull` and waits for `drained`. */

export interface MailboxBounds<T> {
  /** Items that wait at most, but for what one read of a socket holds. */
  maxItems: number
  maxBytes: number
  bytesOf: (item: T) => number
}

export interface Mailbox<T> {
  push(item: T): void
  /** The oldest ones, at most `count`. */
  take(count: number): T[]
  /** The newest; undefined when it is empty. */
  newest(): T | undefined
  size(): number
  isFull(): boolean
  /** Resolves when there is something, or `signal` aborts. */
  filled(signal: AbortSignal): Promise<void>
  /** Resolves when no more than a fifth of the bound waits, or `signal` aborts. */
  drained(signal: AbortSignal): Promise<void>
}

/** Reading stops at the bound and goes on at this part of it, so that it does not stop at every item. */
const LOW = 1 / 5

export function createMailbox<T>({ maxItems, maxBytes, bytesOf }: MailboxBounds<T>): Mailbox<T> {
  let items: T[] = []
  let bytes = 0
  let waiting: { holds: () => boolean; resolve: () => void }[] = []

  function settle(): void {
    if (waiting.length === 0) return
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
      bytes += bytesOf(item)
      settle()
    },
    take(count) {
      const taken = items.slice(0, count)
      items = items.slice(count)
      for (const item of taken) bytes -= bytesOf(item)
      settle()
      return taken
    },
    newest: () => items.at(-1),
    size: () => items.length,
    isFull: () => items.length >= maxItems || bytes >= maxBytes,
    filled: (signal) => until(() => items.length > 0, signal),
    drained: (signal) => until(() => items.length <= maxItems * LOW && bytes <= maxBytes * LOW, signal),
  }
}
