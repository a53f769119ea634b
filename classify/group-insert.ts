/**
 * Group commit: while one insert into a table is under way, the rows of other deliveries gather and go together in the
 * next. An insert costs the engine some 5 to 15 ms of CPU whatever its size, most of it for the files of a part, so this is
 * what carries the stream's peaks.
 */
import type { Row, Store } from './store/store.ts'

/**
 * From the beginning of an insert to that of the next: whoever comes after a silence waits for nobody, a stream gathers
 * for a quarter of a second. A post should be seen within a second of its arrival.
 */
const EVERY_MIN_MS = 250
/** While many rows come at once the processors have more to do, and groups are larger. */
const EVERY_MAX_MS = 400
/** Rows a second from which on it is `EVERY_MAX_MS`: two thirds of a record night of all posts. */
const MANY_ROWS = 10_000
/**
 * After a slow insert the next waits this many times as long as it took beyond what its rows take, up to a second: the
 * engine or the machine is behind.
 */
const PAUSE_FACTOR = 4
const ROW_MS = 0.02
const PAUSE_MAX_MS = 1_000

/**
 * What is late anyway waits longer, so that a machine which is behind for its many small inserts has fewer of them: a
 * quarter of how late it is, up to this.
 */
const LATE_PART = 1 / 4
const LATE_MAX_MS = 1_500
/** So many rows are worth an insert of their own, however late they are. */
const ENOUGH_ROWS = 2_000

/** Rows for one table. */
export interface Insertion {
  table: string
  columns: readonly string[]
  rows: readonly Row[]
}

/**
 * Rows of several tables, each stored before those of the next. Resolves when all are durable. `lateMs`: how long ago they
 * should have been stored.
 */
export type InsertInOrder = (insertions: readonly Insertion[], lateMs?: number) => Promise<void>

interface Group {
  /** As many as there are tables. */
  rows: Row[][]
  count: number
  /** Resolves `full`. */
  fill: () => void
  full: Promise<void>
  done: Promise<void>
}

interface Line {
  /** Settles when the next group may begin. */
  free: Promise<unknown>
  /** When the last one began, by `performance.now()`. */
  begunAt: number
  next: Group | null
}

export interface GroupInsert {
  /**
   * Resolves when the rows given are durable, and rejects when the group that held them failed: its deliveries then come
   * again. What gathers is bounded by the deliveries under way.
   */
  insert: Store['insert']
  /** The same for several tables at once. */
  insertInOrder: InsertInOrder
}

export function createGroupInsert(store: Pick<Store, 'insert'>): GroupInsert {
  const lines = new Map<string, Line>()
  const oneByOne = inOrder((table, columns, rows) => store.insert(table, columns, rows))

  function insertInOrder(insertions: readonly Insertion[], lateMs = 0): Promise<void> {
    if (insertions.every(({ rows }) => rows.length === 0)) return Promise.resolve()
    const key = insertions.map(({ table, columns }) => `${table} ${columns.join(' ')}`).join(', ')
    let line = lines.get(key)
    if (line === undefined)
      lines.set(key, (line = { free: Promise.resolve(), begunAt: -Infinity, next: null }))
    line.next ??= begin(line, insertions.length, lateMs, (group) =>
      oneByOne(insertions.map((one, i) => ({ ...one, rows: group[i]! }))),
    )
    add(
      line.next,
      insertions.map(({ rows }) => rows),
    )
    return line.next.done
  }

  return {
    insert: (table, columns, rows) => insertInOrder([{ table, columns, rows }]),
    insertInOrder,
  }
}

/** Inserts one after the other, nothing gathered. */
export function inOrder(insert: Store['insert']): InsertInOrder {
  return async function insertOneByOne(insertions) {
    for (const { table, columns, rows } of insertions) await insert(table, columns, rows)
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function add(group: Group, rows: readonly (readonly Row[])[]): void {
  for (const [i, some] of rows.entries()) for (const row of some) group.rows[i]!.push(row)
  group.count += rows.reduce((sum, some) => sum + some.length, 0)
  if (group.count >= ENOUGH_ROWS) group.fill()
}

/** Opens a group that is inserted once the one before it has ended, however it ended, and a pause is over. */
function begin(line: Line, tables: number, lateMs: number, insert: (rows: Row[][]) => Promise<void>): Group {
  const opened = performance.now()
  const rows = Array.from({ length: tables }, (): Row[] => [])
  let fill!: () => void
  const full = new Promise<void>((resolve) => (fill = resolve))
  async function insertInTurn(): Promise<void> {
    await line.free
    const waits = line.begunAt + Math.min(LATE_MAX_MS, LATE_PART * lateMs) - performance.now()
    if (waits > 0) await Promise.race([sleep(waits), full])
    line.next = null
    const started = performance.now()
    line.begunAt = started
    line.free = inserting.then(() => {
      const took = performance.now() - started
      const many = group.count > (MANY_ROWS * Math.max(EVERY_MIN_MS, started - opened)) / 1_000
      const every = many ? EVERY_MAX_MS : EVERY_MIN_MS
      const slow = Math.max(0, took - ROW_MS * group.count)
      return sleep(Math.max(every - took, Math.min(PAUSE_MAX_MS, PAUSE_FACTOR * slow)))
    })
    await insert(rows)
  }
  const group: Group = { rows, count: 0, fill, full, done: insertInTurn() }
  const inserting = Promise.allSettled([group.done])
  return group
}
