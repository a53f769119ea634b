import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createGroupInsert } from '../../../classify/group-insert.ts'
import type { Row } from '../../../classify/store/store.ts'

interface Call {
  at: number
  table: string
  rows: readonly Row[]
}

let calls: Call[]
/** How long an insert takes, ms; and whether it fails. */
let takes: number
let fails: boolean

const store = {
  async insert(table: string, _columns: readonly string[], rows: readonly Row[]): Promise<void> {
    calls.push({ at: performance.now(), table, rows })
    await new Promise((resolve) => setTimeout(resolve, takes))
    if (fails) throw new Error('the store is away')
  },
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] })
  calls = []
  takes = 10
  fails = false
})
afterEach(() => vi.useRealTimers())

const starts = (): number[] => calls.map(({ at }) => Math.round(at - calls[0]!.at))
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

test('whoever comes after a silence waits for nobody; what comes soon after goes together', async () => {
  const { insert } = createGroupInsert(store)
  void insert('a', ['x'], [[1]])
  await pass(1)
  expect(calls).toHaveLength(1)
  void insert('a', ['x'], [[2]])
  void insert('a', ['x'], [[3]])
  await pass(1_000)
  expect(calls.map(({ rows }) => rows)).toEqual([[[1]], [[2], [3]]])
  expect(starts()).toEqual([0, 250])
  void insert('a', ['x'], [[4]])
  await pass(1)
  expect(calls).toHaveLength(3)
})

test('tables do not wait for each other, nor does one wait where there are no rows', async () => {
  const { insert } = createGroupInsert(store)
  void insert('a', ['x'], [[1]])
  void insert('b', ['x'], [[1]])
  await insert('c', ['x'], [])
  await pass(1)
  expect(calls.map(({ table }) => table)).toEqual(['a', 'b'])
})

test('many rows at once are gathered for longer', async () => {
  const { insert } = createGroupInsert(store)
  const many = Array.from({ length: 3_000 }, (_, i) => [i])
  void insert('a', ['x'], many)
  await pass(1)
  void insert('a', ['x'], many)
  await pass(1_000)
  expect(starts()).toEqual([0, 400])
})

test('a slow engine is left four times as long as it took beyond what rows take, a second at most', async () => {
  takes = 200
  const { insert } = createGroupInsert(store)
  void insert('a', ['x'], [[1]])
  await pass(1)
  void insert('a', ['x'], [[2]])
  await pass(1_100)
  takes = 700
  void insert('a', ['x'], [[3]])
  await pass(2_000)
  void insert('a', ['x'], [[4]])
  await pass(3_000)
  expect(starts().map((ms) => Math.round(ms / 10) * 10)).toEqual([0, 1_000, 2_000, 3_700])
})

test('what an insert takes for its many rows is no sign of a slow engine', async () => {
  takes = 300
  const { insert } = createGroupInsert(store)
  const many = Array.from({ length: 15_000 }, (_, i) => [i])
  void insert('a', ['x'], many)
  await pass(1)
  void insert('a', ['x'], [[2]])
  await pass(1_000)
  expect(starts()).toEqual([0, 400])
})

test('what is late waits a quarter of that for more rows, a second and a half at most, or until they are many', async () => {
  const { insertInOrder } = createGroupInsert(store)
  const late = (lateMs: number, count = 1) => {
    const rows = Array.from({ length: count }, (_, i) => [i])
    void insertInOrder([{ table: 'a', columns: ['x'], rows }], lateMs)
  }
  late(60_000)
  await pass(1)
  late(4_000)
  await pass(1_100)
  late(60_000)
  await pass(2_000)
  late(60_000)
  await pass(1_600)
  expect(starts()).toEqual([0, 1_000, 2_500, 4_000])
  // Some 700 ms after the last of these.
  late(60_000)
  await pass(500)
  expect(calls).toHaveLength(4)
  late(60_000, 2_000)
  await pass(1)
  expect(calls[4]!.rows).toHaveLength(2_001)
})

test('rows of several tables go in order, one group for all that gathered', async () => {
  const { insertInOrder } = createGroupInsert(store)
  const both = (a: Row[], b: Row[]) =>
    insertInOrder([
      { table: 'a', columns: ['x'], rows: a },
      { table: 'b', columns: ['x'], rows: b },
    ])
  void both([[1]], [[1]])
  await pass(1)
  expect(calls.map(({ table }) => table)).toEqual(['a'])
  const second = both([], [[2]])
  const third = both([[3]], [[3]])
  await pass(1_000)
  await Promise.all([second, third])
  expect(calls.slice(2).map(({ table, rows }) => [table, rows])).toEqual([
    ['a', [[3]]],
    ['b', [[2], [3]]],
  ])
})

test('a group that fails fails for all that were in it, and the next one goes on', async () => {
  const { insertInOrder } = createGroupInsert(store)
  const insert = (rows: Row[]) =>
    insertInOrder([
      { table: 'a', columns: ['x'], rows },
      { table: 'b', columns: ['x'], rows },
    ])
  fails = true
  const failed = Promise.allSettled([insert([[1]])])
  await pass(300)
  expect((await failed)[0]).toMatchObject({ status: 'rejected' })
  // What comes after the failed table was not tried.
  expect(calls.map(({ table }) => table)).toEqual(['a'])
  fails = false
  const next = insert([[2]])
  await pass(300)
  await next
  expect(calls.map(({ table }) => table)).toEqual(['a', 'a', 'b'])
})
