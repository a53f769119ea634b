/**
 * Group commit: while one insert into a table is under way, the rows of other deliveries gather and go together in the
 * next. An insert costs the engine some 5 to 15 ms of CPU whatever its size, so this is what carries the stream's peaks.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Row, Store } from './store/store.ts'

/**
 * From the beginning of an insert to that of the next: whoever comes after a silence waits for nobody, a stream gathers
 * for a quarter of a second. A post should be seen within a second, and four inserts a second are 30 ms of the engine.
 */
const EVERY_MS = 250
/** After a slow insert the next waits as long as it took, up to this: the engine has more to do than inserts. */
const PAUSE_MAX_MS = 250

interface Group {
  rows: Row[]
  done: Promise<void>
}

interface Table {
  /** Settles when the next insert may begin. */
  free: Promise<unknown>
  next: Group | null
}

/**
 * Gives an `insert` that resolves when the rows given are durable, and rejects when the group that held them failed:
 * its deliveries then come again. What gathers is bounded by the deliveries under way.
 */
export function createGroupInsert(store: Pick<Store, 'insert'>): Store['insert'] {
  const tables = new Map<string, Table>()

  return function insert(name, columns, rows) {
    if (rows.length === 0) return Promise.resolve()
    const key = `${name} ${columns.join(' ')}`
    let table = tables.get(key)
    if (table === undefined) tables.set(key, (table = { free: Promise.resolve(), next: null }))
    if (table.next !== null) {
      for (const row of rows) table.next.rows.push(row)
      return table.next.done
    }
    return begin(table, [...rows], (group) => store.insert(name, columns, group))
  }
}

/** Opens a group that is inserted once the one before it has ended, however it ended, and a pause is over. */
function begin(table: Table, rows: Row[], insert: (rows: Row[]) => Promise<void>): Promise<void> {
  const done = table.free.then(() => {
    table.next = null
    const started = performance.now()
    table.free = inserting.then(() => {
      const took = performance.now() - started
      return sleep(Math.max(EVERY_MS - took, Math.min(PAUSE_MAX_MS, took)))
    })
    return insert(rows)
  })
  const inserting = Promise.allSettled([done])
  table.next = { rows, done }
  return done
}
