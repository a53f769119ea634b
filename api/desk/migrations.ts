/** Makes and changes the desk's tables. A version, once released, is never edited; a change is a new version. */
import type { Client, InStatement } from '@libsql/client'
import { DeskError } from './errors.ts'

/**
 * Sequence numbers of live events begin at the moment when the desk was made (epoch ms) and grow slower than the
 * clock: an id that a client kept from an earlier desk is therefore never taken for one of this desk's.
 */
function versions(madeAt: number): readonly (readonly InStatement[])[] {
  return [
    [
      `CREATE TABLE ledger (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        rebuttal TEXT NOT NULL,
        action TEXT NOT NULL CHECK (action IN ('drafted', 'approved', 'published', 'corrected', 'withdrawn')),
        actor TEXT NOT NULL,
        at INTEGER NOT NULL,
        body TEXT NOT NULL,
        prev_hash TEXT NOT NULL,
        hash TEXT NOT NULL UNIQUE
      )`,
      `CREATE TRIGGER ledger_refuses_update BEFORE UPDATE ON ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no entry may be changed'); END`,
      `CREATE TRIGGER ledger_refuses_delete BEFORE DELETE ON ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no entry may be deleted'); END`,
      // Also keeps INSERT OR REPLACE, which fires no DELETE trigger, from writing over an entry.
      `CREATE TRIGGER ledger_refuses_gap BEFORE INSERT ON ledger
        WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM ledger)
        BEGIN SELECT RAISE(ABORT, 'ledger_conflict: another entry has this number'); END`,
      `CREATE TABLE spikes (
        id TEXT PRIMARY KEY,
        revision INTEGER NOT NULL,
        narrative TEXT NOT NULL,
        place TEXT NOT NULL,
        phase TEXT NOT NULL,
        onset INTEGER NOT NULL,
        end_at INTEGER,
        json TEXT NOT NULL
      )`,
      'CREATE INDEX spikes_by_onset ON spikes (onset)',
      'CREATE TABLE live_events (seq INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, json TEXT NOT NULL)',
      { sql: "INSERT INTO sqlite_sequence (name, seq) VALUES ('live_events', ?)", args: [madeAt] },
      'CREATE TABLE watch_state (one INTEGER PRIMARY KEY CHECK (one = 1), sealed_through INTEGER)',
    ],
    [
      'CREATE TABLE told_posts (post TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID',
      'CREATE INDEX told_posts_by_time ON told_posts (at)',
      'CREATE TABLE arrival_state (one INTEGER PRIMARY KEY CHECK (one = 1), through INTEGER NOT NULL)',
    ],
  ]
}

/** Brings the desk to the newest version. Two processes may call it at once: each version is applied once. */
export async function migrate(client: Client, now: number): Promise<void> {
  await client.execute(
    'CREATE TABLE IF NOT EXISTS desk_versions (version INTEGER PRIMARY KEY, at INTEGER NOT NULL)',
  )
  const all = versions(now)
  let current = await readVersion(client)
  if (current > all.length) {
    throw new DeskError(
      'newer_version',
      `this desk was written by a newer Tallywatch (version ${current} of its tables, this one knows ${all.length}): upgrade`,
    )
  }
  while (current < all.length) {
    const version = current + 1
    const claim: InStatement = {
      sql: 'INSERT INTO desk_versions (version, at) VALUES (?, ?)',
      args: [version, now],
    }
    try {
      await client.batch([claim, ...all[current]!], 'write')
    } catch (error) {
      // Another process may have applied it meanwhile; if not, the error stands.
      if ((await readVersion(client)) < version) throw error
    }
    current = await readVersion(client)
  }
}

async function readVersion(client: Client): Promise<number> {
  const { rows } = await client.execute('SELECT coalesce(max(version), 0) AS version FROM desk_versions')
  return Number(rows[0]!['version'])
}
