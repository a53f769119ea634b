import { expect, test } from 'vitest'
import type { Verdict } from '../../../classify/contract.ts'
import { createGate } from '../../../classify/gate.ts'
import { languageOf } from '../../../classify/language.ts'
import { nothingSaid } from '../../../classify/model/classifier.ts'
import { createReader } from '../../../classify/reading.ts'

const NOTHING = { verdict: nothingSaid('gate', false), language: 'en' }
const UNJUDGED = nothingSaid('unjudged', true)

const POSTS = [
  { text: 'My vote was not counted, and they know it', langs: ['en'] },
  { text: 'Hoje o almoço foi feijoada com a família inteira na praia', langs: ['pt'] },
  { text: 'Trump diz que houve fraude na eleição, mas não mostrou nenhuma prova', langs: [] },
  { text: 'Der Gouverneur, the governor, hat heute gesprochen', langs: ['de'] },
  { text: 'The voting machines in our town are down again, and this is what we get', langs: [] },
]

test('each post gets its own reading: by the gate alone, by the model, or none for its language', async () => {
  const shown: string[] = []
  const languages: string[] = []
  const unread = { gate: 0, language: 0 }
  const readAll = createReader({
    gate: createGate(),
    languageOf(post) {
      languages.push(post.text)
      return languageOf(post)
    },
    classifyAll: async (texts) => {
      shown.push(...texts)
      return texts.map((text): Verdict => nothingSaid(text, true))
    },
    unjudged: UNJUDGED,
    nothing: NOTHING,
    onUnread: (by) => void unread[by]++,
  })
  // Enough of them for turns of the event loop between.
  const many = Array.from({ length: 500 }, () => POSTS).flat()
  const readings = await readAll(many)
  const expected = many.map(({ text }, i) => {
    const kind = i % POSTS.length
    if (kind === 1) return NOTHING
    if (kind === 2) return { verdict: UNJUDGED, language: 'pt' }
    return { verdict: nothingSaid(text, true), language: 'en' }
  })
  expect(readings).toEqual(expected)
  expect(shown).toEqual(many.map(({ text }) => text).filter((_, i) => ![1, 2].includes(i % POSTS.length)))
  // Of election talk that is no candidate the language is not asked for.
  expect(languages.length).toBe(3 * 500)
  expect(unread).toEqual({ gate: 500, language: 500 })
})

test('what is behind by the time that its turn comes is read in haste, though the rest of the delivery was not', async () => {
  let behind = false
  const asked: [number, boolean][] = []
  const readAll = createReader({
    gate: createGate(),
    languageOf,
    classifyAll: async (texts, hasty) => {
      asked.push([texts.length, hasty])
      behind = true
      return texts.map((text): Verdict => nothingSaid(text, true))
    },
    unjudged: UNJUDGED,
    nothing: NOTHING,
  })
  const many = Array.from({ length: 1_000 }, (_, i) => ({ ...POSTS[0]!, text: `${POSTS[0]!.text} ${i}` }))
  const waited: number[] = []
  const readings = await readAll(many, (waiting) => {
    waited.push(waiting)
    return behind
  })
  expect(readings.map(({ verdict }) => verdict)).toEqual(many.map(({ text }) => nothingSaid(text, true)))
  expect(asked).toEqual([
    [400, false],
    [400, true],
    [200, true],
  ])
  expect(waited).toEqual([600, 200, 0])
})
