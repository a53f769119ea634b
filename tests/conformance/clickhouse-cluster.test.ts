/** Of a cluster one machine may be away: who only opens what is there asks nothing of all of them. */
import { expect, test } from 'vitest'
import { openClickhouseStore } from '../../classify/store/clickhouse.ts'
import { startClickhouseCluster } from '../services/clickhouse-cluster.ts'

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
  },
  START_MS,
)
