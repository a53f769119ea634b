/** One stream out of connections that come and go. */
import { createBackoff, sleep } from '../../base/retry.ts'
import type { StatusKeeper } from '../status.ts'
import type { Refusal } from './refusal.ts'

/** In ms. */
export interface StreamTiming {
  firstRetryMs: number
  maxRetryMs: number
  /** A connection that brings nothing for this long is dead. */
  idleMs: number
  handshakeMs: number
}

/** How a connection ended. */
export interface Ended {
  /** What it brought. */
  frames: number
  /** In words, with the host's name. */
  reason: string
  /** What the server answered in place of a stream. */
  refusal: Refusal | null
  /** It brought something in another way, and the next address is tried all the same. */
  moveOn?: true
}

export interface FollowOptions<A> {
  /** Tried one after the other. */
  addresses: readonly A[]
  /** Resolves when a connection, the `number`-th from 1, has ended. */
  connect: (address: A, number: number) => Promise<Ended>
  /** Stays with an address that brought something; without it the next is tried whenever one ends. */
  sticky?: boolean
  /** The stream's name in a sentence: `Bluesky's public stream`. */
  stream: string
  status: StatusKeeper
  timing: StreamTiming
  random: () => number
}

/**
 * Follows the stream until `signal` aborts: whatever ends a connection, it tries again, at the next address, after a wait
 * that grows while nothing comes. A server that asks to be left alone is left alone.
 */
export async function follow<A>(options: FollowOptions<A>, signal: AbortSignal): Promise<void> {
  const { addresses, connect, stream, status, timing, random } = options
  const backoff = createBackoff({ firstMs: timing.firstRetryMs, maxMs: timing.maxRetryMs, random })
  /** Until when each address rests, by a clock that nobody sets. */
  const rests = addresses.map(() => 0)
  let index = 0
  for (let number = 1; !signal.aborted; number += 1) {
    const { frames, reason, refusal, moveOn = false } = await connect(addresses[index]!, number)
    if (signal.aborted) return
    if (frames > 0) backoff.reset()
    rests[index] = performance.now() + (refusal?.restMs ?? 0)
    const wait = backoff.next()
    const first = options.sticky === true && frames > 0 && !moveOn ? index : index + 1
    index = nextIndex(first, rests, performance.now() + wait)
    const whole = Math.max(wait, rests[index]! - performance.now())
    const seconds = `${Math.max(1, Math.round(whole / 1_000))} s`
    if (frames > 0) status.set('waiting', `${stream} was interrupted (${reason}). Going on in ${seconds}.`)
    else status.set('unreachable', `${stream} cannot be reached (${reason}). Trying again in ${seconds}.`)
    await sleep(whole, signal)
  }
}

/** The address, from the `first`, that does not rest by then, else the one that rests least long. */
function nextIndex(first: number, rests: readonly number[], by: number): number {
  const turn = rests.map((_, i) => (first + i) % rests.length)
  return turn.find((i) => rests[i]! <= by) ?? turn.reduce((a, b) => (rests[b]! < rests[a]! ? b : a))
}
