import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { costTable, loadTable, saveTable, worseThan } from '../../../../api/boot/bench/compare.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-compare-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const figure = (stage: string, cpuMicros: number) => ({ stage, cpuMicros, perSecond: 1, note: '' })

test('a machine of half the speed is no worse', () => {
  const before = costTable([figure('JSON.parse', 2), figure('gate', 3)])
  const now = costTable([figure('JSON.parse', 4), figure('gate', 6)])
  expect(worseThan(before, now)).toEqual([])
})

test('a stage that costs over a tenth more than it did is named', () => {
  const before = costTable([figure('JSON.parse', 2), figure('gate', 3), figure('store', 10)])
  const now = costTable([
    figure('JSON.parse', 2),
    figure('gate', 3.2),
    figure('store', 11.2),
    figure('new', 99),
  ])
  expect(worseThan(before, now)).toEqual([
    'store costs 5.60 times JSON.parse, 12 % more than the 5.00 before',
  ])
})

test('a run of which the table knows nothing is not held to be as good', () => {
  const before = costTable([figure('JSON.parse', 2), figure('load mixed server', 60)])
  const now = costTable([figure('JSON.parse', 2), figure('load election server', 300)])
  expect(() => worseThan(before, now)).toThrow('none of the stages of this run (load election server)')
})

test('a run without its ceiling is refused', () => {
  expect(() => costTable([figure('gate', 3)])).toThrow('cannot be compared')
})

test('a table keeps what was not measured again', async () => {
  const path = join(folder, 'table.json')
  await saveTable(path, costTable([figure('JSON.parse', 2), figure('gate', 3), figure('store', 10)]))
  await saveTable(path, costTable([figure('JSON.parse', 1), figure('gate', 2)]))
  expect(await loadTable(path)).toEqual({ version: 1, relative: { gate: 2, store: 5 } })
  expect(await readFile(path, 'utf8')).toMatch(/\n$/)
})

test('no table, or a file that is none, is told in one line', async () => {
  await expect(loadTable(join(folder, 'none.json'))).rejects.toThrow('cannot be read')
  const path = join(folder, 'other.json')
  await writeFile(path, '[]')
  await expect(loadTable(path)).rejects.toThrow('no table of')
  await expect(saveTable(path, { version: 1, relative: {} })).rejects.toThrow('no table of')
})
