/** What the store's tests share. */
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { param, sql } from '../../classify/store/sql.ts'
import { StoreError, type Row, type Store } from '../../classify/store/store.ts'

export interface StoreHarness {
  /** Opens (or opens again) the database of this name in one and the same engine. */
  open(database: string): Promise<Store>
}

const SEEN = ['minute', 'post', 'source', 'election', 'counted_places'] as const

/** `count` different posts, from number `first` on. */
export function seenRows(first: number, count: number): Row[] {
  return Array.from({ length: count }, (_, i) => [
    Math.floor((first + i) / 100),
    String(first + i),
    'file:night',
    i % 2 === 0,
    ['US'],
  ])
}

/** Distinct posts among the first `below`. */
export async function distinctSeen(store: Store, below = Number.MAX_SAFE_INTEGER): Promise<number> {
  const rows = await store.query<{ n: number }>(
    sql`SELECT toUInt32(uniqExact(post)) AS n FROM seen WHERE post < ${param.int(below)}`,
  )
  return rows[0]!.n
}

export function insertSeen(store: Store, rows: readonly Row[]): Promise<void> {
  return store.insert('seen', SEEN, rows)
}

export const newDatabase = (): string => `conformance_${randomUUID().replaceAll('-', '')}`

/** The error that a promise rejects with, as the port's. */
export async function storeError(promise: Promise<unknown>): Promise<StoreError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(StoreError)
  return error as StoreError
}
