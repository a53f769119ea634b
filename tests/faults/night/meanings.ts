import { runCli } from '../../services/cli.ts'
import { ALL_SENTENCES } from './sentences.ts'
import type { JudgeLine } from './truth.ts'

/** What the classifier says of each sentence of the night, asked of `tallywatch judge`. */
export async function readMeanings(): Promise<Map<string, JudgeLine>> {
  const asked = ALL_SENTENCES.map((text) => JSON.stringify({ id: text, text })).join('\n')
  const { code, stdout, stderr } = await runCli(['judge'], {}, asked)
  if (code !== 0) throw new Error(`The sentences were not judged: ${stderr}`)
  const lines = stdout.trim().split('\n')
  const meanings = lines.map((line) => JSON.parse(line) as JudgeLine)
  return new Map(meanings.map((meaning) => [meaning.id, meaning]))
}
