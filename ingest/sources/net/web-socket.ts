/** One WebSocket connection, read into a mailbox no faster than it is emptied. */
import { WebSocket, type RawData } from 'ws'
import { agentFor } from './address.ts'
import type { Ended } from './follow.ts'
import type { Mailbox } from './mailbox.ts'
import { describeRefusal, readRefusal, type Refusal } from './refusal.ts'

export interface SocketOptions<T> {
  address: string
  headers?: Readonly<Record<string, string>>
  protocols?: readonly string[]
  /** A larger message ends the connection. */
  maxMessageBytes: number
  idleMs: number
  handshakeMs: number
  mailbox: Mailbox<T>
  /** What goes into the mailbox; null: nothing. `refuse` ends the connection: the message says that nothing will come. */
  read: (message: Buffer, isBinary: boolean, refuse: (refusal: Refusal) => void) => T | null
  onOpen: () => void
  /** Told of signs of life beside messages. With it they keep the connection, and are asked for; without it only messages do. */
  onAlive?: () => void
  /** For how long signs of life alone keep it; for ever where it is not given. */
  quietMs?: number
  wallClock: () => number
}

/** Resolves when the connection has ended, for whatever reason; never rejects. */
export async function readWebSocket<T>(options: SocketOptions<T>, signal: AbortSignal): Promise<Ended> {
  const { address, mailbox, idleMs, quietMs = Infinity, wallClock } = options
  const { host } = new URL(address)
  const agent = agentFor(address)
  const socket = new WebSocket(address, [...(options.protocols ?? [])], {
    // Deflate costs more than it saves here, and Jetstream refuses it together with its own packing.
    perMessageDeflate: false,
    maxPayload: options.maxMessageBytes,
    handshakeTimeout: options.handshakeMs,
    // Some servers answer a client without a name with an error.
    headers: { 'User-Agent': 'tallywatch', ...options.headers },
    ...(agent === undefined ? {} : { agent }),
  })
  let frames = 0
  let lastMessage = performance.now()
  let reason: string | null = null
  let refusal: Refusal | null = null
  const idle = setTimeout(() => {
    if (socket.isPaused) {
      idle.refresh()
      return
    }
    reason = `${host} sent nothing for ${Math.round((performance.now() - lastMessage) / 1_000)} s`
    socket.terminate()
  }, idleMs)
  const stop = () => socket.terminate()
  signal.addEventListener('abort', stop, { once: true })

  async function resume(): Promise<void> {
    await mailbox.drained(signal)
    // Silence while it was not read was this side's.
    idle.refresh()
    socket.resume()
  }
  const refuse = (said: Refusal) => {
    refusal = said
    reason = describeRefusal(host, said)
    socket.terminate()
  }
  socket.on('open', options.onOpen)
  const { onAlive } = options
  const ask = () => {
    if (socket.readyState === WebSocket.OPEN && !socket.isPaused) socket.ping()
  }
  const asking = onAlive === undefined ? undefined : setInterval(ask, idleMs / 3)
  if (onAlive !== undefined) {
    for (const sign of ['ping', 'pong'] as const) {
      socket.on(sign, () => {
        if (performance.now() - lastMessage < quietMs) idle.refresh()
        onAlive()
      })
    }
  }
  socket.on('message', (data: RawData, isBinary) => {
    idle.refresh()
    lastMessage = performance.now()
    const item = options.read(toBuffer(data), isBinary, refuse)
    if (item !== null) {
      frames += 1
      mailbox.push(item)
    }
    if (!mailbox.isFull() || socket.isPaused) return
    socket.pause()
    void resume()
  })
  socket.on('error', (error) => {
    reason ??= `${host}: ${describe(error)}`
  })
  socket.on('unexpected-response', (_, response) => {
    void (async () => {
      refuse(await readRefusal(response, wallClock()))
    })()
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
  clearInterval(asking)
  signal.removeEventListener('abort', stop)
  return { frames, reason: reason ?? host, refusal }
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data)
  return Buffer.isBuffer(data) ? data : Buffer.from(data)
}

/** What the system's commonest words mean. */
const PLAIN: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no host has this name',
  EAI_AGAIN: 'names cannot be looked up now',
  ECONNREFUSED: 'nothing answers at this port',
  ECONNRESET: 'the connection was cut',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way there',
  ENETUNREACH: 'this machine has no network there',
}

/** Why, for people. Connecting to several addresses of one name fails with an error that has a code and no message. */
export function describe(error: Error): string {
  const code = 'code' in error ? String(error.code) : null
  const plain = code === null ? undefined : PLAIN[code]
  if (plain !== undefined) return `${plain}, ${code}`
  return error.message === '' ? (code ?? error.name) : error.message
}
