import { expect, test } from 'vitest'
import { eld } from 'eld/small'
import { loadNgrams, shareScores, type Scores } from '../../../classify/shared-scores.ts'

const TEXTS = [
  'The county clerk says that every ballot will be counted by Friday.',
  'Los votos por correo se cuentan después del cierre de las urnas.',
  'Die Stimmen werden morgen noch einmal gezählt, sagt das Amt.',
  'Le bureau de vote a ouvert en retard ce matin.',
  '投票所は午後八時に閉まります。',
  'Бюллетени пересчитают завтра утром.',
  'फिर से मतगणना होगी।',
  'ok',
]

test('n-grams share their scores, and every result stays', async () => {
  const results = () => TEXTS.map((text) => [eld.detect(text).language, eld.detect(text).getScores()])
  const ngrams = await loadNgrams()
  const before = structuredClone(ngrams)
  const said = results()
  expect(said.slice(0, 4).map(([language]) => language)).toEqual(['en', 'es', 'de', 'fr'])
  shareScores(ngrams)
  expect(ngrams).toEqual(before)
  expect(results()).toEqual(said)
  expect(new Set(Object.values(ngrams)).size).toBeLessThan(Object.keys(ngrams).length / 4)
})

test('these are the ones that the library reads', async () => {
  const ngrams = await loadNgrams()
  const kept = { ...ngrams }
  for (const ngram in ngrams) delete ngrams[ngram]
  expect(eld.detect(TEXTS[0]!).language).toBe('')
  Object.assign(ngrams, kept)
  expect(eld.detect(TEXTS[0]!).language).toBe('en')
})

test('what differs in one score is another', () => {
  const ngrams: Scores = { a: { 0: 1, 59: 2 }, b: { 0: 1, 59: 2 }, c: { 0: 1, 59: 3 } }
  shareScores(ngrams)
  expect(ngrams).toEqual({ a: { 0: 1, 59: 2 }, b: { 0: 1, 59: 2 }, c: { 0: 1, 59: 3 } })
  expect(ngrams['a']).toBe(ngrams['b'])
  expect(ngrams['c']).not.toBe(ngrams['a'])
})
