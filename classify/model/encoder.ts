/**
 * The encoder: a small transformer (MiniLM, six layers) with a linear layer on top, run by transformers.js' own parts,
 * its tokenizer and onnxruntime: the whole of it takes half a second and 100 MB more to load. After two layers, and after
 * four, a head of its own is certain of many a text; the others go through the rest, and on the way the tokens on which
 * the verdict hangs least are left out. One post at a time: with whole-number
 * arithmetic the scale of a batch's activations would let posts change each other's scores.
 */
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Tokenizer } from '@huggingface/tokenizers'
import type { OnnxValue } from 'onnxruntime-node'
import { z } from 'zod'
import { NARRATIVES, STANCES } from '../contract.ts'
import { logistic, type Probabilities, softmax } from './linear.ts'
import { createPieces } from './pieces.ts'
import { ModelError } from './weights.ts'

/** What the encoder's last layer gives: see classify/training/encoder/model.py. */
const MAIN = NARRATIVES.length + 2
const FIRST_HOLDS = MAIN
const FIRST_STANCE = FIRST_HOLDS + NARRATIVES.length
const FLAG = FIRST_STANCE + STANCES.length

/** A narrative holds from here on. */
const HOLDS = 0.5

/** Files of some layers each, in their order (classify/training/encoder/export.py). The lower ones have an early head each. */
const LOWER = ['lower', 'middle'] as const
const UPPER = 'upper'

const lineSchema = z.object({ slope: z.number(), offset: z.number() })
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

const settingsSchema = z.object({
  /** SHA-256 of the files that the verdicts depend on. */
  files: z.record(z.string(), sha256),
  /** Platt's line: probability = logistic(slope × logit + offset). */
  flag: lineSchema.extend({ threshold: z.number().min(0).max(1) }),
  /** Added to the logit of each narrative, in the order of NARRATIVES; it holds from 0 on. */
  narratives: z.array(z.number()).length(NARRATIVES.length),
  /** From which certainty on each early head speaks for all layers. */
  certain: z.array(z.number().min(0)).length(LOWER.length),
})
type Settings = z.infer<typeof settingsSchema>

export interface Encoder {
  /** Calibrated probabilities of a text that `plain` gave. */
  judge(plain: string): Promise<Probabilities>
  /** From here on a post is flagged. */
  readonly threshold: number
}

/** Where the encoder lies. */
export const ENCODER_FOLDER = new URL('./encoder/', import.meta.url)

function refuse(folder: URL, name: string, what: string, cause?: unknown): never {
  throw new ModelError(
    `the encoder's ${fileURLToPath(new URL(name, folder))} ${what}; restore the file from the release or train it again (classify/training/encoder)`,
    { cause },
  )
}

function readSettings(folder: URL): Settings {
  const name = 'calibration.json'
  try {
    return settingsSchema.parse(JSON.parse(readFileSync(new URL(name, folder), 'utf8')))
  } catch (error) {
    return refuse(folder, name, 'cannot be read', error)
  }
}

async function digestOf(folder: URL, name: string): Promise<string> {
  const sum = createHash('sha256')
  try {
    for await (const part of createReadStream(new URL(name, folder))) sum.update(part as Buffer)
  } catch (error) {
    refuse(folder, name, 'cannot be read', error)
  }
  return sum.digest('hex')
}

/** First eight hexadecimal digits of the SHA-256 over what the encoder's verdicts depend on. Throws ModelError. */
export function encoderDigest(folder: URL = ENCODER_FOLDER): string {
  const sum = createHash('sha256')
  return sum
    .update(JSON.stringify(readSettings(folder)))
    .digest('hex')
    .slice(0, 8)
}

/** Throws ModelError where a file is missing, cut or changed. */
export async function checkEncoder(folder: URL = ENCODER_FOLDER): Promise<void> {
  const { files } = readSettings(folder)
  for (const [name, digest] of Object.entries(files))
    if ((await digestOf(folder, name)) !== digest)
      refuse(folder, name, 'is cut short or changed (its SHA-256 differs)')
}

/** The files are written as onnxruntime would optimise them (classify/training/encoder/export.py). */
const SESSION = { intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: 'disabled' } as const

/** Gives the word pieces of a text (see pieces.ts). */
export function loadPieces(folder: URL = ENCODER_FOLDER): (text: string) => BigInt64Array {
  const read = (name: string): object => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as object
  return createPieces(new Tokenizer(read('tokenizer.json'), read('tokenizer_config.json')))
}

/** Loads the encoder; one thread of arithmetic. Throws ModelError where its files are missing, cut or changed. */
export async function loadEncoder(folder: URL = ENCODER_FOLDER): Promise<Encoder> {
  const settings = readSettings(folder)
  await checkEncoder(folder)
  const { InferenceSession, Tensor } = await import('onnxruntime-node')
  const open = (name: string) =>
    InferenceSession.create(fileURLToPath(new URL(`${name}.onnx`, folder)), SESSION)
  const [upper, ...lower] = await Promise.all([UPPER, ...LOWER].map(open))
  const pieces = loadPieces(folder)
  const numbers = (tensor: { data: unknown }): Float32Array => tensor.data as Float32Array

  return {
    threshold: settings.flag.threshold,
    async judge(plain) {
      const ids = pieces(plain)
      let given: OnnxValue = new Tensor('int64', ids, [1, ids.length])
      for (const [at, part] of lower.entries()) {
        const { states, early } = await part.run({ given })
        const first = probabilitiesOf(numbers(early!), settings)
        if (certaintyOf(first, settings) >= settings.certain[at]!) return first
        given = states!
      }
      const { logits } = await upper!.run({ given })
      return probabilitiesOf(numbers(logits!), settings)
    },
  }
}

/** How far a verdict is from being another: the least of what flag, narrative and stance are apart from the next. */
function certaintyOf(
  { flag, narratives, stances }: Probabilities,
  { flag: { threshold } }: Settings,
): number {
  const [narrative, nextNarrative] = twoHighest(narratives)
  const ofFlag = Math.abs(flag - threshold)
  if (narrative < HOLDS) return Math.min(ofFlag, HOLDS - narrative)
  const [stance, nextStance] = twoHighest(stances)
  return Math.min(ofFlag, narrative - HOLDS, narrative - nextNarrative, stance - nextStance)
}

function twoHighest(values: readonly number[]): [number, number] {
  const [first, second] = [...values].sort((a, b) => b - a)
  return [first!, second!]
}

/** A narrative's score is the mean of two heads: one says which is the main one, the other which hold beside it. */
function probabilitiesOf(logits: Float32Array, { flag, narratives }: Settings): Probabilities {
  const main = softmax([...logits.subarray(0, MAIN)])
  return {
    flag: logistic(flag.slope * logits[FLAG]! + flag.offset),
    narratives: NARRATIVES.map((_, i) => {
      const both = (main[i]! + logistic(logits[FIRST_HOLDS + i]!)) / 2
      return logistic(Math.log(both / (1 - both)) + narratives[i]!)
    }),
    stances: softmax([...logits.subarray(FIRST_STANCE, FLAG)]),
  }
}
