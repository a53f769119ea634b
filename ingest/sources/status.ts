/** A source's status as it changes. */
import { toWellFormed } from '../base/well-formed.ts'
import type { SourceState, SourceStatus } from './source.ts'

export interface StatusKeeper {
  /** A new detail keeps the `since` of a state that stays. */
  set(state: SourceState, detail: string): void
  get(): SourceStatus
}

/** Makes a keeper that begins at `starting`; `wallClock` gives epoch ms. */
export function createStatus(source: string, wallClock: () => number): StatusKeeper {
  let status: SourceStatus = { source, state: 'starting', detail: 'Not begun yet.', since: wallClock() }
  return {
    set(state, words) {
      // A server's own words may be in it.
      const detail = toWellFormed(words)
      status = { source, state, detail, since: state === status.state ? status.since : wallClock() }
    },
    get: () => status,
  }
}
