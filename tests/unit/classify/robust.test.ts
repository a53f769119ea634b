/** What people do to text, and posts in Spanish: sentences of our own, with what a careful reader says of them. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createClassifier } from '../../../classify/model/classifier.ts'
import { labelledSchema, readJsonLines } from '../../../classify/training/data.ts'
import { measure } from '../../../classify/training/measure.ts'

const rowSchema = labelledSchema.extend({ kind: z.string().default('') })
const rows = (name: string) =>
  readJsonLines(fileURLToPath(new URL(name, import.meta.url))).map((value) => rowSchema.parse(value))

const classifier = await createClassifier()
const judge = (posts: readonly { text: string }[]) =>
  classifier.classifyAll(posts.map(({ text }) => text))

const disguised = rows('./robust.jsonl')
const kinds = [...new Set(disguised.map(({ kind }) => kind))]

describe('what people do to text', () => {
  it.each(kinds)('does not change what it says: %s', async (kind) => {
    const posts = disguised.filter((row) => row.kind === kind)
    const verdicts = await judge(posts)
    const wrong = posts.filter((post, i) => post.flag !== verdicts[i]!.flagged && post.sure === 1)
    expect(wrong.map(({ text }) => text).slice(0, 5), `${wrong.length} of ${posts.length} are wrong`).toEqual([])
  })
})

it('Spanish', async () => {
  const posts = rows('./spanish.jsonl')
  const { flag, wronglyFlagged } = measure(posts, await judge(posts))
  console.log(flag, wronglyFlagged)
  expect(flag.f1).toBeGreaterThanOrEqual(0.75)
})
