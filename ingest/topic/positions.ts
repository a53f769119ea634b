/** The queue's positions: one small file for a topic, replaced as a whole. */
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'

const fileSchema = z.object({
  /** How often the topic was opened; see `run` below. */
  runs: z.number().int().nonnegative(),
  positions: z.record(z.string(), z.unknown()),
})

export interface PositionFile {
  /** How often this topic was opened before, so that offsets of different runs never meet. */
  run: number
  /** The position saved last for this source, or null. */
  load(source: string): unknown
  /** Resolves when the position is on the disk. Saves that come while one is being written go together. */
  save(source: string, position: unknown): Promise<void>
  /** Resolves when no save is under way: until then nobody else may open the file. */
  close(): Promise<void>
}

/**
 * Opens the topic's positions in the folder, or in memory when it is null. Throws when the file is there and is not
 * whole: starting from nothing would silently read every source again.
 */
export async function openPositions(dir: string | null, topic: string): Promise<PositionFile> {
  const file = dir === null ? null : path.join(dir, `${topic}.positions.json`)
  const before = file === null ? null : await read(file)
  const positions = new Map(Object.entries(before?.positions ?? {}))
  const run = before?.runs ?? 0
  let writing: Promise<void> = Promise.resolve()
  let waiting: Promise<void> | null = null

  const write = async () => {
    waiting = null
    if (file === null) return
    const content = JSON.stringify({ runs: run + 1, positions: Object.fromEntries(positions) })
    await replaceFile(file, content)
  }
  const saveAll = (): Promise<void> => {
    if (waiting === null) {
      waiting = writing.then(write)
      // A failed write is told to those who waited for it; the next one starts afresh.
      writing = waiting.catch(() => {})
    }
    return waiting
  }

  if (dir !== null) await mkdir(dir, { recursive: true })
  await saveAll()
  return {
    run,
    load: (source) => positions.get(source) ?? null,
    save: (source, position) => {
      // Kept as it is now: the caller may change the object later.
      positions.set(source, structuredClone(position))
      return saveAll()
    },
    close: () => writing,
  }
}

async function read(file: string): Promise<z.infer<typeof fileSchema> | null> {
  let content: string
  try {
    content = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  try {
    return fileSchema.parse(JSON.parse(content))
  } catch (error) {
    throw new Error(`${file} is damaged; restore it, or delete it to read every source from its beginning`, {
      cause: error,
    })
  }
}

/** Replaces the file so that after a crash it is either the old or the new one, and is on the disk on return. */
async function replaceFile(file: string, content: string): Promise<void> {
  const partial = `${file}.partial`
  const handle = await open(partial, 'w')
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(partial, file)
  const folder = await open(path.dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
