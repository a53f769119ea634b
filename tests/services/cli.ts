/** Runs the command line as a user would, as a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { MALLOC_ENVIRONMENT, NODE_FLAGS } from '../../api/boot/node-flags.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export interface Ran {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface Running {
  child: ChildProcess
  /** What it printed so far. */
  output(): { stdout: string; stderr: string }
  /** Resolves with the match once stdout or stderr holds it; rejects when the process ends before. */
  until(pattern: RegExp): Promise<RegExpMatchArray>
  done: Promise<Ran>
}

/** `enter`: words before the command, as of a disk of its own (disk.ts). */
export function startCli(
  args: readonly string[],
  env: Record<string, string> = {},
  enter: readonly string[] = [],
): Running {
  const node = [process.execPath, ...NODE_FLAGS, '--import', 'tsx', 'api/boot/cli.ts', ...args]
  const [program, ...rest] = [...enter, ...node] as [string, ...string[]]
  const child = spawn(program, rest, {
    cwd: ROOT,
    env: { ...cleanEnv(), ...MALLOC_ENVIRONMENT, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const out = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out.stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (out.stderr += chunk))
  const done = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, ...out }))
  })
  return {
    child,
    output: () => ({ ...out }),
    done,
    async until(pattern) {
      let ended: Ran | null = null
      void done.then((ran) => (ended = ran))
      for (;;) {
        const match = out.stdout.match(pattern) ?? out.stderr.match(pattern)
        if (match) return match
        if (ended !== null) throw new Error(`ended before ${pattern}: ${JSON.stringify(ended)}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
  }
}

export async function runCli(
  args: readonly string[],
  env: Record<string, string> = {},
  stdin = '',
): Promise<Ran> {
  const running = startCli(args, env)
  running.child.stdin!.end(stdin)
  return running.done
}

/** The environment without what would choose backends: a test says itself what it runs on. */
function cleanEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !name.startsWith('TALLYWATCH_') && !name.startsWith('KAFKA_') && !name.startsWith('CLICKHOUSE_'),
  )
  return Object.fromEntries(kept)
}
