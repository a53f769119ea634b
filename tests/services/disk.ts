/** A small disk in memory, for a server that shall find it full. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

const CHUNK = Buffer.alloc(64 * 1024)
const BALLAST = '.ballast'
/** Of util-linux. */
const UNSHARE = 'unshare'

/** A server whose disk can be filled. */
export interface Fillable {
  /** Takes all the room that is left on its disk. */
  fillDisk(): Promise<void>
  freeDisk(): Promise<void>
}

/** `fillDisk` and `freeDisk` of a disk; without one they throw. */
export function fillable(disk: Disk | null): Fillable {
  const own = (): Disk => {
    if (disk === null) throw new Error('This server has no disk of its own: start it with `disk`')
    return disk
  }
  return { fillDisk: async () => own().fill(), freeDisk: async () => own().free() }
}

export interface Disk {
  /** Goes before a command that shall see the disk. */
  enter: string[]
  /** The folder as those see it who did not enter. */
  seen: string
  /** Takes all the room that is left. */
  fill(): Promise<void>
  free(): Promise<void>
  stop(): Promise<void>
}

/** A disk of this size in a folder of its own, for one file of tests; `stop` removes both. */
export async function temporaryDisk(size: string): Promise<Disk & { folder: string }> {
  const work = await mkdtemp(path.join(tmpdir(), 'tallywatch-disk-'))
  const folder = path.join(work, 'disk')
  const disk = await mountDisk(folder, size)
  return {
    ...disk,
    folder,
    async stop() {
      await disk.stop()
      await rm(work, { recursive: true, force: true })
    },
  }
}

/** Mounts a disk of this size (`200m`) at the folder, for those alone who `enter`; nobody else sees it. */
export async function mountDisk(folder: string, size: string): Promise<Disk> {
  await mkdir(folder, { recursive: true })
  // A process that holds the namespace, and so the disk, open. It says a word when the disk is there.
  const script = `mount -t tmpfs -o size=${size} tmpfs ${folder} && echo mounted && exec cat`
  const holder: ChildProcess = spawn(UNSHARE, ['-rm', 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [first] = (await Promise.race([once(holder.stdout!, 'data'), once(holder, 'exit')])) as [unknown]
  if (!Buffer.isBuffer(first))
    throw new Error('A disk of its own needs Linux with user namespaces (unshare -rm)')
  const pid = String(holder.pid)
  const seen = path.join(`/proc/${pid}/root`, folder)
  const ballast = path.join(seen, BALLAST)
  return {
    seen,
    enter: [
      'nsenter',
      `--target=${pid}`,
      '--user',
      '--mount',
      '--preserve-credentials',
      `--wd=${process.cwd()}`,
      // To enter takes away from a process that it ends with its parent.
      'setpriv',
      '--pdeathsig',
      'KILL',
    ],
    async fill() {
      const file = await open(ballast, 'a')
      try {
        for (;;) await file.write(CHUNK)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      } finally {
        await file.close()
      }
    },
    free: () => rm(ballast, { force: true }),
    async stop() {
      const gone = once(holder, 'exit')
      holder.stdin!.end()
      await gone
    },
  }
}
