/**
 * Trains the lexical model and writes `classify/model/weights.bin`:
 *
 *     npm run train -- DATA [--soft FILE] [--out OUT]
 *
 * DATA is a folder with `labelled-train.jsonl`, `written.jsonl`, `background.jsonl.gz` (to learn from),
 * `labelled-dev.jsonl` (calibration and threshold, never learned from) and `replay-2020-election-night.jsonl.gz`.
 * What is written for training (own.ts, own/, spanish.ts) is learned from too.
 * FILE holds texts that teachers judged (soft.ts); a tenth of them is kept from learning, and the report says what the
 * model is worth as a filter on them. Prints the dev table.
 */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { createGate } from '../gate.ts'
import { createClassifier } from '../model/classifier.ts'
import {
  encodeWeights,
  loadWeights,
  OUTPUTS,
  type Weights,
  WEIGHTS_FILE,
  type WeightsHeader,
} from '../model/weights.ts'
import { FEATURE_BITS } from '../model/features.ts'
import { NARRATIVES, STANCES } from '../contract.ts'
import { fitCalibration } from './calibrate.ts'
import { type Labelled, readJsonLines, readLabelled, unrelated } from './data.ts'
import { createPlain } from '../model/plain.ts'
import { cleanText } from '../model/normalize.ts'
import { formatFilter } from './filter.ts'
import { fit, HYPERPARAMETERS, rawOf, toExample, toSoftExample } from './fit.ts'
import { formatMeasured, measure } from './measure.ts'
import { ownPosts } from './own.ts'
import { spanishPosts } from './spanish.ts'
import { readSoft, type Soft, type SoftParts } from './soft.ts'

/** More of them teach nothing: the gate keeps unrelated posts away from the model. */
const UNRELATED_POSTS = 12_000

/** One in eight of all that is learned from: a language's words, without a weight on English. */
const SPANISH_POSTS = 36_000

const plain = createPlain()
const OWN_FOLDER = fileURLToPath(new URL('./own/', import.meta.url))
const textSchema = z.object({ text: z.string() })

function readTexts(path: string): string[] {
  return readJsonLines(path).map((line) => textSchema.parse(line).text)
}

/** Posts that were written for training: sentences from frames, and files. */
function readOwn(): Labelled[] {
  const files = readdirSync(OWN_FOLDER).filter((name) => name.endsWith('.jsonl'))
  return [...ownPosts(), ...files.sort().flatMap((name) => readLabelled(join(OWN_FOLDER, name)))]
}

function scalesOf(rows: Float32Array): number[] {
  const scales = Array.from({ length: OUTPUTS }, () => 1e-9)
  rows.forEach((weight, i) => {
    scales[i % OUTPUTS] = Math.max(scales[i % OUTPUTS] ?? 0, Math.abs(weight))
  })
  return scales
}

function printGate(train: readonly Labelled[], background: readonly string[]): void {
  const gate = createGate()
  const flagged = train.filter((post) => post.flag)
  const passed = flagged.filter((post) => gate(post.text).candidate).length
  const candidates = background.filter((text) => gate(text).candidate).length
  process.stdout.write(
    `gate: ${((100 * passed) / flagged.length).toFixed(2)} % of ${flagged.length} flagged train posts pass, ` +
      `${((100 * candidates) / background.length).toFixed(2)} % of ${background.length} unrelated ones\n`,
  )
}

function printFilter(weights: Weights, heldOut: readonly Soft[], data: string): void {
  const night = readTexts(join(data, 'replay-2020-election-night.jsonl.gz')).map((text) =>
    plain(cleanText(text)),
  )
  process.stdout.write(formatFilter(weights, heldOut, new Set(night)))
}

async function train(data: string, soft: SoftParts, out: URL): Promise<void> {
  const found = readLabelled(join(data, 'labelled-train.jsonl'))
  const posts = [...found, ...readLabelled(join(data, 'written.jsonl'))]
  const background = readTexts(join(data, 'background.jsonl.gz'))
  const dev = readLabelled(join(data, 'labelled-dev.jsonl'))
  printGate(found, background)

  const own = readOwn().map((post) => toExample(post, HYPERPARAMETERS.ownWeight))
  const others = [...posts, ...background.slice(0, UNRELATED_POSTS).map(unrelated)]
  const spanish = spanishPosts(SPANISH_POSTS, readLabelled(join(OWN_FOLDER, 'spanish.jsonl')))
  const fitted = fit([
    ...others.map((post) => toExample(post)),
    ...own,
    ...spanish.map((post) => toExample(post, HYPERPARAMETERS.spanishWeight)),
    ...soft.learned.map(toSoftExample),
  ])
  const judged = dev.map((post) => ({ post, raw: rawOf(fitted, toExample(post)) }))
  const header: WeightsHeader = {
    featureBits: FEATURE_BITS,
    narratives: [...NARRATIVES],
    stances: [...STANCES],
    scales: scalesOf(fitted.rows),
    bias: [...fitted.bias],
    ...fitCalibration(judged),
  }
  writeFileSync(out, encodeWeights(header, fitted.rows))

  const weights = loadWeights(out)
  const classifier = await createClassifier({ weights })
  process.stdout.write(`${classifier.model} on dev (its threshold ${header.flag.threshold.toFixed(3)}):\n`)
  process.stdout.write(
    formatMeasured(measure(dev, await classifier.classifyAll(dev.map(({ text }) => text)))),
  )
  const rest = await classifier.classifyAll(background.slice(UNRELATED_POSTS))
  const wrong = rest.filter(({ flagged }) => flagged).length
  process.stdout.write(
    `\n${wrong} of ${background.length - UNRELATED_POSTS} unrelated posts not learned from are flagged\n`,
  )
  const learned = new Set([...others, ...dev, ...readOwn()].map((post) => plain(cleanText(post.text))))
  const unseen = soft.heldOut.filter(({ text }) => !learned.has(text))
  if (unseen.length > 0) printFilter(weights, unseen, data)
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { soft: { type: 'string' }, out: { type: 'string' } },
})
const [data] = positionals
if (data === undefined) {
  process.stderr.write('usage: npm run train -- DATA [--soft FILE] [--out OUT]\n')
  process.exitCode = 2
} else {
  const soft = values.soft === undefined ? { learned: [], heldOut: [] } : await readSoft(values.soft)
  await train(data, soft, values.out === undefined ? WEIGHTS_FILE : pathToFileURL(values.out))
}
