/** `evaluate`: the classifier's verdicts against a file of labelled posts. */
import { createClassifier } from '../../../classify/model/classifier.ts'
import { readLabelled } from '../../../classify/training/data.ts'
import { flagQuality, formatMeasured, type Measured, measure } from '../../../classify/training/measure.ts'
import { BASE_RATES, byBayes, byKeywords, precisionAt } from '../../../classify/training/peers.ts'
import { type Command, FailedError, type Io, UsageError } from '../command.ts'

function readPosts(path: string): ReturnType<typeof readLabelled> {
  try {
    return readLabelled(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const why =
      code === 'ENOENT' ? `there is no file ${path}` : error instanceof Error ? error.message : String(error)
    throw new FailedError(`cannot evaluate: ${why}`, { cause: error })
  }
}

/** Seven labellers with each other on the gold posts (classify/model/README.md). */
const LABELLERS = { flag: 0.946, narrative: 0.918, stance: 0.929 }

function compare(posts: ReturnType<typeof readLabelled>, { flag }: Measured) {
  const falsePositiveRate = flag.falsePositives / Math.max(1, flag.falsePositives + flag.trueNegatives)
  return {
    peers: {
      keywords: flagQuality(posts, byKeywords(posts)),
      bayes: flagQuality(posts, byBayes(posts)),
    },
    labellersAgree: LABELLERS,
    precisionAtBaseRate: BASE_RATES.map((rate) => ({
      rate,
      precision: precisionAt(rate, flag.recall, falsePositiveRate),
    })),
  }
}

function formatCompared({ peers, precisionAtBaseRate }: ReturnType<typeof compare>): string {
  const line = (name: string, { precision, recall, f1 }: { precision: number; recall: number; f1: number }) =>
    `  ${name.padEnd(34)} precision ${precision.toFixed(3)}  recall ${recall.toFixed(3)}  F1 ${f1.toFixed(3)}`
  return [
    '',
    'for comparison, on the same posts',
    line('a list of keywords', peers.keywords),
    line("natural's Bayes, learnt on 4/5", peers.bayes),
    `  labellers agree with each other: flag ${LABELLERS.flag}, narrative ${LABELLERS.narrative}, stance ${LABELLERS.stance}`,
    'precision where fewer posts carry a claim than here',
    ...precisionAtBaseRate.map(
      ({ rate, precision }) => `  ${(100 * rate).toFixed(1).padStart(5)} % of posts: ${precision.toFixed(3)}`,
    ),
    '',
  ].join('\n')
}

async function run(args: readonly string[], io: Io): Promise<number> {
  const paths = args.filter((arg) => arg !== '--json')
  const [path] = paths
  if (path === undefined || paths.length > 1 || path.startsWith('-'))
    throw new UsageError('evaluate takes one file of labelled posts')
  const posts = readPosts(path)
  if (posts.length === 0) throw new FailedError(`cannot evaluate: ${path} holds no posts`)
  const classifier = await createClassifier()
  const measured = measure(posts, await classifier.classifyAll(posts.map(({ text }) => text)))
  const compared = compare(posts, measured)
  const text = args.includes('--json')
    ? `${JSON.stringify({ model: classifier.model, ...measured, ...compared })}\n`
    : `${classifier.model}\n${formatMeasured(measured)}${formatCompared(compared)}`
  io.stdout.write(text)
  return 0
}

export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: "the classifier's precision, recall, F1 and confusion on labelled posts",
  usage: 'evaluate LABELLED.jsonl [--json]',
  run,
}
