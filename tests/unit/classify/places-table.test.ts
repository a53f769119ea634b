/** Precision and recall of the place finder on sentences of our own: namesakes, offices, short forms, and no places at all. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createPlaceFinder } from '../../../classify/places/find.ts'
import { comparePlaces, type NamedPlaces } from './place-quality.ts'

const TABLE: readonly NamedPlaces[] = readFileSync(new URL('places-table.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))

test('places in our own sentences', () => {
  expect(TABLE.length).toBeGreaterThanOrEqual(220)
  const { states, counties, misses } = comparePlaces(TABLE, createPlaceFinder())
  const list = misses.join('\n')
  expect(states.precision, list).toBeGreaterThanOrEqual(0.97)
  expect(states.recall, list).toBeGreaterThanOrEqual(0.95)
  expect(counties.precision, list).toBeGreaterThanOrEqual(0.95)
  expect(counties.recall, list).toBeGreaterThanOrEqual(0.92)
})
