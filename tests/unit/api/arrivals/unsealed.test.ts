import { expect, test } from 'vitest'
import { createUnsealed } from '../../../../api/arrivals/unsealed.ts'

const row = (key: string, minute: number, flagged = true) => ({ key, minute, flagged })

test('the last that is said of a post holds', () => {
  const unsealed = createUnsealed()
  unsealed.take([row('a', 1), row('b', 1), row('a', 1)], null)
  expect(unsealed.count(null)).toBe(2)
  unsealed.take([row('b', 1, false), row('c', 2, false)], null)
  expect(unsealed.count(null)).toBe(1)
})

test('posts of sealed minutes are not counted, and those of a few are kept for a watcher that begins again', () => {
  const unsealed = createUnsealed()
  unsealed.take([row('a', 10), row('b', 11), row('c', 12)], null)
  expect(unsealed.count(11)).toBe(1)
  expect(unsealed.count(9)).toBe(3)
})

test('what is long sealed is forgotten when the next rows come, though nobody asks for the count', () => {
  const unsealed = createUnsealed()
  for (let minute = 0; minute < 1_000; minute++) unsealed.take([row(`p${minute}`, minute)], minute - 1)
  // Had all been kept, a watcher that begins again at the start would show them.
  expect(unsealed.count(-1)).toBeLessThan(10)
})
