/**
 * Becomes a ClickHouse server: the whole of it lies inside chDB's library, and answers over HTTP once it runs a query
 * that says so. Arguments: data folder, port and, for a machine of a cluster, its configuration. It never returns; it
 * ends with its parent or by a signal.
 */
import { libchdbPath } from 'chdb/libchdb'
import { DataType, load, open } from 'ffi-rs'

/** The query must never end, since the server does with it: 100,000 rows of 3 s each are three and a half days. */
const FOREVER =
  'SYSTEM START LISTEN HTTP; SELECT sleepEachRow(3) FROM numbers(100000) FORMAT Null ' +
  'SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 300000000000'

const [folder, port, config] = process.argv.slice(2) as [string, string, string?]
const argv = [
  'clickhouse',
  `--path=${folder}`,
  `--http_port=${port}`,
  '--listen_host=127.0.0.1',
  ...(config === undefined ? [] : [`--config-file=${config}`]),
  // Its peers ask by the native protocol.
  `--query=${config === undefined ? '' : 'SYSTEM START LISTEN TCP; '}${FOREVER}`,
]
open({ library: 'libchdb', path: libchdbPath() })
load({
  library: 'libchdb',
  funcName: 'query_stable_v2',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [argv.length, argv],
})
