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
/** Rows a second, of a third of the record election night, from which on it is `EVERY_MAX_MS`. */
const MANY_ROWS = 2_000
/** After a slow insert the next waits as long as it took, up to this: the engine is behind. */
const PAUSE_MAX_MS = 250

/** Rows for one table. */
export interface Insertion {
  table: string
  columns: readonly string[]
  rows: readonly Row[]
}

/** Rows of several tables, each stored before those of the next. Resolves when all are durable. */
export type InsertInOrder = (insertions: readonly Insertion[]) => Promise<void>

interface Group {
  /** As many as there are tables. */
  rows: Row[][]
  done: Promise<void>
}

interface Line {
  /** Settles when the next group may begin. */
  free: Promise<unknown>
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

  function insertInOrder(insertions: readonly Insertion[]): Promise<void> {
    if (insertions.every(({ rows }) => rows.length === 0)) return Promise.resolve()
    const key = insertions.map(({ table, columns }) => `${table} ${columns.join(' ')}`).join(', ')
    let line = lines.get(key)
    if (line === undefined) lines.set(key, (line = { free: Promise.resolve(), next: null }))
    if (line.next !== null) {
      for (const [i, { rows }] of insertions.entries()) for (const row of rows) line.next.rows[i]!.push(row)
      return line.next.done
    }
    return begin(
      line,
      insertions.map(({ rows }) => [...rows]),
      (group) => oneByOne(insertions.map((one, i) => ({ ...one, rows: group[i]! }))),
    )
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

/** Opens a group that is inserted once the one before it has ended, however it ended, and a pause is over. */
function begin(line: Line, rows: Row[][], insert: (rows: Row[][]) => Promise<void>): Promise<void> {
  const opened = performance.now()
  const done = line.free.then(() => {
    line.next = null
    const started = performance.now()
    line.free = inserting.then(() => {
      const took = performance.now() - started
      const count = rows.reduce((sum, some) => sum + some.length, 0)
      const every =
        count > (MANY_ROWS * Math.max(EVERY_MIN_MS, started - opened)) / 1_000 ? EVERY_MAX_MS : EVERY_MIN_MS
      return sleep(Math.max(every - took, Math.min(PAUSE_MAX_MS, took)))
    })
    return insert(rows)
  })
  const inserting = Promise.allSettled([done])
  line.next = { rows, done }
  return done
}
