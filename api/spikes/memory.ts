/**
 * What the detector remembers, on disk: the newest point of its run, so that a start goes on where it was instead of
 * learning anew from the minutes that are still in memory. Nothing depends on it but that: without the file, or with one
 * that no longer fits the sealed minutes, those are run again.
 */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { z } from 'zod'
import type { Checkpoint } from './run.ts'

/** Unpacked; some 60 MB for every series that there is. More is none of ours. */
const SIZE_MAX = 512 * 1024 * 1024

/** A point of the run, and what tells whether the minutes that led to it are still the same. */
export interface Kept {
  checkpoint: Checkpoint
  /** See `stampOf` in watcher.ts. */
  stamp: string
}

export interface Memory {
  /** Null where nothing is kept. Rejects with MemoryError. */
  load(): Promise<Kept | null>
  /** Replaces what was kept as a whole, or not at all. Rejects with MemoryError. */
  save(kept: Kept): Promise<void>
}

/** What is kept is damaged, or cannot be read or written. */
export class MemoryError extends Error {
  override name = 'MemoryError'
  readonly code = 'bad_memory'
}

/** The outer shape; the detector looks at its own part, and its version, when it goes on. */
const shape = z.object({
  heard: z.number().nullable(),
  minute: z.number().int(),
  exposure: z.object({ nation: z.object({}), places: z.array(z.unknown()), asserted: z.array(z.unknown()) }),
  echoes: z.array(z.unknown()),
  known: z.array(z.string()),
  bursts: z.array(z.tuple([z.string(), z.object({})])),
})
const keptSchema = z.object({
  stamp: z.string(),
  checkpoint: z.custom<Checkpoint>((value) => shape.safeParse(value).success),
})

/** A file that this process alone writes. */
export function createMemory(path: string): Memory {
  async function read(): Promise<Kept | null> {
    const packed = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (packed === null) return null
    const text = await promisify(gunzip)(packed, { maxOutputLength: SIZE_MAX })
    return keptSchema.parse(JSON.parse(text.toString('utf8')))
  }
  async function write(kept: Kept): Promise<void> {
    const packed = await promisify(gzip)(JSON.stringify(kept))
    await writeFile(`${path}.new`, packed)
    await rename(`${path}.new`, path)
  }
  return {
    load: () =>
      read().catch((cause: unknown) => {
        throw new MemoryError(`what the detector remembered cannot be read (${path}): it begins anew`, {
          cause,
        })
      }),
    save: (kept) =>
      write(kept).catch((cause: unknown) => {
        throw new MemoryError(`what the detector remembers cannot be kept (${path})`, { cause })
      }),
  }
}
