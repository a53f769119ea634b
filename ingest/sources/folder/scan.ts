/** Which files of a folder are whole: nobody writes to them any more. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SourceError } from '../source.ts'

/** What programs call a file that they are still writing. Hidden files too: rsync and editors write to those. */
const PARTIAL = /^\.|\.(part|partial|tmp|temp|crdownload|filepart|swp)$|~$/i
/** Each is remembered in the source's position, some 300 bytes, which is one record of at most 1 MB. */
const FILES_MAX = 2_000

export interface FileSeen {
  name: string
  /** Bytes. */
  size: number
  /** Epoch ms. */
  changedAt: number
}

export interface Scan {
  /** Every file that is not partial, oldest first. */
  files: FileSeen[]
  /** Those that have not changed for a while. */
  whole: ReadonlySet<string>
}

/** Gives a function that looks at the folder. A file is whole when it was seen unchanged for `settleMs`. */
export function createScanner(path: string, settleMs: number, monotonic: () => number): () => Promise<Scan> {
  let known = new Map<string, { size: number; changedAt: number; since: number }>()

  return async function scan() {
    const files = await list(path)
    const now = monotonic()
    const next: typeof known = new Map()
    for (const { name, size, changedAt } of files) {
      const before = known.get(name)
      const same = before !== undefined && before.size === size && before.changedAt === changedAt
      next.set(name, { size, changedAt, since: same ? before.since : now })
    }
    known = next
    const whole = files.filter(({ name }) => now - known.get(name)!.since >= settleMs)
    return { files, whole: new Set(whole.map(({ name }) => name)) }
  }
}

async function list(path: string): Promise<FileSeen[]> {
  const files: FileSeen[] = []
  for (const name of await namesIn(path)) {
    if (PARTIAL.test(name)) continue
    try {
      const found = await stat(join(path, name))
      if (found.isFile()) files.push({ name, size: found.size, changedAt: Math.floor(found.mtimeMs) })
    } catch (error) {
      // Renamed or removed since it was listed; or a link that leads nowhere, of which reading it tells why.
      if (!isGone(error)) files.push({ name, size: 0, changedAt: 0 })
    }
  }
  if (files.length > FILES_MAX) {
    const mend = 'Move those that were taken to another folder.'
    throw new SourceError('unreadable', `${path} holds more than ${FILES_MAX} files. ${mend}`)
  }
  return files.toSorted((a, b) => a.changedAt - b.changedAt || (a.name < b.name ? -1 : 1))
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (cause) {
    const why = isGone(cause) ? 'it is not there' : String(cause)
    throw new SourceError('not_found', `The folder ${path} cannot be read: ${why}.`, { cause })
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
