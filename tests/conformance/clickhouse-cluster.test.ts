/** Of a cluster one machine may be away: who only opens what is there asks nothing of all of them. */
import { expect, inject, test } from 'vitest'
import { openClickhouseStore } from '../../classify/store/clickhouse.ts'
import { startClickhouseCluster } from '../services/clickhouse-cluster.ts'
import { newDatabase, storeError } from './store-helpers.ts'

const START_MS = 120_000

test(
  'a store that is up to date opens without a statement to every machine',
  async () => {
    await using cluster = await startClickhouseCluster()
    const open = async () => {
      const store = await openClickhouseStore({ url: cluster.url, cluster: cluster.name, database: 'opened' })
      await store.close()
    }
    await open()
    const made = cluster.sentToAll()
    expect(made).toBeGreaterThan(0)
    await open()
    expect(cluster.sentToAll()).toBe(made)
    // A role that was not told of the cluster would have acknowledged what no majority has.
    const untold = openClickhouseStore({ url: cluster.url, database: 'opened' })
    expect(await storeError(untold)).toMatchObject({ code: 'wrong_cluster' })
  },
  START_MS,
)

test('a store that was made without a cluster is not taken for a spread one', async () => {
  const made = { url: inject('clickhouseUrl'), database: newDatabase() }
  await (await openClickhouseStore(made)).close()
  const error = await storeError(openClickhouseStore({ ...made, cluster: 'night' }))
  expect(error).toMatchObject({ code: 'wrong_cluster' })
  expect(error.message).toContain('unset CLICKHOUSE_CLUSTER')
})
