/** Starts the process that sends a load, and hears how far it is. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { LoadCounts, LoadKind } from './load.ts'

/** What the sender says each second, counted from its start. */
export interface Sent extends LoadCounts {
  /** Posts that should have been sent by now; fewer were where the reader is slow. */
  due: number
  /** More than one: the reader lost its connection and came again. */
  connections: number
  /** Epoch ms; null before the start. */
  startedAt: number | null
  /** CPU time of the sender. */
  cpuMicros: number
}

export interface Sender {
  url: string
  pid: number
  start(): void
  /** From now on nothing more becomes due; what is, is sent still. */
  halt(): void
  /** The last word of it. Throws when it has ended. */
  sent(): Sent
  stop(): Promise<void>
}

/** When posts were due in another run: from `from` (epoch ms), `rate` a second. */
export interface Times {
  from: number
  rate: number
}

/** `rate` in posts a second; 0: as fast as they are read. With `times` the posts bear those of another run. */
export async function startSender(
  kind: LoadKind,
  seed: string,
  rate: number,
  count: number,
  times?: Times,
): Promise<Sender> {
  const script = fileURLToPath(new URL('server.ts', import.meta.url))
  const numbers = [rate, count, ...(times === undefined ? [] : [times.from, times.rate])].map(String)
  const args = ['--import', import.meta.resolve('tsx'), script, kind, seed, ...numbers]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  const lines = createInterface(child.stdout)
  const [port] = (await Promise.race([once(lines, 'line'), ended])) as [string | number | null]
  if (typeof port !== 'string' || child.pid === undefined) throw new Error('the sender of the load ended')
  let last: Sent | null = null
  lines.on('line', (line) => (last = JSON.parse(line) as Sent))
  return {
    url: `ws://127.0.0.1:${port}`,
    pid: child.pid,
    start: () => void child.stdin.write('start\n'),
    halt: () => void child.stdin.write('halt\n'),
    sent() {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error('the sender of the load ended')
      return last ?? NOTHING
    },
    async stop() {
      child.stdin.end()
      await ended
    },
  }
}

const NOTHING: Sent = {
  posts: 0,
  election: 0,
  rumours: 0,
  repeats: 0,
  reposts: 0,
  due: 0,
  connections: 0,
  startedAt: null,
  cpuMicros: 0,
}
