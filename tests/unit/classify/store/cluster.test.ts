import { expect, test } from 'vitest'
import { forCluster } from '../../../../classify/store/cluster.ts'
import { readMigrations } from '../../../../classify/store/migrate.ts'

const night = { name: 'night', database: 'watch' }
const flat = (text: string) => text.replace(/\s+/g, ' ')

test('a table becomes a replicated one on every machine, and a face over all', () => {
  const statement = `CREATE TABLE IF NOT EXISTS pushes (
  source LowCardinality(String),
  key String COMMENT 'hex (64)',
  at DateTime64(3, 'UTC'),
  version UInt64,
  INDEX of_key key TYPE bloom_filter GRANULARITY 4
) ENGINE = ReplacingMergeTree(version)
ORDER BY (source, key)
TTL toDateTime(at) + INTERVAL 7 DAY`
  expect(forCluster(statement, night).map(flat)).toEqual([
    'CREATE TABLE IF NOT EXISTS pushes_local ON CLUSTER `night` ( source LowCardinality(String),' +
      " key String COMMENT 'hex (64)', at DateTime64(3, 'UTC'), version UInt64," +
      ' INDEX of_key key TYPE bloom_filter GRANULARITY 4 ) ENGINE =' +
      " ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/watch/pushes_local', '{replica}', version)" +
      ' ORDER BY (source, key) TTL toDateTime(at) + INTERVAL 7 DAY',
    'CREATE TABLE IF NOT EXISTS pushes ON CLUSTER `night` AS pushes_local ENGINE =' +
      ' Distributed(`night`, `watch`, pushes_local, cityHash64(source, key))',
  ])
})

test('a change reaches the tables, then their face; rows are removed where they lie', () => {
  expect(forCluster('ALTER TABLE posts ADD COLUMN IF NOT EXISTS a String AFTER b', night)).toEqual([
    'ALTER TABLE posts_local ON CLUSTER `night` ADD COLUMN IF NOT EXISTS a String AFTER b',
    'ALTER TABLE posts ON CLUSTER `night` ADD COLUMN IF NOT EXISTS a String AFTER b',
  ])
  expect(forCluster('ALTER TABLE posts ADD INDEX IF NOT EXISTS i a TYPE minmax', night)).toEqual([
    'ALTER TABLE posts_local ON CLUSTER `night` ADD INDEX IF NOT EXISTS i a TYPE minmax',
  ])
  expect(forCluster('ALTER TABLE posts MODIFY TTL a + INTERVAL 9 DAY', night)).toEqual([
    'ALTER TABLE posts_local ON CLUSTER `night` MODIFY TTL a + INTERVAL 9 DAY',
  ])
  expect(forCluster('DELETE FROM dead_letters WHERE id IN {p0:Array(String)}', night)).toEqual([
    'DELETE FROM dead_letters_local ON CLUSTER `night` WHERE id IN {p0:Array(String)}',
  ])
  expect(forCluster('DROP TABLE IF EXISTS old', night)).toEqual([
    'DROP TABLE IF EXISTS old ON CLUSTER `night`',
    'DROP TABLE IF EXISTS old_local ON CLUSTER `night`',
  ])
  expect(forCluster('DROP DATABASE IF EXISTS `watch` SYNC', night)).toEqual([
    'DROP DATABASE IF EXISTS `watch` ON CLUSTER `night` SYNC',
  ])
})

test('reading and inserting stay as they are; a form that is not known is refused', () => {
  const insert = 'INSERT INTO schema_versions (version, name) SELECT 1, 2'
  expect(forCluster(insert, night)).toEqual([insert])
  expect(() => forCluster('CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a', night)).toThrow('no form')
  expect(() => forCluster('OPTIMIZE TABLE posts FINAL', night)).toThrow('no form')
})

test('every statement of the schema has a form, and every table has both', async () => {
  const statements = (await readMigrations()).flatMap(({ statements }) => statements)
  const made = statements.flatMap((statement) => forCluster(statement, night))
  // A face has no indexes and no parts.
  const ofRows = statements.filter((statement) =>
    /^ALTER TABLE \w+ ((ADD|MATERIALIZE) INDEX|MODIFY (SETTING|TTL))/.test(statement),
  )
  expect(made).toHaveLength(2 * statements.length - ofRows.length)
  for (const text of made) expect(text).toContain(' ON CLUSTER `night` ')
  const names = (pattern: RegExp) => made.flatMap((text) => pattern.exec(text)?.[1] ?? [])
  const local = names(/^CREATE TABLE IF NOT EXISTS (\w+)_local /)
  expect(names(/^CREATE TABLE IF NOT EXISTS (\w+) ON CLUSTER `night` AS \w+_local /)).toEqual(local)
  expect(local.length).toBeGreaterThan(10)
})
