/** What processes of this machine use, as Linux says (proc(5)); on other systems nothing is known. */
import { readFile, readdir, readlink } from 'node:fs/promises'

/** The kernel's clock ticks in what it tells programs: 100 a second on every Linux that Node runs on. */
const TICK_MICROS = 10_000
const MIB = 1024 * 1024

export interface Use {
  /** CPU time since its start, all threads, µs. */
  cpuMicros: number
  /** Resident memory, MiB. */
  memoryMib: number
}

/** Null where there is no such process, or no /proc. */
export async function useOf(pid: number): Promise<Use | null> {
  const [stat, status] = await Promise.all([read(`/proc/${pid}/stat`), read(`/proc/${pid}/status`)])
  if (stat === null || status === null) return null
  // The name, in brackets, may hold spaces. Fields 14 and 15 are user and system time.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0)
  return {
    cpuMicros: (Number(fields[11]) + Number(fields[12])) * TICK_MICROS,
    memoryMib: (kib * 1024) / MIB,
  }
}

/** The process that listens on this port of this machine; null: it is elsewhere, or somebody else's. */
export async function listenerOn(port: number): Promise<number | null> {
  const sockets = await listeningSockets(port)
  if (sockets.size === 0) return null
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  for (const pid of pids) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => [])
    for (const file of files) {
      const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '')
      if (sockets.has(target)) return Number(pid)
    }
  }
  return null
}

/** `socket:[INODE]` of those that listen (state 0A) on the port. */
async function listeningSockets(port: number): Promise<Set<string>> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const tables = await Promise.all([read('/proc/net/tcp'), read('/proc/net/tcp6')])
  const rows = tables.flatMap((table) => (table ?? '').split('\n').slice(1))
  const found = rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local = '', , state]) => state === '0A' && local.endsWith(`:${hex}`))
  return new Set(found.map((fields) => `socket:[${fields[9]}]`))
}

async function read(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null)
}
