/** What a command of the command line is. `cli.ts` lists them. */
import type { Readable, Writable } from 'node:stream'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

/** Where a command reads and writes; stdout is for results, stderr for people. */
export interface Io {
  stdin: Readable
  stdout: Writable
  stderr: Writable & { isTTY?: boolean }
  env: Readonly<Record<string, string | undefined>>
  /** Aborts on SIGINT and SIGTERM. */
  signal: AbortSignal
}

export interface Command {
  name: string
  /** One line for the list of commands. */
  summary: string
  /** The arguments, as the help shows them. */
  usage: string
  /** Gives the exit code: 0 done, 1 failed (after one line on stderr that says why and what to do). */
  run(args: readonly string[], io: Io): Promise<number>
}

/** Wrong use: exit code 2, with the command's usage. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/**
 * The one folder that a command is told, and `--data`. Throws UsageError, with `missing`, where it is none or several.
 */
export function readFolder(
  args: readonly string[],
  missing: string,
): { folder: string; data: string | undefined } {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { data: { type: 'string' } },
  })
  const [folder] = positionals
  if (folder === undefined || positionals.length > 1) throw new UsageError(missing)
  // Without a slash at its end: names are made of it by putting something behind it.
  return { folder: resolve(folder), data: values.data }
}

/** Cannot go on: exit code 1, and the message alone is printed (what, where, what to do). */
export class FailedError extends Error {
  override name = 'FailedError'
}
