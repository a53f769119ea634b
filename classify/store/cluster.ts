/**
 * Tables on a ClickHouse cluster, from the same statements that make them on one server: of each table `t` a replicated
 * `t_local` on every machine, and `t` as a Distributed face over all of them. Readers and writers know only `t`.
 *
 * A row's shard follows from the key by which its table is a set, so that two versions of one row meet on one shard, and
 * FINAL and distinct counts stay what they are on one server.
 */
import type { Engine } from './engine.ts'

export interface Cluster {
  /** As `remote_servers` names it, with `internal_replication`. */
  name: string
  database: string
}

/**
 * Settings of every statement on a cluster. An insert is waited for until a majority of the shard's replicas has it (so:
 * three replicas, of which one may be away), and everybody reads and writes the first replica that lives, so that who has
 * written reads it. Nobody needs the server's own tokens: an equal block that comes again is not dropped by it, since
 * between the two it may have been deleted.
 */
export const CLUSTER_SETTINGS = {
  distributed_foreground_insert: 1,
  distributed_product_mode: 'global',
  insert_quorum: 'auto',
  insert_deduplicate: 0,
  load_balancing: 'in_order',
  prefer_localhost_replica: 0,
} as const

const NAME = String.raw`\`?([A-Za-z_][A-Za-z0-9_]*)\`?`
const CREATE = new RegExp(
  String.raw`^CREATE TABLE IF NOT EXISTS ${NAME}\s*\((.*)\)\s*ENGINE = ReplacingMergeTree\((\w+)\)\s*ORDER BY \(?([\w, ]+?)\)?(\s+TTL .*)?$`,
  's',
)
/** What a face does not have. */
const OF_ROWS = /^(?:ADD INDEX|MATERIALIZE INDEX|MODIFY (?:SETTING|TTL))\b/
const ALTER = new RegExp(String.raw`^ALTER TABLE ${NAME}\s+(.*)$`, 's')
const DROP = new RegExp(String.raw`^DROP TABLE IF EXISTS ${NAME}$`)
const CHANGE_ROWS = new RegExp(String.raw`^(DELETE FROM|TRUNCATE TABLE(?: IF EXISTS)?) ${NAME}(.*)$`, 's')
const DATABASE = new RegExp(
  String.raw`^(CREATE DATABASE IF NOT EXISTS|DROP DATABASE(?: IF EXISTS)?) ${NAME}(.*)$`,
  's',
)

/**
 * What stands on a cluster for one statement: several for a table that is made or altered, the same one for what only
 * reads or inserts. Throws for a statement that changes tables and whose form is not known here.
 */
export function forCluster(statement: string, { name, database }: Cluster): string[] {
  const text = statement.trim()
  const on = `ON CLUSTER \`${name}\``
  const created = CREATE.exec(text)
  if (created !== null) {
    const [, table, columns, version, key, ttl = ''] = created
    const path = `/clickhouse/tables/{shard}/${database}/${table}_local`
    const engine = `ReplicatedReplacingMergeTree('${path}', '{replica}', ${version})`
    const shard = `cityHash64(${key})`
    return [
      `CREATE TABLE IF NOT EXISTS ${table}_local ${on} (${columns}) ENGINE = ${engine} ORDER BY (${key})${ttl}`,
      `CREATE TABLE IF NOT EXISTS ${table} ${on} AS ${table}_local ENGINE = Distributed(\`${name}\`, \`${database}\`, ${table}_local, ${shard})`,
    ]
  }
  const altered = ALTER.exec(text)
  if (altered !== null) {
    const [, table, change] = altered
    const local = `ALTER TABLE ${table}_local ${on} ${change}`
    if (OF_ROWS.test(change!)) return [local]
    // The face first asks for a column only when the tables behind it have one.
    return [local, `ALTER TABLE ${table} ${on} ${change}`]
  }
  const dropped = DROP.exec(text)
  if (dropped !== null) return ['', '_local'].map((end) => `DROP TABLE IF EXISTS ${dropped[1]}${end} ${on}`)
  const changed = CHANGE_ROWS.exec(text)
  if (changed !== null) return [`${changed[1]} ${changed[2]}_local ${on}${changed[3]}`]
  const made = DATABASE.exec(text)
  if (made !== null) return [`${made[1]} \`${made[2]}\` ${on}${made[3]}`]
  if (/^(?:CREATE|ALTER|DROP|TRUNCATE|DELETE|RENAME|OPTIMIZE)\b/i.test(text))
    throw new Error(`This statement has no form for a cluster: ${text.slice(0, 80)}`)
  return [statement]
}

/** The engine of one server of the cluster, whose statements reach all of it. */
export function onCluster(engine: Engine, cluster: Cluster): Engine {
  return {
    ...engine,
    async command(text, params) {
      for (const statement of forCluster(text, cluster)) await engine.command(statement, params)
    },
  }
}
