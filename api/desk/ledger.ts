/**
 * The ledger: every step of every rebuttal, each entry chained to the one before by SHA-256. An entry's hash covers
 * its canonical JSON (keys sorted, as in RFC 8785) with the hash of the entry before in it.
 */
import { hash } from 'node:crypto'
import { asc, gt, sql, type SQL } from 'drizzle-orm'
import { z } from 'zod'
import { ratingSchema } from '../contract.ts'
import { narrativeSchema, placeSchema } from '../../classify/contract.ts'
import type { DeskDb } from './db.ts'
import { ledgerTable } from './schema.ts'

/** What stands before the first entry. */
export const GENESIS_HASH = '0'.repeat(64)
/** Entries read at once: a few megabytes. */
const PAGE = 1_000

const words = z.object({ claim: z.string(), text: z.string(), link: z.string(), rating: ratingSchema })

/** What an entry says, by action. */
export const ledgerBodySchema = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('drafted'),
    slug: z.string(),
    spikeId: z.string().nullable(),
    narrative: narrativeSchema,
    place: placeSchema,
    office: z.string(),
    ...words.shape,
  }),
  z.object({ action: z.literal('approved') }),
  z.object({ action: z.literal('published'), clock: z.number().int().nullable() }),
  z.object({ action: z.literal('corrected'), approvedBy: z.string(), note: z.string(), ...words.shape }),
  z.object({ action: z.literal('withdrawn'), reason: z.string() }),
])
export type LedgerBody = z.infer<typeof ledgerBodySchema>

export interface LedgerEntry {
  seq: number
  rebuttal: string
  actor: string
  /** Wall clock, epoch ms. */
  at: number
  body: LedgerBody
  prevHash: string
  hash: string
}

export type LedgerCheck =
  | { ok: true; entries: number; head: string }
  | { ok: false; seq: number; why: string }

/** JSON with sorted keys and no spaces. Takes what JSON can hold: strings, finite numbers, booleans, null, lists, records. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(',')}}`
}

/** SHA-256 (hex) of the entry's canonical JSON. */
export function entryHash(entry: Omit<LedgerEntry, 'hash'>): string {
  const { seq, rebuttal, actor, at, body, prevHash } = entry
  return hash('sha256', canonicalJson({ seq, rebuttal, actor, at, body, prevHash }), 'hex')
}

export function sealEntry(entry: Omit<LedgerEntry, 'hash'>): LedgerEntry {
  return { ...entry, hash: entryHash(entry) }
}

/** The statement that appends an entry; it fails with `ledger_conflict` where another has the same number. */
export function appendEntry(db: DeskDb, entry: LedgerEntry) {
  return db.insert(ledgerTable).values({
    ...entry,
    action: entry.body.action,
    body: canonicalJson(entry.body),
  })
}

/** Entries after `seq`, oldest first, at most {@link PAGE}. Throws for a body that this version cannot read. */
export async function readEntries(db: DeskDb, after: number): Promise<LedgerEntry[]> {
  const rows = await readRows(db, after)
  return rows.map(({ seq, rebuttal, actor, at, body, prevHash, hash }) => ({
    seq,
    rebuttal,
    actor,
    at,
    body: ledgerBodySchema.parse(JSON.parse(body)),
    prevHash,
    hash,
  }))
}

async function readRows(db: DeskDb, after: number) {
  return db
    .select()
    .from(ledgerTable)
    .where(gt(ledgerTable.seq, after))
    .orderBy(asc(ledgerTable.seq))
    .limit(PAGE)
}

/** Reads the whole ledger and proves that no entry was changed, taken out, put in, or cut off the end. */
export async function verifyLedger(db: DeskDb): Promise<LedgerCheck> {
  // Before the entries: others may write while this reads.
  const written = await lastWritten(db)
  let seq = 0
  let head = GENESIS_HASH
  for (;;) {
    const rows = await readRows(db, seq)
    for (const row of rows) {
      const why = faultOf(row, seq + 1, head)
      if (why !== null) return { ok: false, seq: seq + 1, why }
      seq = row.seq
      head = row.hash
    }
    if (rows.length < PAGE) break
  }
  if (written > seq) {
    return {
      ok: false,
      seq: seq + 1,
      why: `the ledger ends at entry ${seq}, but ${written} entries were written`,
    }
  }
  return { ok: true, entries: seq, head }
}

function faultOf(row: typeof ledgerTable.$inferSelect, seq: number, prevHash: string): string | null {
  if (row.seq !== seq) return `entry ${seq} is missing; the next one there is ${row.seq}`
  if (row.prevHash !== prevHash)
    return 'it does not follow the entry before: its hash of that entry is another'
  const body = parseBody(row.body)
  if (body === null) return 'its body cannot be read'
  if (body.action !== row.action) return `its action says ${row.action}, its body ${body.action}`
  if (canonicalJson(body) !== row.body) return 'its body is not written as it was'
  const { rebuttal, actor, at } = row
  if (entryHash({ seq, rebuttal, actor, at, body, prevHash }) !== row.hash)
    return 'its content does not have its hash'
  return null
}

function parseBody(text: string): LedgerBody | null {
  try {
    return ledgerBodySchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

/** The greatest number ever given: SQLite keeps it when rows are taken away. */
async function lastWritten(db: DeskDb): Promise<number> {
  const query: SQL = sql`SELECT coalesce(max(seq), 0) AS seq FROM sqlite_sequence WHERE name = 'ledger'`
  const row = await db.get<{ seq: number }>(query)
  return row.seq
}
