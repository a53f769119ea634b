/** A line between a client and a server of this machine, that can be slow, cut, and mute. */
import { createConnection, createServer, type Socket } from 'node:net'
import { listen } from '../../services/listen.ts'

export interface Proxy extends AsyncDisposable {
  port: number
  /** Where new connections go; until it is set they are refused. */
  target(port: number): void
  /** Each piece waits this long, in each direction; 0: not at all. ms */
  delay(ms: number): void
  /** Ends every connection at once, with a reset: what is on its way is lost. */
  reset(): void
  /** Lets this many bytes through on each connection, in each direction, then resets it in mid-message; null: all. */
  cutAfter(bytes: number | null): void
  /** Passes nothing on and says nothing: the line is dead, and neither end knows. */
  mute(muted: boolean): void
  /** Refuses new connections and resets those that are. */
  refuse(refused: boolean): void
}

interface Line {
  ends: [Socket, Socket]
  /** Bytes that may still pass, by direction; null: all. */
  left: [number, number] | null
}

export async function startProxy(): Promise<Proxy> {
  const lines = new Set<Line>()
  let target: number | null = null
  let delayMs = 0
  let cutBytes: number | null = null
  const state = { muted: false }
  let refused = false

  const server = createServer({ allowHalfOpen: true }, (near) => {
    if (target === null || refused) {
      near.resetAndDestroy()
      return
    }
    const far = createConnection({ port: target, host: '127.0.0.1', allowHalfOpen: true })
    const line: Line = { ends: [near, far], left: cutBytes === null ? null : [cutBytes, cutBytes] }
    lines.add(line)
    pass(line, 0)
    pass(line, 1)
  })

  function end(line: Line): void {
    lines.delete(line)
    for (const socket of line.ends) socket.resetAndDestroy()
  }

  /** Passes on what comes from one end, piece by piece, no faster than the other end takes it. */
  function pass(line: Line, direction: 0 | 1): void {
    const from = line.ends[direction]
    const to = line.ends[1 - direction]!
    from.setNoDelay(true)
    // An error is a reset; both ends are told by a reset too.
    from.on('error', () => end(line))
    void (async () => {
      for await (const piece of from as AsyncIterable<Buffer>) {
        if (delayMs > 0) await pause(delayMs)
        while (state.muted && lines.has(line)) await pause(20)
        if (!lines.has(line)) return
        const left = line.left?.[direction] ?? Infinity
        const part = piece.subarray(0, left)
        if (line.left !== null) line.left[direction] -= part.length
        if (!to.write(part)) await drained(to)
        if (part.length === piece.length) continue
        // The start of a message has gone out, and nothing follows it.
        await pause(5)
        return end(line)
      }
      to.end()
      if (to.readableEnded || to.destroyed) lines.delete(line)
    })().catch(() => end(line))
  }

  await listen(server)
  const { port } = server.address() as { port: number }
  const reset = () => {
    for (const line of lines) end(line)
  }
  return {
    port,
    target: (to) => void (target = to),
    delay: (ms) => void (delayMs = ms),
    reset,
    cutAfter(bytes) {
      cutBytes = bytes
      for (const line of lines) line.left = bytes === null ? null : [bytes, bytes]
    },
    mute: (on) => void (state.muted = on),
    refuse(on) {
      refused = on
      if (on) reset()
    },
    async [Symbol.asyncDispose]() {
      refused = true
      reset()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function drained(socket: Socket): Promise<void> {
  if (socket.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    socket.once('drain', resolve)
    socket.once('close', () => resolve())
  })
}
