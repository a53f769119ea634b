/** What was missed while nobody listened, or was not streamed: a stream has no memory, but the timeline of the same posts has. */
import { sleep } from '../../base/retry.ts'
import { parseTimestamp } from '../../base/timestamps.ts'
import type { Mailbox } from '../net/mailbox.ts'
import type { Recent } from '../net/recent.ts'
import { idOf, type Fields } from '../shapes/shape.ts'
import { textOf, type StreamEvent } from './events.ts'
import { newer } from './ids.ts'
import { readPage, type MastodonServer } from './server.ts'

/**
 * Pages asked for at most, 10,000 statuses: servers allow some 300 requests in five minutes, and a busy one has that many
 * statuses in an hour. What is beyond is a gap.
 */
const PAGES_MAX = 250
/** Between two pages, so that the limit holds. */
const PAGE_PAUSE_MS = 1_000
/** A server that does not answer a page is asked again so often. */
const TRIES_MAX = 3
/** A server that asks to be left alone is left alone so often; their limits are of five minutes. */
const RESTS_MAX = 5

/** Down to where a timeline is read. */
export interface Since {
  /** The reading server's id of the newest status up to which nothing is missing. */
  id: string | null
  /** When it was written, what is later than that may be missing too: servers number others' statuses by that. Epoch ms. */
  from: number
}

export interface CatchUpOptions {
  server: MastodonServer
  mailbox: Mailbox<StreamEvent>
  connection: number
  /** Null: nothing was read before, so that nothing was missed, and only where it begins is asked for. */
  since: Since | null
  /** By their ids at this server; what was given before is not given again. */
  given: Recent
  pauseMs?: number | undefined
  /** Told where it begins: the newest id at the server, null where it has none. */
  onBegin: (newest: string | null) => void
  /** Whether what was not wholly read is missed now; absent: it is. Else nothing is said, and the next look begins there again. */
  isGap?: (caught: Caught, since: Since) => boolean
  wallClock: () => number
}

export interface Caught {
  whole: boolean
  /** The server did not answer a page below the first; it may the next time. */
  unanswered: boolean
  newest: string | null
  /** Statuses that were put into the mailbox. */
  given: number
  /** Statuses that are newer than the newest that was known. */
  found: number
}

/**
 * Puts everything since then into the mailbox, then says whether that was all. Never rejects; null: the server shows no
 * timeline, and nothing is said. Returns early when `signal` aborts.
 */
export async function catchUp(options: CatchUpOptions, signal: AbortSignal): Promise<Caught | null> {
  const { mailbox, connection, since, isGap = () => true, wallClock } = options
  const caught = since === null ? await findBegin(options, signal) : await readDown(options, since, signal)
  if (caught === null || signal.aborted) return null
  const { whole, newest } = caught
  if (!whole && since !== null && !isGap(caught, since)) return caught
  mailbox.push({ kind: 'joined', whole, newest, at: wallClock(), connection })
  return caught
}

async function findBegin(options: CatchUpOptions, signal: AbortSignal): Promise<Caught | null> {
  const page = await askPage(options, null, signal)
  if (page === null) return null
  const newest = idOf(page[0]?.['id'])
  options.onBegin(newest)
  return { whole: true, unanswered: false, newest, given: 0, found: 0 }
}

/** Downwards, until nothing of a page is missing: a page may be short, or lack its oldest, though there is more. */
async function readDown(options: CatchUpOptions, since: Since, signal: AbortSignal): Promise<Caught | null> {
  const { mailbox, connection, pauseMs = PAGE_PAUSE_MS, wallClock } = options
  let newest = since.id
  let below: string | null = null
  let [given, found] = [0, 0]
  const caught = (whole: boolean, unanswered = false) => ({ whole, unanswered, newest, given, found })
  for (let pages = 0; pages < PAGES_MAX && !signal.aborted; pages += 1) {
    const page = await askPage(options, below, signal)
    if (page === null) return pages === 0 ? null : caught(false, true)
    for (const status of page.toReversed()) {
      const id = idOf(status['id'])
      if (!isMissed(status, since) || (id !== null && !options.given.add(id))) continue
      given += 1
      if (isLater(id, since.id)) found += 1
      const payload = textOf(status)
      mailbox.push({ kind: 'update', payload, late: true, at: wallClock(), connection })
    }
    newest = newer(newest, idOf(page[0]?.['id']))
    const last = page.at(-1)
    if (last === undefined || !isMissed(last, since)) return caught(true)
    const lowest = idOf(last['id'])
    // It gives the same again: there is no way down.
    if (lowest === null || lowest === below) break
    below = lowest
    if (mailbox.isFull()) await mailbox.drained(signal)
    await sleep(pauseMs, signal)
  }
  return caught(false)
}

function isMissed(status: Fields, { id, from }: Since): boolean {
  return isLater(idOf(status['id']), id) || (parseTimestamp(status['created_at']) ?? 0) >= from
}

/** Where no id is known, only times tell. */
function isLater(id: string | null, than: string | null): boolean {
  return id !== null && than !== null && id !== than && newer(id, than) === id
}

async function askPage(options: CatchUpOptions, below: string | null, signal: AbortSignal) {
  const { server, pauseMs = PAGE_PAUSE_MS } = options
  let rests = 0
  for (let tries = 1; tries <= TRIES_MAX && !signal.aborted; tries += 1) {
    let restMs = pauseMs * 2 ** tries
    try {
      const page = await readPage(server, below, signal)
      if (page.ok) return page.statuses
      // It will not be another answer next time.
      if (page.status < 500 && page.status !== 429) return null
      if (page.restMs !== null && rests < RESTS_MAX) {
        rests += 1
        tries -= 1
        restMs = page.restMs
      }
    } catch {
      // Asked again below; after the last time it is a gap, which says so.
    }
    await sleep(restMs, signal)
  }
  return null
}
