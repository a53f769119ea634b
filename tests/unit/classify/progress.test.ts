/** How far each partition has come, as it is said in the store: its row's age is how long ago posts were stored. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createProgressWriter, type ProgressWriter } from '../../../classify/progress.ts'
import type { Row } from '../../../classify/store/store.ts'

const AT = Date.UTC(2026, 10, 4, 1)
let rows: Row[] = []
let away = false
let progress: ProgressWriter
beforeEach(() => {
  rows = []
  away = false
  progress = createProgressWriter({
    async insert(_, __, more) {
      if (away) throw new Error('away')
      rows.push(...more)
    },
  })
})
afterEach(async () => progress.stop())

/** What is written of these. */
async function written(...notes: Parameters<ProgressWriter['note']>[]): Promise<Row[]> {
  for (const note of notes) progress.note(...note)
  await progress.flush()
  return rows.splice(0)
}

test('a delivery of posts is said, whether or not what waits has changed', async () => {
  expect(await written([0, AT, 0])).toEqual([[0, AT, 0]])
  expect(await written([0, AT, 0])).toEqual([[0, AT, 0]])
  expect(await written([0, AT - 5, 0])).toEqual([[0, AT, 0]])
})

test('a source’s status, of which nothing follows, does not make the posts look new', async () => {
  await written([0, AT, 0], [1, AT, 4])
  expect(await written([0, null, 0], [1, null, 4])).toEqual([])
})

test('what waits is said when it has changed, by whatever the last of it was', async () => {
  await written([0, AT, 700])
  expect(await written([0, null, 3])).toEqual([[0, AT, 3]])
  expect(await written([0, null, 0])).toEqual([[0, AT, 0]])
  expect(await written([0, null, 0])).toEqual([])
})

test('what could not be written is written with the next, though no posts came', async () => {
  away = true
  progress.note(0, AT, 0)
  await expect(progress.flush()).rejects.toThrow('away')
  away = false
  expect(await written([0, null, 0])).toEqual([[0, AT, 0]])
})
