/** What every store must do, whatever engine is behind it. */
import { afterAll, beforeAll, describe } from 'vitest'
import { ident, sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import { newDatabase, type StoreHarness } from './store-helpers.ts'
import { openingTests } from './store-opening.ts'
import { parameterTests, valueTests } from './store-values.ts'
import { batchTests, errorTests, streamTests } from './store-work.ts'

export function storeSuite(name: string, harness: StoreHarness): void {
  describe(`${name} keeps the store's promises`, () => {
    const database = newDatabase()
    let store: Store
    beforeAll(async () => {
      store = await harness.open(database)
    })
    afterAll(async () => {
      await store.command(sql`DROP DATABASE ${ident(database)} SYNC`)
      await store.close()
    })
    describe('values', () => {
      valueTests(() => store)
    })
    describe('parameters', () => {
      parameterTests(() => store)
    })
    describe('sets and batches', () => {
      batchTests(() => store)
    })
    describe('errors', () => {
      errorTests(() => store)
    })
    describe('streams', () => {
      streamTests(() => store)
    })
    describe('opening', () => {
      openingTests(harness)
    })
  })
}
