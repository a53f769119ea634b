/**
 * Group commit: while one insert into a table is under way, the rows of other deliveries gather and go together in the
 * next. An insert costs the engine some 30 ms whatever its size, so this is what carries the stream's peaks.
 */
import type { Row, Store } from './store/store.ts'

interface Group {
  rows: Row[]
  done: Promise<void>
}

interface Table {
  underWay: Promise<unknown>
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
    if (table === undefined) tables.set(key, (table = { underWay: Promise.resolve(), next: null }))
    if (table.next !== null) {
      for (const row of rows) table.next.rows.push(row)
      return table.next.done
    }
    return begin(table, [...rows], (group) => store.insert(name, columns, group))
  }
}

/** Opens a group that is inserted once the insert before it has ended, however it ended. */
function begin(table: Table, rows: Row[], insert: (rows: Row[]) => Promise<void>): Promise<void> {
  const start = () => {
    table.next = null
    return insert(rows)
  }
  const done = table.underWay.then(start)
  table.next = { rows, done }
  table.underWay = Promise.allSettled([done])
  return done
}
