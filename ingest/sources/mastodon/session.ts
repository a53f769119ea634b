/** One server, connection after connection: its stream, what its timeline shows beside it, and the timeline alone. */
import type { Ended, StreamTiming } from '../net/follow.ts'
import type { Mailbox } from '../net/mailbox.ts'
import { createRecent } from '../net/recent.ts'
import type { Refusal } from '../net/refusal.ts'
import { wordsOf } from '../net/refusal.ts'
import type { StatusKeeper } from '../status.ts'
import { catchUp, type CatchUpOptions, type Since } from './catch-up.ts'
import { connectStream } from './connect.ts'
import type { StreamEvent } from './events.ts'
import type { EventReader } from './read-events.ts'
import { findStreaming, streamingAtHome, type MastodonServer } from './server.ts'
import { LOOK_MS, readTimeline, watchQuiet } from './watch.ts'

/** The ways in which servers stream. */
export const WAYS = ['socket', 'events'] as const
export type Way = (typeof WAYS)[number]

/** `pageMs`: between two pages of a timeline; `lookMs`: between two looks at it. */
export type MastodonTiming = StreamTiming & { pageMs?: number; lookMs?: number }

/** A server that refuses its stream, and gives its timeline, is asked for the stream again at once, then ever less often, up to this. */
const TIMELINE_MAX_MS = 2 * 60_000
/** More than a timeline shows in a minute of looks. */
const GIVEN_MIN = 2_000

/** Servers write it first. Where one does not, looks at the timeline bring what was streamed again, which counts once. */
const ID_OF_STATUS = /^\{"id":"([^"]{1,100})"/

export interface SessionOptions {
  server: MastodonServer
  reader: Pick<EventReader, 'since'>
  mailbox: Mailbox<StreamEvent>
  status: StatusKeeper
  timing: MastodonTiming
  wallClock: () => number
}

/** Makes what `follow` calls for each connection. */
export function createSession({ server, reader, mailbox, status, timing, wallClock }: SessionOptions) {
  /** Where the server says that it streams; null: it has not answered yet. */
  let said: string | null = null
  /** Its own address is tried where that which it says fails both ways, and the other way round. */
  let atHome = false
  /** In what words each was refused since a stream brought something last. */
  const refused = new Map<Way, string>()
  /** How often the timeline was read in place of the stream since then. */
  let rounds = 0
  /** Where it began, until the reader knows. */
  let begun: Since | null = null
  const { host } = server
  const { lookMs = LOOK_MS } = timing
  const every = `asked every ${Math.round(lookMs / 1_000)} s`

  async function connect(way: Way, connection: number, stopped: AbortSignal): Promise<Ended> {
    said ??= await findStreaming(server, timing.handshakeMs, stopped)
    const socket = atHome || said === null ? streamingAtHome(server) : said
    const given = createRecent(GIVEN_MIN)
    const onBegin = (newest: string | null) => (begun = { id: newest, from: wallClock() })
    const catching = (): CatchUpOptions => {
      const since = reader.since() ?? begun
      return { server, mailbox, connection, since, given, pauseMs: timing.pageMs, onBegin, wallClock }
    }
    const ending = new AbortController()
    const ended = AbortSignal.any([stopped, ending.signal])
    let streamed = 0
    let timeline = Promise.resolve()
    const counting: Mailbox<StreamEvent> = {
      ...mailbox,
      push(event) {
        if (event.kind === 'update') {
          // Not when it opens: some open a socket, and refuse then.
          refused.clear()
          rounds = 0
          streamed += 1
          const id = ID_OF_STATUS.exec(event.payload)?.[1]
          if (id !== undefined) given.add(id)
        }
        mailbox.push(event)
      },
    }
    const onOpen = () => {
      status.set('running', `Following the public stream of ${host}.`)
      const onMute = () =>
        status.set('running', `Following the timeline of ${host}, ${every}: its stream brings no posts.`)
      timeline = besideStream({ catching, lookMs, streamed: () => streamed, onMute }, ended)
    }
    const base = way === 'socket' ? socket : socket.replace(/^ws/, 'http')
    const result = await connectStream(
      { server, base, connection, mailbox: counting, onOpen, timing, wallClock },
      stopped,
    )
    ending.abort()
    await timeline
    if (result.frames === 0 && way === 'events') atHome = !atHome
    const { refusal } = result
    if (!isFinal(refusal)) return result
    refused.set(way, [String(refusal.status), ...words(refusal)].join(', '))
    return refused.size < WAYS.length ? result : await inPlaceOfStream(result, catching, stopped)
  }

  async function besideStream(
    watching: Parameters<typeof watchQuiet>[0],
    signal: AbortSignal,
  ): Promise<void> {
    const catching = watching.catching()
    const { since, connection } = catching
    const caught = await catchUp(catching, signal)
    if (signal.aborted) return
    // Nothing was missed where nothing was read before; else it cannot be had.
    if (caught === null)
      mailbox.push({
        kind: 'joined',
        whole: since === null,
        newest: since?.id ?? null,
        at: wallClock(),
        connection,
      })
    await watchQuiet(watching, signal)
  }

  /** Of a server that does not stream, or not to us. */
  async function inPlaceOfStream(
    result: Ended,
    catching: () => CatchUpOptions,
    signal: AbortSignal,
  ): Promise<Ended> {
    const why = [...new Set(refused.values())].join('; ')
    const onShown = () =>
      status.set('running', `Following the timeline of ${host}, ${every}: its stream is refused (${why}).`)
    const forMs = Math.min(lookMs * (2 ** rounds - 1), TIMELINE_MAX_MS)
    rounds += 1
    const looks = await readTimeline({ catching, lookMs, forMs, onShown }, signal)
    return looks === 0 ? result : { ...result, frames: looks, moveOn: true }
  }

  return connect
}

function words(refusal: Refusal): string[] {
  const said = wordsOf(refusal)
  return said === null ? [] : [said]
}

/** Asked again at once it would say the same. */
function isFinal(refusal: Refusal | null): refusal is Refusal {
  if (refusal === null) return false
  const { status, restMs } = refusal
  // What is no error is no stream either: a page, or the way to another place.
  return restMs === null && ((status >= 200 && status < 500 && status !== 429) || status === 501)
}
