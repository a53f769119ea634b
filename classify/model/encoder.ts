/**
 * The encoder: a small transformer (MiniLM, six layers) with a linear layer on top, run by transformers.js. One post at
 * a time: with whole-number arithmetic the scale of a batch's activations would let posts change each other's scores.
 */
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { NARRATIVES, STANCES } from '../contract.ts'
import { logistic, type Probabilities, softmax } from './linear.ts'
import { ModelError } from './weights.ts'

/** What the encoder's last layer gives: see classify/training/encoder/model.py. */
const MAIN = NARRATIVES.length + 2
const FIRST_HOLDS = MAIN
const FIRST_STANCE = FIRST_HOLDS + NARRATIVES.length
const FLAG = FIRST_STANCE + STANCES.length

/** Word pieces read: about 1,000 characters; nine in ten posts have fewer than 80. */
const PIECES_MAX = 256

const lineSchema = z.object({ slope: z.number(), offset: z.number() })
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

const settingsSchema = z.object({
  /** SHA-256 of the files that the verdicts depend on. */
  files: z.record(z.string(), sha256),
  /** Platt's line: probability = logistic(slope × logit + offset). */
  flag: lineSchema.extend({ threshold: z.number().min(0).max(1) }),
  /** Added to the logit of each narrative, in the order of NARRATIVES; it holds from 0 on. */
  narratives: z.array(z.number()).length(NARRATIVES.length),
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

/** Loads the encoder; one thread of arithmetic. Throws ModelError where its files are missing, cut or changed. */
export async function loadEncoder(folder: URL = ENCODER_FOLDER): Promise<Encoder> {
  const settings = readSettings(folder)
  await checkEncoder(folder)
  const { AutoModel, AutoTokenizer, env } = await import('@huggingface/transformers')
  env.allowRemoteModels = false
  const path = fileURLToPath(folder).replace(/\/$/, '')
  env.localModelPath = dirname(path)
  const name = path.slice(dirname(path).length + 1)
  const tokenizer = await AutoTokenizer.from_pretrained(name)
  const model = await AutoModel.from_pretrained(name, {
    dtype: 'q8',
    device: 'cpu',
    session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 },
  })

  return {
    threshold: settings.flag.threshold,
    async judge(plain) {
      const { logits } = (await model(tokenizer(plain, { truncation: true, max_length: PIECES_MAX }))) as {
        logits: { data: Float32Array }
      }
      return probabilitiesOf(logits.data, settings)
    },
  }
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
