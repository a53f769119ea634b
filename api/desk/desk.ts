/** The desk: what needs transactions. A file on one machine, or a libSQL server for several. */
import { randomUUID } from 'node:crypto'
import { createClient } from '@libsql/client'
import { drizzle } from 'drizzle-orm/libsql'
import { createArrivalStore, type ArrivalStore } from './arrivals.ts'
import { DeskError } from './errors.ts'
import { verifyLedger, type LedgerCheck } from './ledger.ts'
import { createLiveHub, type LiveLog } from './live.ts'
import { migrate } from './migrations.ts'
import { createRebuttals, type Rebuttals } from './rebuttals.ts'
import { createWatchStore, type WatchStore } from './watch.ts'

/** Another process holds the file for some milliseconds at a time; past this something is stuck. */
const BUSY_TIMEOUT_MS = 5_000

export interface DeskOptions {
  /** `file:…`, or a libSQL server's address. */
  url: string
  authToken?: string
  /** Wall clock, epoch ms. */
  now?: () => number
  newId?: () => string
  /** Told of faults while looking for other processes' writes; the next look is half a second later. */
  onError?: (error: unknown) => void
}

export interface Desk extends WatchStore, ArrivalStore {
  live: LiveLog
  rebuttals: Rebuttals
  verifyLedger(): Promise<LedgerCheck>
  /** True when it answers. */
  ping(): Promise<boolean>
  close(): Promise<void>
}

/** Opens the desk and brings its tables up to date. Throws DeskError `unavailable` or `newer_version`. */
export async function openDesk(options: DeskOptions): Promise<Desk> {
  const { url, authToken, now = Date.now, newId = randomUUID } = options
  const client = connect(url, authToken)
  try {
    // Readers and the writer then never wait for each other; it stays set in the file.
    if (client.protocol === 'file') await client.execute('PRAGMA journal_mode = WAL')
    await migrate(client, now())
  } catch (error) {
    client.close()
    throw asUnavailable(url, error)
  }
  const db = drizzle({ client })
  const live = createLiveHub(db, options.onError ?? rethrow)
  return {
    ...createWatchStore(db, live),
    ...createArrivalStore(db, live),
    live,
    rebuttals: createRebuttals({ db, live, newId }),
    verifyLedger: () => verifyLedger(db),
    ping: () =>
      client.execute('SELECT 1').then(
        () => true,
        () => false,
      ),
    async close() {
      live.stop()
      client.close()
    },
  }
}

function connect(url: string, authToken: string | undefined) {
  try {
    return createClient({ url, timeout: BUSY_TIMEOUT_MS, ...(authToken === undefined ? {} : { authToken }) })
  } catch (error) {
    throw asUnavailable(url, error)
  }
}

function asUnavailable(url: string, error: unknown): DeskError {
  if (error instanceof DeskError) return error
  const why = error instanceof Error ? error.message : String(error)
  return new DeskError('unavailable', `the desk at ${url} cannot be opened: ${why}`, { cause: error })
}

function rethrow(error: unknown): never {
  throw error
}
