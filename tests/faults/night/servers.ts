/** A broker and a ClickHouse of their own, each behind a line that can fail. */
import { startOwnClickhouse, type ClickhouseServer } from '../../services/clickhouse.ts'
import { startOwnKafka, type KafkaServer } from '../../services/kafka.ts'
import { startProxy, type Proxy } from './proxy.ts'

/** ClickHouse's data lies on a disk of this size, in memory, so that it can be filled; a night takes a tenth of it. */
const DISK = '1g'

export interface Servers {
  kafka: KafkaServer
  clickhouse: ClickhouseServer
  /** The lines by which the roles reach them; the tests themselves go straight. */
  lines: { kafka: Proxy; clickhouse: Proxy }
  /** Nothing more can be written by ClickHouse, until it is freed. */
  fillDisk(): Promise<void>
  freeDisk(): Promise<void>
  stop(): Promise<void>
}

export async function startServers(): Promise<Servers> {
  const [kafkaLine, clickhouseLine] = await Promise.all([startProxy(), startProxy()])
  // A client asks the broker where to go, and must be told of the line.
  const [kafka, clickhouse] = await Promise.all([
    startOwnKafka(kafkaLine.port),
    startOwnClickhouse({ disk: DISK }),
  ])
  kafkaLine.target(Number(kafka.brokers[0]!.split(':')[1]))
  clickhouseLine.target(Number(new URL(clickhouse.url).port))
  return {
    kafka,
    clickhouse,
    lines: { kafka: kafkaLine, clickhouse: clickhouseLine },
    fillDisk: () => clickhouse.fillDisk(),
    freeDisk: () => clickhouse.freeDisk(),
    async stop() {
      await Promise.all([kafkaLine[Symbol.asyncDispose](), clickhouseLine[Symbol.asyncDispose]()])
      await Promise.all([kafka.stop(), clickhouse.stop()])
    },
  }
}
