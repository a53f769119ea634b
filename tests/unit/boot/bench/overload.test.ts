import { expect, test } from 'vitest'
import {
  differences,
  reportOverload,
  toldBy,
  type Overload,
} from '../../../../api/boot/bench/load/overload.ts'

const overload: Overload = {
  offered: 2_500,
  sent: 75_000,
  recoveredSeconds: 40.2,
  settledSeconds: 95,
  waitingMax: 12_000,
  hastyMax: 900,
  memory: [{ role: 'embedded', before: 400, max: 612.4 }],
  rows: 321,
  alarms: 4,
  different: [],
}

test('what only one of two runs has is told, with which one it is', () => {
  expect(differences(['a', 'b'], ['b', 'c'])).toEqual(['with overload only: a', 'without it only: c'])
  expect(differences(['a', 'b'], ['a', 'b'])).toEqual([])
})

test('alarms of minutes that only one of two runs has sealed are not held against the other', () => {
  const early = { id: 'a', onset: 60_000, detected: 120_000 }
  const late = { id: 'b', onset: 60_000, detected: 180_000 }
  expect(toldBy(180_000, [late, early])).toEqual(['a from 60000, told 120000'])
  expect(toldBy(240_000, [late, early])).toEqual(['a from 60000, told 120000', 'b from 60000, told 180000'])
})

test('a run that came to the same says so; one that did not says first in how much and then in what', () => {
  expect(reportOverload(overload)).toContain('the same as without overload: 321 sealed rows, 4 alarms\n')
  expect(reportOverload(overload)).toContain('embedded: 400 MiB before, 612 at the most\n')
  const different = differences(['(1, US)'], [])
  const said = reportOverload({ ...overload, different })
  expect(said).toContain('DIFFERENT from the run without overload in 1 of 321 rows and 4 alarms:\n')
  expect(said).toContain('with overload only: (1, US)\n')
})
