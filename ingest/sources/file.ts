/** The file source: a recorded stream, JSON lines or CSV, plain or gzip, on its own clock. */
import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { z } from 'zod'
import type { Coverage } from '../contract.ts'
import type { Normalize } from '../normalize.ts'
import { createHideMapped } from './dead-letter.ts'
import { createBatcher, type Batcher } from './file/batch.ts'
import { openInput, type Input } from './file/bytes.ts'
import { createNight, type Night } from './file/night.ts'
import { createPacer } from './file/pace.ts'
import { readRecords } from './file/reader.ts'
import { parseMap } from './shapes/columns.ts'
import { createRecognise } from './shapes/recognise.ts'
import { SourceError, type Source, type SourceBatch } from './source.ts'
import { createStatus } from './status.ts'

export interface FileSourceOptions {
  path: string
  /** `text=body,id=post_id,createdAt=user.date`: fields of a post and the columns that give them. */
  map?: string
  normalize: Normalize
  /** Event seconds a wall second, or as fast as it goes. */
  speed: number | 'max'
  /** Makes JSON lines or CSV of a file packed with zstd, or in Parquet. Throws SourceError `unreadable`. */
  unpack?: Unpack
  /** In place of the file's own name. */
  name?: string
  /** Whose file it is: its posts are of this source, and their ids say nothing of the file. */
  within?: { source: string; file: string }
  /** Epoch ms. */
  wallClock?: () => number
  /** Ms that only grow; for the pace. */
  monotonic?: () => number
}

/** What was made of a file that is not read as it is; `close` removes it. */
export interface Unpacked {
  path: string
  close(): Promise<void>
}
export type Unpack = (path: string, signal: AbortSignal) => Promise<Unpacked>

const PACKED = /\.(zst|zstd|parquet)$/i

/** Where a file resumes. */
const positionSchema = z.object({
  /** Whole lines read, from the file's start. */
  line: z.number().int().min(0),
  /** SHA-256 of the file's first bytes and of the map: another file of this name starts from its start. */
  fingerprint: z.string(),
  /** How many bytes those are; as many as the file had, to 64 KiB. */
  headBytes: z.number().int().min(0),
  clock: z.number().nullable(),
  first: z.number().nullable(),
  /** The file's size when it had been read to its end; null before. A file that has grown since is read on. */
  endedAtSize: z.number().nullable(),
})
export type FilePosition = z.infer<typeof positionSchema>

/** After a cut nothing was seen; how long for, the file does not say. The minute tells that something is missing. */
const CUT_COVERAGE_MS = 60_000

/** `results` of `/data/results.jsonl.gz`. */
export function nameOfFile(path: string): string {
  return basename(path)
    .replace(/\.(gz|zst|zstd)$/i, '')
    .replace(/\.(jsonl|ndjson|json|csv|tsv|parquet)$/i, '')
}

/**
 * Makes the source. Throws SourceError `bad_map` or `unknown_column` for the map; `read` throws it for a file that is
 * missing, unreadable or without the map's columns. Memory stays flat whatever the file's size. Ids are
 * `file:<name>/<id>`, or the network's own where the records are a network's frames.
 */
export function createFileSource(options: FileSourceOptions): Source {
  const { path, normalize, speed, wallClock = Date.now, monotonic = () => performance.now() } = options
  const { within } = options
  const name = within?.source ?? `file:${options.name ?? nameOfFile(path)}`
  const map = options.map === undefined ? null : parseMap(options.map)
  const status = createStatus(name, wallClock)

  async function* read(position: unknown, signal: AbortSignal): AsyncGenerator<SourceBatch, void> {
    status.set('starting', `Opening ${path}.`)
    const unpacked = PACKED.test(path) ? await unpack(path, signal) : null
    try {
      yield* readPlain(unpacked?.path ?? path, position, signal)
    } finally {
      await unpacked?.close()
    }
  }

  async function unpack(packed: string, signal: AbortSignal): Promise<Unpacked> {
    if (!existsSync(packed)) throw new SourceError('not_found', `There is no file ${packed}.`)
    if (options.unpack !== undefined) return options.unpack(packed, signal)
    throw new SourceError('unreadable', `${packed} is packed in a way that is not read here.`)
  }

  /** `plain`: the file itself, or what was made of it. */
  async function* readPlain(
    plain: string,
    position: unknown,
    signal: AbortSignal,
  ): AsyncGenerator<SourceBatch, void> {
    const input = await openInput(plain)
    const start = resume(position, input, options.map)
    if (start.endedAtSize === input.size) {
      await input.close()
      status.set('finished', 'Was read to its end before.')
      return
    }
    const night = createNight(wallClock(), start)
    const batcher = createBatcher({
      name,
      ...(within === undefined ? {} : { file: within.file }),
      path,
      normalize,
      night,
      // The map was checked when the file was begun; a later record may lack an optional field.
      recognise: createRecognise(map, start.line === 0 ? `the first record of ${path}` : null),
      hide: createHideMapped(map, normalize),
      wallClock,
      line: start.line,
    })
    const pacer = createPacer(speed, monotonic)
    const take = (line: number, coverage: Coverage[], endedAtSize: number | null, progress: number | null) =>
      batcher.take(
        coverage,
        { ...start, line, clock: night.clock, first: night.first, endedAtSize },
        progress,
      )

    status.set('running', `Reading ${path}.`)
    for await (const records of readRecords(plain, input, start.line)) {
      for (const record of records) {
        batcher.add(record)
        if (!batcher.isFull() && (night.clock === null || !pacer.isDue(night.clock))) continue
        if (night.clock !== null) await pacer.reach(night.clock, signal)
        if (signal.aborted) return
        status.set('running', describeProgress(input, batcher))
        yield take(batcher.line(), [], null, input.progress())
      }
      if (signal.aborted) return
    }
    const cut = input.cut()
    if (night.clock !== null) await pacer.reach(night.clock, signal)
    if (signal.aborted) return
    yield take(batcher.line(), coverageOf(name, night, cut !== null), input.size, 1)
    status.set('finished', describeEnd(batcher, cut))
  }

  return {
    name,
    live: false,
    status: () => status.get(),
    async *read(position, signal) {
      try {
        yield* read(position, signal)
      } catch (error) {
        status.set('failed', error instanceof Error ? error.message : String(error))
        throw error
      }
    },
  }
}

function fingerprintOf(head: Buffer, map: string | undefined): string {
  return hash('sha256', `${hash('sha256', head, 'hex')}\n${map ?? ''}`, 'hex')
}

function resume(position: unknown, { head }: Input, map: string | undefined): FilePosition {
  const parsed = positionSchema.safeParse(position)
  if (parsed.success) {
    const { fingerprint, headBytes } = parsed.data
    if (headBytes <= head.length && fingerprint === fingerprintOf(head.subarray(0, headBytes), map))
      return parsed.data
  }
  const fingerprint = fingerprintOf(head, map)
  return { line: 0, fingerprint, headBytes: head.length, clock: null, first: null, endedAtSize: null }
}

function describeProgress(input: Input, batcher: Batcher): string {
  const progress = input.progress()
  const part = progress === null ? '' : `${Math.floor(progress * 100)} %, `
  return `Reading: ${part}${count(batcher.totals().posts)} posts.`
}

function describeEnd(batcher: Batcher, cut: string | null): string {
  const { posts, deadLetters } = batcher.totals()
  const end = cut === null ? 'Read to its end' : `${cut} Read up to there`
  const aside = deadLetters === 0 ? '' : `, ${count(deadLetters)} set aside`
  const mend = cut === null ? '' : ' Get the whole file and read it again.'
  return `${end}: ${count(posts)} posts${aside}.${mend}`
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

function coverageOf(source: string, night: Night, cut: boolean): Coverage[] {
  const { first, clock } = night
  if (first === null || clock === null) return []
  const seen: Coverage = { source, from: first, to: clock, kind: 'complete', share: 1 }
  return cut ? [seen, { source, from: clock, to: clock + CUT_COVERAGE_MS, kind: 'none', share: 0 }] : [seen]
}
