/**
 * The weights file: one line `tallywatch-weights 1 SHA256`, one line of JSON (WeightsHeader), then the weights as
 * bytes, row by row. The SHA-256 is of everything after the first line, so a file that is cut or changed is refused.
 */
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { NARRATIVES, STANCES } from '../contract.ts'
import { FEATURE_BITS } from './features.ts'

/** What the linear model gives: the flag, each narrative, each stance. */
export const OUTPUTS = 1 + NARRATIVES.length + STANCES.length
export const FIRST_NARRATIVE = 1
export const FIRST_STANCE = 1 + NARRATIVES.length

const MAGIC = 'tallywatch-weights 1'

const lineSchema = z.object({ slope: z.number(), offset: z.number() })
const perOutput = z.array(z.number()).length(OUTPUTS)

const headerSchema = z.object({
  featureBits: z.literal(FEATURE_BITS),
  narratives: z.array(z.string()).refine((names) => names.join() === NARRATIVES.join()),
  stances: z.array(z.string()).refine((names) => names.join() === STANCES.join()),
  /** Largest absolute weight by output: what a byte of 127 stands for. */
  scales: perOutput,
  bias: perOutput,
  /** Platt's line for the flag: probability = logistic(slope × raw + offset). */
  flag: lineSchema.extend({ threshold: z.number().min(0).max(1) }),
  narrativeLines: z.array(lineSchema).length(NARRATIVES.length),
  /** Softmax(raw / temperature + offsets). */
  stance: z.object({
    temperature: z.number().positive(),
    offsets: z.array(z.number()).length(STANCES.length),
  }),
})
export type WeightsHeader = z.infer<typeof headerSchema>

export interface Weights extends WeightsHeader {
  /**
   * Row by row, OUTPUTS bytes each: a byte q stands for the weight q |q| × unit of its output. Sums of q |q| are whole
   * numbers, so they do not depend on the order of adding, and the table is small enough to stay near the processor.
   */
  rows: Int8Array
  units: number[]
  /** First eight hexadecimal digits of the file's SHA-256. */
  digest: string
}

/** The weights are missing, cut short, changed, or of another form. The message is one clear line. */
export class ModelError extends Error {
  override name = 'ModelError'
  readonly code = 'bad_model'
}

/** The weights that come with Tallywatch. */
export const WEIGHTS_FILE = new URL('./weights.bin', import.meta.url)

/**
 * A weight as a byte, by its square root: most weights are small and a few are large, and this keeps both.
 * `q` is -127…127; the weight is sign(q) (q / 127)² × scale.
 */
export function quantise(weight: number, scale: number): number {
  return Math.sign(weight) * Math.round(127 * Math.sqrt(Math.abs(weight) / scale))
}

/** The bytes of a weights file. `rows` as in Weights. */
export function encodeWeights(header: WeightsHeader, rows: Float32Array): Buffer {
  const bytes = new Int8Array(rows.length)
  for (let i = 0; i < rows.length; i++) bytes[i] = quantise(rows[i] ?? 0, header.scales[i % OUTPUTS] ?? 1)
  const body = Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), Buffer.from(bytes.buffer)])
  return Buffer.concat([Buffer.from(`${MAGIC} ${hash('sha256', body, 'hex')}\n`), body])
}

function refuse(file: URL, what: string, cause?: unknown): never {
  const path = file.protocol === 'file:' ? file.pathname : file.href
  throw new ModelError(
    `the classifier's weights ${path} ${what}; restore the file from the release or train it again (classify/training)`,
    { cause },
  )
}

function parseHeader(file: URL, text: string): WeightsHeader {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    refuse(file, 'have a header that is not JSON', error)
  }
  const header = headerSchema.safeParse(value)
  if (!header.success) refuse(file, 'are of a form that this version does not know', header.error)
  return header.data
}

/** Reads and checks a weights file. Throws ModelError. */
export function loadWeights(file: URL = WEIGHTS_FILE): Weights {
  let content: Buffer
  try {
    content = readFileSync(file)
  } catch (error) {
    refuse(file, 'cannot be read', error)
  }
  const first = content.indexOf(10)
  const second = content.indexOf(10, first + 1)
  const [magic, digest] = [
    content.toString('latin1', 0, MAGIC.length),
    content.toString('latin1', MAGIC.length + 1, Math.max(first, 0)),
  ]
  if (magic !== MAGIC) refuse(file, 'do not begin as a weights file does')
  if (second < 0 || hash('sha256', content.subarray(first + 1), 'hex') !== digest) {
    refuse(file, 'are cut short or changed (their SHA-256 differs)')
  }
  const header = parseHeader(file, content.toString('utf8', first + 1, second))
  const body = content.subarray(second + 1)
  if (body.length !== OUTPUTS << FEATURE_BITS)
    refuse(file, 'hold another number of weights than their header says')
  const rows = new Int8Array(body)
  return {
    ...header,
    rows,
    units: header.scales.map((scale) => scale / 127 ** 2),
    digest: digest.slice(0, 8),
  }
}
