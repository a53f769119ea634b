/** The roles as processes, each started again when it ends, as compose or systemd would. */
import { setTimeout as sleep } from 'node:timers/promises'
import { startCli, type Running } from '../../services/cli.ts'

/** What a supervisor waits before it starts a process again. */
const RESTART_MS = 500
/** Every role says within this that it works: some seconds on a quiet machine, the first time and beside other tests many more. */
const UNTIL_MS = 120_000
/** A role that does not end by itself at SIGTERM within this is stuck. */
const STOP_MS = 30_000

export interface Role {
  readonly name: string
  readonly pid: number
  /** Lines that it printed over all of its runs. */
  output(): string
  /** How often it ended by itself. */
  readonly ends: number
  /** Resolves when a run says so. */
  until(pattern: RegExp): Promise<RegExpMatchArray>
  /** SIGKILL; it is started again. */
  kill(): void
  freeze(): void
  thaw(): void
  /** SIGTERM, and no new start. Throws when it does not end, or not with 0. */
  stop(): Promise<void>
  /** SIGKILL, and no new start. */
  end(): Promise<void>
}

/** Starts a command of the command line and keeps it running until `stop` or `end`. */
export function startRole(
  name: string,
  args: readonly string[],
  env: Record<string, string>,
  enter: readonly string[] = [],
): Role {
  let stopping = false
  let killed = false
  let ends = 0
  let running = startCli(args, env, enter)
  const runs = [running]
  const keeping = keep()

  async function keep(): Promise<void> {
    for (;;) {
      await running.done
      if (stopping) return
      if (!killed) ends += 1
      killed = false
      await sleep(RESTART_MS)
      if (stopping) return
      running = startCli(args, env, enter)
      runs.push(running)
    }
  }
  const output = () =>
    runs
      .map((run) => run.output())
      .map(({ stdout, stderr }) => stdout + stderr)
      .join('')
  return {
    name,
    get pid() {
      return running.child.pid!
    },
    output,
    get ends() {
      return ends
    },
    async until(pattern) {
      const giveUpAt = performance.now() + UNTIL_MS
      for (;;) {
        if (performance.now() > giveUpAt) throw new Error(`${name} never said ${pattern}: ${output()}`)
        const { stdout, stderr } = running.output()
        const match = (stdout + stderr).match(pattern)
        if (match) return match
        if (stopping) throw new Error(`${name} was stopped before ${pattern}: ${output()}`)
        await sleep(20)
      }
    },
    kill() {
      killed = running.child.kill('SIGKILL')
    },
    freeze: () => void running.child.kill('SIGSTOP'),
    thaw: () => void running.child.kill('SIGCONT'),
    async stop() {
      stopping = true
      const last: Running = running
      const alreadyOver = last.child.exitCode !== null || last.child.signalCode !== null
      last.child.kill('SIGCONT')
      last.child.kill('SIGTERM')
      const late = setTimeout(() => last.child.kill('SIGKILL'), STOP_MS)
      const { code, signal } = await last.done
      clearTimeout(late)
      await keeping
      if (code !== 0 && !alreadyOver) throw new Error(`${name} ended with ${code ?? signal}: ${output()}`)
    },
    async end() {
      stopping = true
      running.child.kill('SIGKILL')
      await keeping
    },
  }
}
