/** Whose the data folder is, and why it could not be opened. */
import { accessSync, constants, readFileSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { StoreError } from './store.ts'

/** The file that the engine locks; its first line is `PID: 123`. */
const STATUS_FILE = 'status'

/**
 * The error to throw where another process holds the folder, else null. The engine itself refuses such a folder too,
 * but says why on stderr only; this looks first, on Linux, where the kernel tells who holds a lock.
 */
export async function folderInUse(folder: string): Promise<StoreError | null> {
  const [locks, status] = await Promise.all([
    readFile('/proc/locks', 'utf8').catch(() => null),
    stat(path.join(folder, STATUS_FILE)).catch(() => null),
  ])
  if (locks === null || status === null) return null
  for (const line of locks.split('\n')) {
    // `1: FLOCK  ADVISORY  WRITE 17428 fd:01:131087 0 EOF`; pid 0 is a process of another container.
    const [, pid, inode] = /FLOCK\s+\S+\s+WRITE\s+(-?\d+)\s+\S+:(\d+)\s/.exec(line) ?? []
    if (Number(inode) !== status.ino || Number(pid) === process.pid) continue
    const writer = statusPid(folder)
    if (Number(pid) <= 0 || writer === null || Number(pid) === writer)
      return inUse(folder, Number(pid) > 0 ? Number(pid) : writer)
  }
  return null
}

/** What an engine that did not open means. */
export function openingFailed(folder: string, error: unknown): StoreError {
  const cause = error instanceof Error ? error : new Error(String(error))
  const open = /only one active data directory per process.*\(path='([^']*)'\)/.exec(cause.message)?.[1]
  if (open !== undefined) {
    const what = `This process keeps its data in ${open}; close that store before opening ${folder}`
    return new StoreError('in_use', what, { cause })
  }
  const pid = statusPid(folder)
  if (pid !== null && pid !== process.pid && isAlive(pid)) return inUse(folder, pid, cause)
  try {
    accessSync(folder, constants.R_OK | constants.W_OK)
  } catch {
    return new StoreError(
      'unavailable',
      `The data folder ${folder} cannot be written: give this user the right, or name another with --data`,
      { cause },
    )
  }
  return new StoreError('unavailable', `The data folder ${folder} cannot be opened: ${cause.message}`, {
    cause,
  })
}

function inUse(folder: string, pid: number | null, cause?: Error): StoreError {
  const whose = pid === null ? 'another process' : `another process (${pid})`
  return new StoreError(
    'in_use',
    `The data folder ${folder} is in use by ${whose}: stop that one, or name another folder with --data`,
    { cause },
  )
}

function statusPid(folder: string): number | null {
  try {
    const [, pid] = /^PID: (\d+)/.exec(readFileSync(path.join(folder, STATUS_FILE), 'utf8')) ?? []
    return pid === undefined ? null : Number(pid)
  } catch {
    return null
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
