/** What people do to text: sentences of our own, with what a careful reader says of them. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createClassifier } from '../../../classify/model/classifier.ts'
import { labelledSchema, readJsonLines } from '../../../classify/training/data.ts'
import { measure } from '../../../classify/training/measure.ts'

const rowSchema = labelledSchema.extend({ kind: z.string() })
const path = fileURLToPath(new URL('./robust.jsonl', import.meta.url))
const rows = readJsonLines(path).map((value) => rowSchema.parse(value))
const classifier = await createClassifier()
const verdicts = await classifier.classifyAll(rows.map(({ text }) => text))

/** Kinds that only hide the letters: what is read beneath them is an ordinary sentence. */
const DISGUISES =
  'caps leetspeak spaced_letters zero_width look_alike hashtags repeated_letters html link'.split(' ')

function measured(kinds: (kind: string) => boolean) {
  const which = rows.flatMap((row, i) => (kinds(row.kind) && row.sure === 1 ? [i] : []))
  const wrong = which.filter((i) => rows[i]!.flag !== verdicts[i]!.flagged).map((i) => rows[i]!.text)
  const { flag } = measure(
    which.map((i) => rows[i]!),
    which.map((i) => verdicts[i]!),
  )
  return { ...flag, wrong: wrong.join('\n') }
}

describe('what people do to text', () => {
  it.each(DISGUISES)('is undone before it is read: %s', (kind) => {
    const { f1, wrong } = measured((other) => other === kind)
    expect(f1, wrong).toBeGreaterThanOrEqual(0.85)
  })

  it('never makes an alarm of what is none', () => {
    const { falsePositives, wrong } = measured(() => true)
    expect(falsePositives, wrong).toBeLessThanOrEqual(1)
  })

  it('hides few claims, with misspellings, irony and quotes in the count', () => {
    const { recall, wrong } = measured(() => true)
    expect(recall, wrong).toBeGreaterThanOrEqual(0.77)
  })
})
