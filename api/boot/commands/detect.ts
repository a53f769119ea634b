/** `detect IN OUT [META]`: the detector alone over a file of counts, one line out for each line in. */
import { constants, createReadStream, createWriteStream, readFileSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { z } from 'zod'
import { createDetector } from '../../spikes/detect/create-detector.ts'
import type { Burst, Detector, DetectorOptions, SeriesCount } from '../../spikes/detector.ts'
import { FailedError, UsageError, type Command, type Io } from '../command.ts'

/** Output is handed on in pieces of about this size: few writes, and little held back. */
const PIECE_CHARACTERS = 1 << 18

/** A line longer than this is not a count. */
const LINE_LIMIT = 1 << 16

const metaSchema = z.object({
  step: z.number().positive(),
  season: z.array(z.number().positive()).optional(),
  hierarchical: z.boolean(),
})

const rowSchema = z.object({
  series: z.string().min(1),
  t: z.number().int(),
  count: z.number().min(0),
  exposure: z.number().min(0).default(1),
})
type Row = z.infer<typeof rowSchema>

/** The line as it is mostly written, read without a JSON parser. */
const PLAIN = /^\{"series":"([^"\\]+)","t":(-?\d{1,15}),"count":(\d{1,15}),"exposure":(\d+(?:\.\d+)?)\}$/

const usage = 'detect IN OUT [META] [--episodes FILE] [--false-alarms N]   (- for standard input or output)'

interface Arguments {
  input: string
  output: string
  meta: string | null
  episodes: string | null
  falseAlarms: number | null
}

export const detectCommand: Command = {
  name: 'detect',
  summary: 'the detector alone, over a file of counts',
  usage,
  async run(args, io) {
    const a = parseArguments(args)
    await checkInput(a.input)
    const detector = createDetector(readOptions(a))
    const out = a.output === '-' ? io.stdout : createWriteStream(a.output)
    const episodes = a.episodes === null ? null : createWriteStream(a.episodes)
    for (const stream of [out, episodes]) if (stream !== null && stream !== io.stdout) await opened(stream)
    const input = a.input === '-' ? io.stdin : createReadStream(a.input)
    try {
      await detectStream(detector, input, out, episodes, io)
    } finally {
      for (const stream of [out, episodes]) if (stream !== null && stream !== io.stdout) await ended(stream)
    }
    return 0
  },
}

function parseArguments(args: readonly string[]): Arguments {
  const plain: string[] = []
  let episodes: string | null = null
  let falseAlarms: number | null = null
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (arg === '--episodes' || arg === '--false-alarms') {
      const value = args[++i]
      if (value === undefined) throw new UsageError(`${arg} needs a value`)
      if (arg === '--episodes') episodes = value
      else if (Number(value) > 0) falseAlarms = Number(value)
      else throw new UsageError(`--false-alarms must be a number above 0, not ${value}`)
    } else if (arg.startsWith('--')) throw new UsageError(`unknown option ${arg}`)
    else plain.push(arg)
  }
  const [input, output, meta = null, ...rest] = plain
  if (input === undefined || output === undefined || rest.length > 0) throw new UsageError(usage)
  return { input, output, meta, episodes, falseAlarms }
}

/** Before META is looked for beside it, and before anything is written. */
async function checkInput(input: string): Promise<void> {
  if (input === '-') return
  await access(input, constants.R_OK).catch((cause: unknown) => {
    throw new FailedError(`cannot read ${input}: ${wordsOf(cause)}`, { cause })
  })
}

/** META, or meta.json beside IN; for standard input without META, an election night by the minute. */
function readOptions({ input, meta, falseAlarms }: Arguments): DetectorOptions {
  const extra = falseAlarms === null ? {} : { falseAlarmsPerNight: falseAlarms }
  const path = meta ?? (input === '-' ? null : join(dirname(input), 'meta.json'))
  if (path === null) return { stepSeconds: 60, hierarchical: true, ...extra }
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new FailedError(`cannot read ${path}: it must hold {"step":SECONDS,"hierarchical":true|false}`, {
      cause,
    })
  }
  const parsed = metaSchema.safeParse(jsonOrNull(text))
  if (!parsed.success)
    throw new FailedError(`${path} is not {"step":SECONDS,"season":[TICKS],"hierarchical":true|false}`)
  const { step, season, hierarchical } = parsed.data
  return { stepSeconds: step, hierarchical, ...(season === undefined ? {} : { season }), ...extra }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function opened(stream: Writable & { pending?: boolean; path?: string | Buffer }): Promise<void> {
  if (stream.pending === false) return
  try {
    await once(stream, 'open')
  } catch (cause) {
    throw new FailedError(`cannot write ${String(stream.path)}: ${wordsOf(cause)}`, { cause })
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function ended(stream: Writable): Promise<void> {
  stream.end()
  await finished(stream)
}

async function detectStream(
  detector: Detector,
  input: Readable,
  out: Writable,
  episodes: Writable | null,
  io: Io,
): Promise<void> {
  let piece = ''
  let rows: Row[] = []
  let firstLine = 1
  let number = 0
  const open = new Map<string, Burst>()
  async function flush(): Promise<void> {
    if (rows.length === 0) return
    const { evidence, bursts } = runRows(detector, rows, firstLine)
    for (let i = 0; i < rows.length; i++) {
      const { score, alert } = evidence[i]!
      const series = JSON.stringify(rows[i]!.series)
      piece += `{"series":${series},"t":${rows[i]!.t},"score":${+score.toFixed(4)},"alert":${alert}}\n`
    }
    if (episodes !== null) for (const burst of bursts) await tellEpisode(episodes, open, burst)
    rows = []
    if (piece.length >= PIECE_CHARACTERS) {
      await write(out, piece)
      piece = ''
    }
  }
  for await (const lines of lineBatches(input)) {
    if (io.signal.aborted) throw new FailedError('stopped before the end of the input')
    for (const line of lines) {
      number += 1
      if (line === '') continue
      const row = parseRow(line, number)
      if (rows.length > 0 && row.t !== rows[0]!.t) await flush()
      if (rows.length === 0) firstLine = number
      rows.push(row)
    }
  }
  await flush()
  if (piece !== '') await write(out, piece)
  if (episodes !== null) for (const burst of open.values()) await write(episodes, episodeLine(burst))
}

function runRows(detector: Detector, rows: readonly Row[], line: number): ReturnType<Detector['tick']> {
  const counts: SeriesCount[] = rows.map((row) => ({
    key: row.series,
    count: row.count,
    exposure: row.exposure,
  }))
  try {
    return detector.tick(rows[0]!.t, counts)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new FailedError(
      `the tick that begins in line ${line}: ${error.message}; lines must be sorted by t`,
      {
        cause: error,
      },
    )
  }
}

function parseRow(line: string, number: number): Row {
  const match = PLAIN.exec(line)
  if (match !== null)
    return { series: match[1]!, t: Number(match[2]), count: Number(match[3]), exposure: Number(match[4]) }
  const parsed = rowSchema.safeParse(jsonOrNull(line))
  if (parsed.success) return parsed.data
  throw new FailedError(
    `line ${number} is not {"series":"PLACE|NARRATIVE","t":SECONDS,"count":N,"exposure":N}`,
  )
}

async function tellEpisode(episodes: Writable, open: Map<string, Burst>, burst: Burst): Promise<void> {
  if (burst.phase !== 'closed') {
    open.set(burst.key, burst)
    return
  }
  open.delete(burst.key)
  await write(episodes, episodeLine(burst))
}

function episodeLine(b: Burst): string {
  const { key, onset, detected, peak, end, size, sizeLow, sizeHigh, count, expected, score, phase } = b
  const last = end ?? peak
  const whole = {
    series: key,
    start: onset,
    detected,
    peakT: peak,
    end: last,
    size,
    lo: sizeLow,
    hi: sizeHigh,
  }
  return `${JSON.stringify({ ...whole, count, expected, score, phase })}\n`
}

async function write(stream: Writable, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain')
}

/** Lines of a stream, in the batches in which they arrive; a last line without an end counts. */
async function* lineBatches(input: Readable): AsyncGenerator<string[]> {
  input.setEncoding('utf8')
  let rest = ''
  try {
    for await (const chunk of input as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()!
      if (rest.length > LINE_LIMIT) throw new FailedError(`a line is longer than ${LINE_LIMIT} characters`)
      yield lines
    }
  } catch (error) {
    if (error instanceof FailedError) throw error
    throw new FailedError(`cannot read the input: ${wordsOf(error)}`, { cause: error })
  }
  if (rest !== '') yield [rest]
}
