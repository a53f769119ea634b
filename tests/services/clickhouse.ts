/** A real ClickHouse server for the tests, over HTTP on a free loopback port. */
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { fillable, mountDisk, type Fillable } from './disk.ts'
import { endServer, freePort, launchServer } from './server-process.ts'

const CHILD = fileURLToPath(new URL('clickhouse-child.ts', import.meta.url))
/** Under a second on a quiet machine; the tests also run on busy ones. */
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 10_000
/** Somebody else may take a port between its choice and its use. */
const START_TRIES = 3

export interface ClickhouseServer {
  url: string
  /** Ends the server at once (SIGKILL); its data stays. */
  kill(): Promise<void>
  /** Starts the server again on the same port and data, after `kill`. */
  restart(): Promise<void>
  /** Stops the server where it stands (SIGSTOP): it answers nobody, and its connections stay. */
  freeze(): Promise<void>
  /** Lets it go on (SIGCONT). */
  thaw(): Promise<void>
  /** Ends the server and removes its data. */
  stop(): Promise<void>
}

/**
 * Starts a server and resolves when it answers; with CLICKHOUSE_URL set, gives that server instead. It ends with this
 * process, however that ends.
 */
export async function startClickhouse(): Promise<ClickhouseServer> {
  const given = process.env['CLICKHOUSE_URL']
  return given === undefined || given === '' ? startOwnClickhouse() : givenServer(given)
}

/**
 * Always a server of our own, for a test that kills it. `disk` (`200m`) puts its data on a disk in memory of that size,
 * which outlives the server (Linux, with user namespaces).
 */
export async function startOwnClickhouse({ disk }: { disk?: string } = {}): Promise<
  ClickhouseServer & Fillable
> {
  const work = await mkdtemp(path.join(tmpdir(), 'tallywatch-clickhouse-'))
  const mount = disk === undefined ? null : await mountDisk(path.join(work, 'data'), disk)
  for (let tries = 1; ; tries++) {
    const port = await freePort()
    const start = () => keepRunning(() => launch(work, port, mount?.enter ?? []))
    try {
      let server = await start()
      return {
        ...fillable(mount),
        url: `http://127.0.0.1:${port}`,
        kill: () => server.kill(),
        restart: async () => {
          server = await start()
        },
        freeze: async () => server.signal('SIGSTOP'),
        thaw: async () => server.signal('SIGCONT'),
        stop: async () => {
          await server.kill()
          await mount?.stop()
          await rm(work, { recursive: true, force: true })
        },
      }
    } catch (error) {
      if (tries < START_TRIES) continue
      await mount?.stop()
      await rm(work, { recursive: true, force: true })
      throw error
    }
  }
}

function givenServer(url: string): ClickhouseServer {
  const refuse = (what: string) => async () => {
    throw new Error(
      `This test ${what}s its server, and the one in CLICKHOUSE_URL is not ours: unset CLICKHOUSE_URL`,
    )
  }
  return {
    url,
    kill: refuse('kill'),
    restart: refuse('restart'),
    freeze: refuse('freeze'),
    thaw: async () => {},
    stop: async () => {},
  }
}

function launch(work: string, port: number, enter: readonly string[]): Promise<ChildProcess> {
  const script = [process.execPath, '--import', 'tsx', CHILD, path.join(work, 'data'), String(port)]
  const [program, ...args] = [...enter, ...script] as [string, ...string[]]
  return launchServer({
    name: 'ClickHouse',
    command: [program, ...args],
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    log: path.join(work, 'server.log'),
    isReady: () => answers(port),
    startMs: START_TIMEOUT_MS,
  })
}

interface Kept {
  signal(signal: NodeJS.Signals): void
  /** Ends it for good. Throws when it could not be started again meanwhile. */
  kill(): Promise<void>
}

/**
 * chDB's library aborts when a connection is reset in the middle of a request, where ClickHouse's own server goes on: it
 * sets up Poco's error handler so (KillingErrorHandler). Started again, as by whoever watches a server.
 */
async function keepRunning(start: () => Promise<ChildProcess>): Promise<Kept> {
  let server = await start()
  let starting: Promise<void> = Promise.resolve()
  let isOver = false
  async function again(): Promise<void> {
    server = await start()
    watch()
  }
  function watch(): void {
    server.once('exit', (_code, signal) => {
      if (signal !== 'SIGABRT' || isOver) return
      starting = again()
      // `kill` tells of it.
      void Promise.allSettled([starting])
    })
  }
  watch()
  return {
    signal: (signal) => void server.kill(signal),
    async kill() {
      isOver = true
      await starting
      await endServer(server, 'SIGKILL', STOP_TIMEOUT_MS)
    },
  }
}

/** True when the server on this port answers, and is a ClickHouse. */
export async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/ping`, {
      signal: AbortSignal.timeout(STOP_TIMEOUT_MS),
    })
    return response.ok && (await response.text()).startsWith('Ok.')
  } catch {
    return false
  }
}
