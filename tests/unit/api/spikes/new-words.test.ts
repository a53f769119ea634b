import { assert, property, shuffledSubarray } from 'fast-check'
import { expect, test } from 'vitest'
import { newWords } from '../../../../api/spikes/new-words.ts'

const many = (n: number, text: (i: number) => string): string[] =>
  Array.from({ length: n }, (_, i) => text(i))
const before = many(60, (i) => `the machine at place ${i % 7} is down and the line is long`)

test('a word that only the spike has stands first; words that were always there do not stand out', () => {
  const texts = many(20, (i) => `they hand out felt-tip pens so the machine will not read it ${i % 7}`)
  const words = newWords(texts, before, 10)
  expect(words.slice(0, 12).map(({ word }) => word)).toContain('felt')
  expect(words.map(({ word }) => word)).not.toContain('machine')
  expect(words.map(({ word }) => word)).not.toContain('the')
  expect(words.find(({ word }) => word === 'pens')).toMatchObject({ texts: 20, before: 0 })
})

test('by hand: 30 of 300 words now and 1 of 300 before', () => {
  // Pooled, it is 31 of 600 words: its prior is worth 25.83 of 500.
  const filler = (i: number): string => many(9, (j) => `w${i}x${j}`).join(' ')
  const texts = many(30, (i) => `pens ${filler(i)}`)
  const then = many(30, (i) => `${i === 0 ? 'pens' : 'other'} ${filler(i)}`)
  const prior = (500 * 31) / 600
  const odds = (count: number): number => Math.log((count + prior) / (800 - count - prior))
  const z = (odds(30) - odds(1)) / Math.sqrt(1 / (30 + prior) + 1 / (1 + prior))
  expect(newWords(texts, then, 10)).toEqual([
    { word: 'pens', texts: 30, before: 1, z: Math.round(z * 100) / 100 },
  ])
})

test('with nothing before there is nothing that is new; addresses and names of accounts are no words', () => {
  expect(newWords(['pens', 'pens', 'pens'], [], 10)).toEqual([])
  const texts = many(30, () => 'see https://example.org/pens from @pens')
  expect(newWords(texts, before, 10).map(({ word }) => word)).not.toContain('pens')
})

test('the order of the texts is nothing', () => {
  const texts = many(12, (i) => `felt pens ${i % 3} bleed through`)
  assert(
    property(shuffledSubarray(texts, { minLength: 12 }), (shuffled) => {
      expect(newWords(shuffled, before, 10)).toEqual(newWords(texts, before, 10))
    }),
  )
})
