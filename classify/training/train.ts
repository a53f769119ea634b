/**
 * Trains the lexical model and writes `classify/model/weights.bin`:
 *
 *     npx tsx classify/training/train.ts DATA [OUT]
 *
 * DATA is a folder with `labelled-train.jsonl`, `written.jsonl`, `background.jsonl.gz` (to learn from) and
 * `labelled-dev.jsonl` (calibration and threshold, never learned from). Prints the dev table.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { createGate } from '../gate.ts'
import { createClassifier } from '../model/classifier.ts'
import { encodeWeights, loadWeights, OUTPUTS, WEIGHTS_FILE, type WeightsHeader } from '../model/weights.ts'
import { FEATURE_BITS } from '../model/features.ts'
import { NARRATIVES, STANCES } from '../contract.ts'
import { fitCalibration } from './calibrate.ts'
import { type Labelled, readJsonLines, readLabelled, unrelated } from './data.ts'
import { fit, HYPERPARAMETERS, rawOf, toExample } from './fit.ts'
import { formatMeasured, measure } from './measure.ts'
import { ownPosts } from './own.ts'

/** More of them teach nothing: the gate keeps unrelated posts away from the model. */
const UNRELATED_POSTS = 3_000

function readBackground(path: string): string[] {
  return readJsonLines(path).map((line) => z.object({ text: z.string() }).parse(line).text)
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

async function train(data: string, out: URL): Promise<void> {
  const found = readLabelled(join(data, 'labelled-train.jsonl'))
  const posts = [...found, ...readLabelled(join(data, 'written.jsonl'))]
  const background = readBackground(join(data, 'background.jsonl.gz'))
  const dev = readLabelled(join(data, 'labelled-dev.jsonl'))
  printGate(found, background)

  const own = ownPosts().map((post) => toExample(post, HYPERPARAMETERS.ownWeight))
  const others = [...posts, ...background.slice(0, UNRELATED_POSTS).map(unrelated)]
  const fitted = fit([...others.map((post) => toExample(post)), ...own])
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

  const classifier = await createClassifier({ weights: loadWeights(out) })
  process.stdout.write(`${classifier.model} on dev (its threshold ${header.flag.threshold.toFixed(3)}):\n`)
  process.stdout.write(
    formatMeasured(measure(dev, await classifier.classifyAll(dev.map(({ text }) => text)))),
  )
  const rest = await classifier.classifyAll(background.slice(UNRELATED_POSTS))
  const wrong = rest.filter(({ flagged }) => flagged).length
  process.stdout.write(
    `\n${wrong} of ${background.length - UNRELATED_POSTS} unrelated posts not learned from are flagged\n`,
  )
}

const [data, out] = process.argv.slice(2)
if (data === undefined) {
  process.stderr.write('usage: npx tsx classify/training/train.ts DATA [OUT]\n')
  process.exitCode = 2
} else {
  await train(data, out === undefined ? WEIGHTS_FILE : pathToFileURL(out))
}
