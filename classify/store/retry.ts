/** Trying again what an engine that is away for a moment could not do. */
import { setTimeout as pause } from 'node:timers/promises'
import { isPassing } from './errors.ts'

export interface Patience {
  /** How long to keep trying, ms. */
  totalMs: number
  /** First pause, ms; it doubles up to `maxPauseMs`. */
  firstPauseMs: number
  maxPauseMs: number
}

/** A server's restart or a switch-over takes some seconds; after a minute somebody must look at it. */
export const PATIENCE: Patience = { totalMs: 60_000, firstPauseMs: 100, maxPauseMs: 5_000 }

/**
 * Runs `attempt` until it resolves, fails for good, or the patience is over; then the last error is thrown. Pauses are
 * half fixed, half random, so that several processes do not return in step. An abort ends a pause with the last error.
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  patience: Patience,
  signal: AbortSignal,
): Promise<T> {
  const giveUpAt = performance.now() + patience.totalMs
  for (let longest = patience.firstPauseMs; ; longest = Math.min(longest * 2, patience.maxPauseMs)) {
    try {
      return await attempt()
    } catch (error) {
      const wait = longest * (0.5 + Math.random() / 2)
      if (signal.aborted || !isPassing(error) || performance.now() + wait > giveUpAt) throw error
      await pause(wait, undefined, { signal }).catch(() => {
        throw error
      })
    }
  }
}
