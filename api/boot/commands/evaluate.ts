/** `evaluate`: the classifier's verdicts against a file of labelled posts. */
import { readLabelled } from '../../../classify/training/data.ts'
import { formatMeasured, measure } from '../../../classify/training/measure.ts'
import { type Command, FailedError, type Io, UsageError } from '../command.ts'
import { openClassifier } from './judge.ts'

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

async function run(args: readonly string[], io: Io): Promise<number> {
  const paths = args.filter((arg) => arg !== '--json')
  const [path] = paths
  if (path === undefined || paths.length > 1 || path.startsWith('-'))
    throw new UsageError('evaluate takes one file of labelled posts')
  const posts = readPosts(path)
  if (posts.length === 0) throw new FailedError(`cannot evaluate: ${path} holds no posts`)
  const classifier = await openClassifier()
  const measured = measure(
    posts,
    await classifier.classifyAll(posts.map(({ text }) => text)),
  )
  const text = args.includes('--json')
    ? `${JSON.stringify({ model: classifier.model, ...measured })}\n`
    : `${classifier.model}\n${formatMeasured(measured)}`
  io.stdout.write(text)
  return 0
}

export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: "the classifier's precision, recall, F1 and confusion on labelled posts",
  usage: 'evaluate LABELLED.jsonl [--json]',
  run,
}
