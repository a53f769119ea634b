// Makes JSON lines (from Parquet) or plain text (from zstd) of a file, with ClickHouse's own readers, in a process of
// its own: the engine takes one data folder a process, and what it needs is given back when it ends.
// Arguments: the kind, the input, the output; both are paths of our own making, without special characters.
import { query } from 'chdb'

const [kind, input, output] = process.argv.slice(2)
const SETTINGS =
  "SETTINGS max_threads = 1, max_memory_usage = 500000000, session_timezone = 'UTC', date_time_output_format = 'iso'"
if (kind === 'parquet') {
  query(
    `INSERT INTO FUNCTION file('${output}', JSONEachRow) SELECT * FROM file('${input}', Parquet) ${SETTINGS}`,
  )
} else {
  const line = "'line String'"
  query(
    `INSERT INTO FUNCTION file('${output}', TSVRaw, ${line}) SELECT line FROM file('${input}', LineAsString, ${line}) ${SETTINGS}`,
  )
}
