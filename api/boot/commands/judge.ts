/** `judge`: posts as JSON lines on stdin, verdicts as JSON lines on stdout, in the same order. */
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { z } from 'zod'
import { isJudged } from '../../../classify/contract.ts'
import { createGate } from '../../../classify/gate.ts'
import { languageOf, PRESUMED } from '../../../classify/language.ts'
import { type Classifier, createClassifier, nothingSaid } from '../../../classify/model/classifier.ts'
import { createReader, type Reading } from '../../../classify/reading.ts'
import { type Command, FailedError, type Io, UsageError } from '../command.ts'

const inputSchema = z.object({
  id: z.union([z.string(), z.number()]),
  text: z.string(),
  /** As a source would say: BCP 47. */
  langs: z.array(z.string()).default([]),
})
type Input = z.infer<typeof inputSchema>

/** Characters of a line; ten times the longest post with every character escaped. Longer ones are no posts. */
const LINE_MAX = 1_000_000

/** Characters gathered before they are written: one write for some hundred verdicts. */
const WRITE_SIZE = 64_000

/**
 * Lines of a stream, split at line feeds only (a JSON text may hold U+2028, at which node:readline would split it);
 * null for one that is longer than LINE_MAX. Memory is bounded by LINE_MAX and the size of a chunk.
 */
async function* linesOf(input: Readable): AsyncGenerator<(string | null)[]> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let tooLong = false
  const close = (line: string) => {
    const whole = tooLong || line.length > LINE_MAX ? null : line
    tooLong = false
    return whole
  }
  for await (const chunk of input) {
    const pieces = (rest + (typeof chunk === 'string' ? chunk : decoder.write(chunk as Buffer))).split('\n')
    rest = pieces.pop() ?? ''
    yield pieces.map(close)
    if (rest.length > LINE_MAX) {
      rest = ''
      tooLong = true
    }
  }
  rest += decoder.end()
  if (rest !== '' || tooLong) yield [close(rest)]
}

function toOutput(id: string | number, { language, verdict }: Reading): object {
  const { flagged, score, narrativeScores, stance, stanceScores, places, words, model } = verdict
  return {
    id,
    flagged,
    score,
    narratives: narrativeScores,
    stance,
    stances: stanceScores,
    places,
    words,
    language,
    judged: isJudged(language),
    model,
  }
}

function readInput(line: string | null): Input | string {
  if (line === null) return `longer than ${LINE_MAX} characters`
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return 'not JSON'
  }
  const input = inputSchema.safeParse(value)
  if (input.success) return input.data
  return `no post: ${input.error.issues.map((issue) => `${issue.path.join('.') || 'line'}: ${issue.message}`).join('; ')}`
}

async function write(io: Io, text: string): Promise<void> {
  if (text !== '' && !io.stdout.write(text)) await once(io.stdout, 'drain')
}

/** As the pipeline does it, one post at a time: what stands in a language that is not judged is not read further. */
function createJudgement(classifier: Classifier): (input: Input) => Promise<object> {
  const readAll = createReader({
    gate: createGate(),
    languageOf,
    classifyAll: (texts) => classifier.classifyAll(texts),
    unjudged: nothingSaid(classifier.model, true),
    nothing: { verdict: nothingSaid(classifier.model, false), language: PRESUMED },
  })
  return async function judge(input) {
    const [reading] = await readAll([input])
    return toOutput(input.id, reading!)
  }
}

async function run(args: readonly string[], io: Io): Promise<number> {
  if (args.length > 0) throw new UsageError(`judge takes no arguments, but got ${args.join(' ')}`)
  const judge = createJudgement(await createClassifier())
  let number = 0
  let broken = 0
  for await (const lines of linesOf(io.stdin)) {
    if (io.signal.aborted) throw new FailedError(`stopped after ${number} lines`)
    let out = ''
    for (const line of lines) {
      number++
      if (line?.trim() === '') continue
      const input = readInput(line)
      if (typeof input === 'string') {
        broken++
        io.stderr.write(`line ${number}: ${input}\n`)
        out += `${JSON.stringify({ id: null, error: input })}\n`
      } else out += `${JSON.stringify(await judge(input))}\n`
      if (out.length >= WRITE_SIZE) {
        await write(io, out)
        out = ''
      }
    }
    await write(io, out)
  }
  return broken === 0 ? 0 : 1
}

export const judgeCommand: Command = {
  name: 'judge',
  summary: 'judges posts: JSON lines {id,text,langs} on stdin, verdicts on stdout in the same order',
  usage: '< POSTS.jsonl > VERDICTS.jsonl',
  run,
}
