/** Waiting, and waiting longer each time. */
import { setTimeout as wait } from 'node:timers/promises'

/** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || ms <= 0) return
  try {
    await wait(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

export interface Backoff {
  /** How long to wait before the next try, in ms. */
  next(): number
  /** Call after a success. */
  reset(): void
}

export interface BackoffOptions {
  firstMs: number
  maxMs: number
  /** From 0 up to 1; passed in, so that a test knows it. */
  random: () => number
}

/**
 * Doubles from `firstMs` up to `maxMs`, each time shortened by up to a half at random, so that many clients do not come
 * back in the same moment.
 */
export function createBackoff({ firstMs, maxMs, random }: BackoffOptions): Backoff {
  let tries = 0
  return {
    next() {
      const full = Math.min(maxMs, firstMs * 2 ** tries)
      tries += 1
      return Math.round(full * (1 - random() / 2))
    },
    reset() {
      tries = 0
    },
  }
}
