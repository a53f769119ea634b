/** Sends a night's steps in their order, and knows how many posts were handed over. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Frame } from '../../services/jetstream.ts'
import type { Partner } from './partner.ts'
import type { NightStream } from './stream.ts'

export interface Feed {
  first(count: number): Promise<void>
  /** What is left, in so many seconds; resolves when every push is answered too. */
  rest(seconds: number): Promise<void>
  /** Posts handed over: sent by the source, or pushed and answered. */
  sent(): number
  /** Part of the night that was sent, 0 to 1. */
  progress(): number
}

export function createFeed({ steps }: NightStream, append: (frame: Frame) => void, partner: Partner): Feed {
  let next = 0
  let sent = 0
  const pushing: Promise<void>[] = []

  function take(): void {
    const step = steps[next]!
    next += 1
    if (step.kind === 'push') {
      const { batch } = step
      pushing.push(partner.push(batch).then(() => void (sent += batch.lines.length)))
      return
    }
    append(step.frame)
    if (step.frame.commit?.['operation'] === 'create' && step.frame.did !== 'did:plc:broken') sent += 1
  }
  return {
    async first(count) {
      while (next < count) take()
      await Promise.all(pushing)
    },
    async rest(seconds) {
      const began = performance.now()
      const from = next
      while (next < steps.length) {
        const due = from + ((performance.now() - began) / (seconds * 1_000)) * (steps.length - from)
        while (next < Math.min(due, steps.length)) take()
        await sleep(20)
      }
      await Promise.all(pushing)
    },
    sent: () => sent,
    progress: () => next / steps.length,
  }
}
