/** Events of Mastodon's streaming, out of WebSocket messages or server-sent events. */
import { z } from 'zod'
import type { Refusal } from '../net/refusal.ts'

/** What arrives, and what this side says of it. */
export type StreamEvent =
  /** A status (`update`), a changed one (`status.update`), or the reading server's id of one that is gone (`delete`). */
  | { kind: 'edit' | 'delete'; payload: string; at: number; connection: number }
  /** `late`: read from the timeline, not streamed; until all of it is there (`joined`), nothing is known of its order. */
  | { kind: 'update'; payload: string; late?: true; at: number; connection: number }
  /** Something else that was sent, and is no event. */
  | { kind: 'broken'; payload: string; at: number; connection: number }
  /** A sign of life. */
  | { kind: 'alive'; at: number; connection: number }
  /** All that was missed before this connection has come too (`whole`), or it cannot be had; and the newest id known. */
  | { kind: 'joined'; whole: boolean; newest: string | null; at: number; connection: number }

/** Names of the events that are read; some servers write the second of them with an underscore. */
const KINDS: Readonly<Record<string, 'update' | 'edit' | 'delete'>> = {
  update: 'update',
  'status.update': 'edit',
  status_update: 'edit',
  delete: 'delete',
}

/** What a message holds; null for events that are not about posts (filters, notifications, announcements). */
export function toEvent(name: string, payload: string, at: number, connection: number): StreamEvent | null {
  const kind = KINDS[name]
  return kind === undefined ? null : { kind, payload, at, connection }
}

const messageSchema = z.object({ event: z.string(), payload: z.unknown() })

/** What Mastodon says on an open stream in place of following: its token does not suffice, there is no such stream. */
const refusalSchema = z.object({ error: z.string(), status: z.number().int().catch(0) })

/**
 * A WebSocket message: `{"stream": […], "event": "update", "payload": "{…}"}`, the payload being JSON in a string; or a
 * refusal, after which nothing comes any more.
 */
export function readMessage(message: Buffer, at: number, connection: number): StreamEvent | Refusal | null {
  const text = message.toString('utf8')
  // Some servers' heartbeats.
  if (text.trim() === '') return { kind: 'alive', at, connection }
  const json = parseJson(text)
  const parsed = messageSchema.safeParse(json)
  if (!parsed.success) {
    const refused = refusalSchema.safeParse(json)
    if (refused.success) return { status: refused.data.status, body: text, restMs: null }
    return { kind: 'broken', payload: text, at, connection }
  }
  const { event, payload } = parsed.data
  return toEvent(event, typeof payload === 'string' ? payload : textOf(payload), at, connection)
}

/** As JSON; empty for what is nested too deep to be written so, and so for no status. */
export function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return ''
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The caller calls it broken.
    return null
  }
}

/** One event of a stream of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export interface ServerSent {
  /** Empty for a comment, which servers send as a heartbeat. */
  event: string
  data: string
}

/** Makes a reader of such a stream; `push` gives what is whole with this piece. Throws RangeError for an event over `maxLength`. */
export function createEventReader(maxLength: number): (piece: string) => ServerSent[] {
  let rest = ''
  let event = ''
  let data: string[] = []
  let length = 0

  function readLine(line: string, out: ServerSent[]): void {
    if (line === '') {
      if (data.length > 0) out.push({ event: event === '' ? 'message' : event, data: data.join('\n') })
      event = ''
      data = []
      length = 0
    } else if (line.startsWith(':')) out.push({ event: '', data: '' })
    else {
      const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!
      if (name === 'event') event = value
      if (name === 'data') data.push(value)
      length += value.length
    }
  }

  return function push(piece) {
    const out: ServerSent[] = []
    const lines = (rest + piece).split(/\r\n|\n|\r(?=.)/s)
    rest = lines.pop() ?? ''
    for (const line of lines) readLine(line, out)
    if (rest.length + length > maxLength)
      throw new RangeError(`An event is longer than ${maxLength} characters.`)
    return out
  }
}
