/** The desk's tables, as drizzle reads them. `migrations.ts` makes them. */
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Append-only: triggers refuse any change to a written row. */
export const ledgerTable = sqliteTable('ledger', {
  seq: integer().primaryKey(),
  rebuttal: text().notNull(),
  action: text().notNull(),
  actor: text().notNull(),
  at: integer().notNull(),
  /** Canonical JSON. */
  body: text().notNull(),
  prevHash: text('prev_hash').notNull(),
  hash: text().notNull(),
})

export const spikesTable = sqliteTable(
  'spikes',
  {
    id: text().primaryKey(),
    revision: integer().notNull(),
    narrative: text().notNull(),
    place: text().notNull(),
    phase: text().notNull(),
    onset: integer().notNull(),
    /** Null while it is open. */
    end: integer('end_at'),
    json: text().notNull(),
  },
  (table) => [index('spikes_by_onset').on(table.onset)],
)

/** The newest events; `seq` never goes back, not even when old rows are gone. */
export const liveEventsTable = sqliteTable('live_events', {
  seq: integer().primaryKey({ autoIncrement: true }),
  type: text().notNull(),
  json: text().notNull(),
})

/** One row. */
export const arrivalStateTable = sqliteTable('arrival_state', {
  one: integer().primaryKey(),
  through: integer().notNull(),
})

/** One row. */
export const watchStateTable = sqliteTable('watch_state', {
  one: integer().primaryKey(),
  sealedThrough: integer('sealed_through'),
})
