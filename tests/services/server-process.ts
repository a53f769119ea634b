/** A server as a child process of the tests: it ends with them, however they end. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'

const POLL_MS = 25
const SETPRIV = '/usr/bin/setpriv'

export interface ServerCommand {
  /** Names it in the error when it does not start. */
  name: string
  command: readonly [string, ...string[]]
  cwd?: string
  /** File that takes what it prints. */
  log: string
  isReady: () => Promise<boolean>
  startMs: number
}

/** Resolves when the server is ready. Throws with the last lines of its log when it ends before or takes too long. */
export async function launchServer({
  name,
  command,
  cwd,
  log,
  isReady,
  startMs,
}: ServerCommand): Promise<ChildProcess> {
  // The kernel ends the server when this process ends; elsewhere than on Linux the exit hook must do.
  const [program, ...args] = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', ...command] : command
  const output = await open(log, 'a')
  const child = spawn(program, args, {
    stdio: ['ignore', output.fd, output.fd],
    ...(cwd === undefined ? {} : { cwd }),
  })
  await output.close()
  const onExit = () => child.kill('SIGKILL')
  process.once('exit', onExit)
  child.once('close', () => process.removeListener('exit', onExit))
  let failure: Error | null = null
  child.once('error', (error) => (failure = error))
  const giveUpAt = performance.now() + startMs
  while (!(await isReady())) {
    const ended = child.exitCode !== null || child.signalCode !== null
    if (failure !== null || ended || performance.now() > giveUpAt) {
      await endServer(child, 'SIGKILL', startMs)
      throw new Error(`${name} did not start: ${lastLines(await readFile(log, 'utf8'))}`, { cause: failure })
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  return child
}

/** Sends the signal and waits for the end; after `stopMs` it is killed. */
export async function endServer(child: ChildProcess, signal: NodeJS.Signals, stopMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  child.kill(signal)
  const late = setTimeout(() => child.kill('SIGKILL'), stopMs)
  await closed
  clearTimeout(late)
}

/** A port of loopback that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

export function lastLines(output: string): string {
  return output.trim().split('\n').slice(-5).join(' | ')
}
