/** A real ClickHouse server for the tests, over HTTP on a free loopback port. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { lastLines } from './kafka-install.ts'

const CHILD = fileURLToPath(new URL('clickhouse-child.ts', import.meta.url))
/** Under a second on a quiet machine; the tests also run on busy ones. */
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 10_000
const POLL_MS = 25
/** Somebody else may take a port between its choice and its use. */
const START_TRIES = 3

export interface ClickhouseServer {
  url: string
  /** Ends the server at once (SIGKILL); its data stays. */
  kill(): Promise<void>
  /** Starts the server again on the same port and data, after `kill`. */
  restart(): Promise<void>
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

/** Always a server of our own, for a test that kills it. */
export async function startOwnClickhouse(): Promise<ClickhouseServer> {
  const work = await mkdtemp(path.join(tmpdir(), 'tallywatch-clickhouse-'))
  for (let tries = 1; ; tries++) {
    const port = await freePort()
    const launch = () => launchServer(work, port)
    try {
      let server = await launch()
      return {
        url: `http://127.0.0.1:${port}`,
        kill: () => end(server, 'SIGKILL'),
        restart: async () => {
          server = await launch()
        },
        stop: async () => {
          await end(server, 'SIGKILL')
          await rm(work, { recursive: true, force: true })
        },
      }
    } catch (error) {
      if (tries < START_TRIES) continue
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
  return { url, kill: refuse('kill'), restart: refuse('restart'), stop: async () => {} }
}

async function launchServer(work: string, port: number): Promise<ChildProcess> {
  const node = [process.execPath, '--import', 'tsx', CHILD, path.join(work, 'data'), String(port)]
  // The kernel ends the server when this process ends, however it does; elsewhere than on Linux the exit hook must do.
  const command = existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL', ...node] : node
  const logFile = path.join(work, 'server.log')
  const log = await open(logFile, 'a')
  const child = spawn(command[0] as string, command.slice(1), {
    stdio: ['ignore', log.fd, log.fd],
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  })
  await log.close()
  const onExit = () => child.kill('SIGKILL')
  process.once('exit', onExit)
  child.once('close', () => process.removeListener('exit', onExit))
  let failure: Error | null = null
  child.once('error', (error) => (failure = error))
  const giveUpAt = performance.now() + START_TIMEOUT_MS
  while (!(await answers(port))) {
    const ended = child.exitCode !== null || child.signalCode !== null
    if (failure !== null || ended || performance.now() > giveUpAt) {
      await end(child, 'SIGKILL')
      throw new Error(`ClickHouse did not start: ${lastLines(await readFile(logFile, 'utf8'))}`, {
        cause: failure,
      })
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  return child
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  child.kill(signal)
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await closed
  clearTimeout(late)
}

/** True when the server on this port answers, and is a ClickHouse. */
async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/ping`, {
      signal: AbortSignal.timeout(STOP_TIMEOUT_MS),
    })
    return response.ok && (await response.text()).startsWith('Ok.')
  } catch {
    return false
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
