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
  /** Resolves when `count` items wait or no more may, when `ms` have passed, or `signal` aborts. */
  gathered(count: number, ms: number, signal: AbortSignal): Promise<void>
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
    // Asked for each item: without making anything where nobody is ready.
    if (!waiting.some(({ holds }) => holds())) return
    const ready = waiting.filter(({ holds }) => holds())
    waiting = waiting.filter((entry) => !ready.includes(entry))
    for (const { resolve } of ready) resolve()
  }

  async function until(holds: () => boolean, signal: AbortSignal, ms?: number): Promise<void> {
    if (holds() || signal.aborted) return
    let late = false
    const onLate = () => {
      late = true
      settle()
    }
    const timer = ms === undefined ? undefined : setTimeout(onLate, ms)
    await new Promise<void>((resolve) => {
      waiting.push({ holds: () => late || holds() || signal.aborted, resolve })
      signal.addEventListener('abort', settle, { once: true })
    })
    clearTimeout(timer)
    signal.removeEventListener('abort', settle)
  }

  const isFull = () => items.length >= maxItems || bytes >= maxBytes

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
    isFull,
    filled: (signal) => until(() => items.length > 0, signal),
    gathered: (count, ms, signal) => until(() => items.length >= count || isFull(), signal, ms),
    drained: (signal) => until(() => items.length <= maxItems * LOW && bytes <= maxBytes * LOW, signal),
  }
}
