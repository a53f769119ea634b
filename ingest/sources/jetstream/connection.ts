/** One stream out of connections that come and go. */
import { WebSocket, type RawData } from 'ws'
import { createBackoff, sleep } from '../../base/retry.ts'
import type { StatusKeeper } from '../status.ts'
import type { Mailbox } from './mailbox.ts'

/** Frames that wait to be taken; past this the socket is not read. About 10 s of the whole network's posts. */
const WAITING_MAX = 5_000
/** Reading goes on when no more than this wait. */
const WAITING_LOW = 1_000
/** No record of this network may be larger than 1 MiB; JSON is larger than what it encodes. */
const FRAME_MAX_BYTES = 4 * 1024 * 1024

export interface Frame {
  data: Buffer
  /** Which connection it came by, counted from 1. */
  connection: number
}

/** In ms. */
export interface JetstreamTiming {
  firstRetryMs: number
  maxRetryMs: number
  /** The network is never silent; a connection that is, is dead. */
  idleMs: number
  handshakeMs: number
}

export interface FollowOptions {
  /** Tried one after the other. */
  urls: readonly string[]
  mailbox: Mailbox<Frame>
  status: StatusKeeper
  /** The query of the next connection. */
  query: () => URLSearchParams
  timing: JetstreamTiming
  random: () => number
}

interface Ended {
  frames: number
  reason: string
}

/** Follows the stream until `signal` aborts: whatever ends a connection, it tries again, at the next address. */
export async function follow(options: FollowOptions, signal: AbortSignal): Promise<void> {
  const { urls, status, timing, random } = options
  const backoff = createBackoff({ firstMs: timing.firstRetryMs, maxMs: timing.maxRetryMs, random })
  for (let connection = 1; !signal.aborted; connection += 1) {
    const url = urls[(connection - 1) % urls.length]
    if (url === undefined) throw new Error('There is no address to follow.')
    const { frames, reason } = await connect(options, url, connection, signal)
    if (signal.aborted) return
    if (frames > 0) backoff.reset()
    const wait = backoff.next()
    const seconds = `${Math.max(1, Math.round(wait / 1_000))} s`
    if (frames > 0)
      status.set('waiting', `Bluesky's public stream was interrupted (${reason}). Going on in ${seconds}.`)
    else
      status.set(
        'unreachable',
        `Bluesky's public stream cannot be reached (${reason}). Trying again in ${seconds}.`,
      )
    await sleep(wait, signal)
  }
}

/** Resolves when the connection has ended, for whatever reason. */
async function connect(
  options: FollowOptions,
  address: string,
  connection: number,
  signal: AbortSignal,
): Promise<Ended> {
  const { mailbox, status, timing, query } = options
  const { host } = new URL(address)
  const socket = new WebSocket(addressOf(address, query()), {
    // Deflate costs more than it saves here, and servers refuse it together with their own packing.
    perMessageDeflate: false,
    maxPayload: FRAME_MAX_BYTES,
    handshakeTimeout: timing.handshakeMs,
    headers: { 'User-Agent': 'tallywatch' },
  })
  let frames = 0
  let reason: string | null = null
  const idle = setTimeout(() => {
    if (socket.isPaused) {
      idle.refresh()
      return
    }
    reason = `${host} sent nothing for ${Math.round(timing.idleMs / 1_000)} s`
    socket.terminate()
  }, timing.idleMs)
  const stop = () => socket.terminate()
  signal.addEventListener('abort', stop, { once: true })

  async function resume(): Promise<void> {
    await mailbox.drained(WAITING_LOW, signal)
    // Silence while it was not read was this side's.
    idle.refresh()
    socket.resume()
  }
  socket.on('open', () => status.set('running', `Following Bluesky's public stream at ${host}.`))
  socket.on('message', (data: RawData) => {
    idle.refresh()
    frames += 1
    mailbox.push({ data: toBuffer(data), connection })
    if (mailbox.size() < WAITING_MAX || socket.isPaused) return
    socket.pause()
    void resume()
  })
  socket.on('error', (error) => {
    reason ??= `${host}: ${describe(error)}`
  })
  await new Promise<void>((resolve) => {
    socket.on('close', (code, text) => {
      const why = text.toString('utf8')
      reason ??= `${host} closed the connection, code ${code}${why === '' ? '' : `, ${why}`}`
      resolve()
    })
    if (signal.aborted) stop()
  })
  clearTimeout(idle)
  signal.removeEventListener('abort', stop)
  return { frames, reason: reason ?? host }
}

function addressOf(address: string, query: URLSearchParams): string {
  const url = new URL(address)
  if (url.pathname === '/') url.pathname = '/subscribe'
  for (const [name, value] of query) url.searchParams.append(name, value)
  return url.href
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data)
  return Buffer.isBuffer(data) ? data : Buffer.from(data)
}

/** Connecting to several addresses of one name fails with an error that has a code and no message. */
function describe(error: Error): string {
  if (error.message !== '') return error.message
  return 'code' in error ? String(error.code) : error.name
}
