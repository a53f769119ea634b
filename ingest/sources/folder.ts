/** The folder source: every new file in a folder, taken once. */
import { basename, join, resolve } from 'node:path'
import { z } from 'zod'
import { sleep } from '../base/retry.ts'
import type { Normalize } from '../normalize.ts'
import { createFileSource, type Unpack } from './file.ts'
import { createScanner, type FileSeen } from './folder/scan.ts'
import { SourceError, type Source, type SourceBatch } from './source.ts'
import { createStatus } from './status.ts'

/** Often enough for files that come by the hour, and cheap on a network's disk. */
const LOOK_EVERY_MS = 2_000
/** A program that writes pauses for less. */
const SETTLE_MS = 5_000
/** Before a folder that cannot be read is looked at again. */
const RETRY_MS = 10_000
/** Before a file is tried again that could not be read: a disk may have been full, or a right be given since. */
const RETRY_FILE_MS = 10 * 60_000

const entrySchema = z.object({
  size: z.number(),
  changedAt: z.number(),
  /** Where the file's own source resumes; null before its first batch. */
  file: z.unknown(),
  done: z.boolean(),
})
const positionSchema = z.record(z.string(), entrySchema)
export type FolderPosition = z.infer<typeof positionSchema>
type Entry = FolderPosition[string]

export interface FolderSourceOptions {
  path: string
  map?: string
  normalize: Normalize
  /** Makes JSON lines or CSV of a file packed with zstd, or in Parquet. Throws SourceError `unreadable`. */
  unpack?: Unpack
  wallClock?: () => number
  monotonic?: () => number
  lookEveryMs?: number
  settleMs?: number
  retryMs?: number
}

/**
 * Makes the source `folder:<name>`. A file is read when it has not changed for some seconds, the oldest first; one that
 * has grown is read on, one that was replaced is read anew. Ids are `folder:<name>/<id>`, or tell the line and its
 * content, so that a file that is renamed or copied brings the same posts. Killed in mid-file, it goes on where the
 * posts were durable. A file that cannot be read is set aside, and the others go on; it is tried again every ten minutes.
 */
export function createFolderSource(options: FolderSourceOptions): Source {
  const { path, wallClock = Date.now, monotonic = () => performance.now() } = options
  const { lookEveryMs = LOOK_EVERY_MS, settleMs = SETTLE_MS, retryMs = RETRY_FILE_MS } = options
  const name = `folder:${basename(resolve(path))}`
  const status = createStatus(name, wallClock)

  /** Batches of one file; the last one says that it is done. */
  async function* readFile(
    file: FileSeen,
    from: unknown,
    signal: AbortSignal,
  ): AsyncGenerator<{ batch: SourceBatch; done: boolean }, void> {
    const inner = createFileSource({
      path: join(path, file.name),
      within: { source: name, file: file.name },
      normalize: options.normalize,
      speed: 'max',
      wallClock,
      ...(options.unpack === undefined ? {} : { unpack: options.unpack }),
      ...(options.map === undefined ? {} : { map: options.map }),
    })
    for await (const batch of inner.read(from, signal)) {
      yield { batch: { ...batch, progress: null }, done: false }
    }
    if (!signal.aborted) yield { batch: nothing(), done: true }
  }

  async function* read(start: unknown, signal: AbortSignal): AsyncGenerator<SourceBatch, void> {
    const parsed = positionSchema.safeParse(start)
    const entries = new Map(Object.entries(parsed.success ? parsed.data : {}))
    const scan = createScanner(path, settleMs, monotonic)
    const position = (): FolderPosition => Object.fromEntries(entries)
    /** Files that could not be read: as they were, when that was tried last, and why. */
    const failed = new Map<string, { file: FileSeen; at: number; why: string }>()
    const isDue = (file: FileSeen): boolean => {
      const before = failed.get(file.name)
      if (before !== undefined && isSame(before.file, file)) return monotonic() - before.at >= retryMs
      return !isDone(entries.get(file.name), file)
    }
    while (!signal.aborted) {
      let found
      try {
        found = await scan()
      } catch (error) {
        if (!(error instanceof SourceError)) throw error
        status.set('unreachable', error.message)
        await sleep(RETRY_MS, signal)
        continue
      }
      const names = new Set(found.files.map((file) => file.name))
      for (const known of entries.keys()) if (!names.has(known)) entries.delete(known)
      for (const known of failed.keys()) if (!names.has(known)) failed.delete(known)
      const due = found.files.filter((file) => found.whole.has(file.name) && isDue(file))
      for (const file of due) {
        status.set('running', `Reading ${file.name}.`)
        const { size, changedAt } = file
        try {
          for await (const { batch, done } of readFile(file, entries.get(file.name)?.file ?? null, signal)) {
            const at = done ? (entries.get(file.name)?.file ?? null) : batch.position
            entries.set(file.name, { size, changedAt, file: at, done })
            yield { ...batch, position: position() }
          }
          failed.delete(file.name)
        } catch (error) {
          if (signal.aborted) return
          if (!(error instanceof SourceError)) throw error
          const before = failed.get(file.name)
          failed.set(file.name, { file, at: monotonic(), why: error.message })
          entries.set(file.name, { size, changedAt, file: entries.get(file.name)?.file ?? null, done: false })
          if (before !== undefined && isSame(before.file, file)) continue
          yield { ...setAside(name, file.name, error.message, wallClock()), position: position() }
        }
        if (signal.aborted) return
      }
      const words = `Watching ${path}: ${entries.size} files taken.`
      const [problem] = failed.values()
      status.set('running', problem === undefined ? words : `${words} One could not be read: ${problem.why}`)
      await sleep(lookEveryMs, signal)
    }
  }

  return { name, live: true, status: () => status.get(), read }
}

function isDone(entry: Entry | undefined, file: FileSeen): boolean {
  return entry !== undefined && entry.done && isSame(entry, file)
}

function isSame(one: Pick<FileSeen, 'size' | 'changedAt'>, other: FileSeen): boolean {
  return one.size === other.size && one.changedAt === other.changedAt
}

function nothing(): SourceBatch {
  return { posts: [], deadLetters: [], coverage: [], received: 0, position: null, progress: null }
}

function setAside(source: string, file: string, detail: string, now: number): SourceBatch {
  const id = `${source}/${file}`
  const letter = { id, source, reason: 'unknown_shape', detail, payload: '', capturedAt: now } as const
  return { ...nothing(), received: 1, deadLetters: [letter] }
}
