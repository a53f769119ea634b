/** Inserts into a chDB store without end, saying after each batch how many rows were acknowledged. It waits to be killed. */
import { openChdbStore } from '../../classify/store/chdb.ts'

const BATCH = 500
const [path, database, from] = process.argv.slice(2) as [string, string, string]
const store = await openChdbStore({ path, database })
for (let first = Number(from); ; first += BATCH) {
  const rows = Array.from({ length: BATCH }, (_, i) => [0, String(first + i), 'file:night', true, ['US']])
  await store.insert('seen', ['minute', 'post', 'source', 'election', 'counted_places'], rows)
  process.stdout.write(`${first + BATCH}\n`)
}
