/** What was missed while nobody listened: a stream has no memory, but the timeline of the same posts has. */
import { sleep } from '../../base/retry.ts'
import type { Mailbox } from '../net/mailbox.ts'
import { idOf } from '../shapes/shape.ts'
import type { StreamEvent } from './events.ts'
import { PAGE_LIMIT, readPage, type MastodonServer } from './server.ts'

/**
 * Pages asked for at most, 10,000 statuses: servers allow some 300 requests in five minutes, and a busy one has that many
 * statuses in an hour. What is beyond is a gap.
 */
const PAGES_MAX = 250
/** Between two pages, so that the limit holds. */
const PAGE_PAUSE_MS = 1_000
/** A server that does not answer a page is asked again so often. */
const TRIES_MAX = 3

export interface CatchUpOptions {
  server: MastodonServer
  mailbox: Mailbox<StreamEvent>
  connection: number
  /** Where to read on from, in the reading server's ids; null: before its first status. */
  since: string | null
  /** Nothing was read before, so that nothing was missed: only where it begins is asked for. */
  first: boolean
  pauseMs?: number | undefined
  wallClock: () => number
}

interface Caught {
  whole: boolean
  newest: string | null
}

/**
 * Puts everything after `since` into the mailbox, then says whether that was all. Never rejects: what cannot be had is
 * told as `joined` that is not whole. Returns early when `signal` aborts.
 */
export async function catchUp(options: CatchUpOptions, signal: AbortSignal): Promise<void> {
  const { mailbox, connection, first, wallClock } = options
  const caught = first ? await findBegin(options, signal) : await readOn(options, signal)
  if (!signal.aborted) mailbox.push({ kind: 'joined', ...caught, at: wallClock(), connection })
}

async function findBegin(
  { server, pauseMs = PAGE_PAUSE_MS }: CatchUpOptions,
  signal: AbortSignal,
): Promise<Caught> {
  const statuses = await askPage(server, null, pauseMs, signal)
  return { whole: true, newest: idOf(statuses?.[0]?.['id']) }
}

async function readOn(options: CatchUpOptions, signal: AbortSignal): Promise<Caught> {
  const { server, mailbox, connection, pauseMs = PAGE_PAUSE_MS, wallClock } = options
  let newest = options.since
  for (let pages = 0; pages < PAGES_MAX && !signal.aborted; pages += 1) {
    const statuses = await askPage(server, newest, pauseMs, signal)
    if (statuses === null) return { whole: false, newest }
    for (const status of statuses.toReversed())
      mailbox.push({ kind: 'update', payload: JSON.stringify(status), at: wallClock(), connection })
    const wasNull = newest === null
    newest = idOf(statuses[0]?.['id']) ?? newest
    if (statuses.length < PAGE_LIMIT) return { whole: true, newest }
    // Without a place to read on from the server gives its newest: what is before a full page of them is not known.
    if (wasNull) return { whole: false, newest }
    if (mailbox.isFull()) await mailbox.drained(signal)
    await sleep(pauseMs, signal)
  }
  return { whole: false, newest }
}

async function askPage(server: MastodonServer, newest: string | null, pauseMs: number, signal: AbortSignal) {
  for (let tries = 1; tries <= TRIES_MAX && !signal.aborted; tries += 1) {
    try {
      const page = await readPage(server, newest, signal)
      if (page.ok) return page.statuses
      // It will not be another answer next time.
      if (page.status < 500 && page.status !== 429) return null
    } catch {
      // Asked again below; after the last time it is a gap, which says so.
    }
    await sleep(pauseMs * 2 ** tries, signal)
  }
  return null
}
