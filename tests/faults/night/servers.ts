/** A broker and a ClickHouse of their own, each behind a line that can fail. */
import { startOwnClickhouse, type ClickhouseServer } from '../../services/clickhouse.ts'
import { startOwnKafka, type KafkaServer } from '../../services/kafka.ts'
import { startProxy, type Proxy } from './proxy.ts'

export interface Servers {
  kafka: KafkaServer
  clickhouse: ClickhouseServer
  /** The lines by which the roles reach them; the tests themselves go straight. */
  lines: { kafka: Proxy; clickhouse: Proxy }
  stop(): Promise<void>
}

export async function startServers(): Promise<Servers> {
  const [kafkaLine, clickhouseLine] = await Promise.all([startProxy(), startProxy()])
  // A client asks the broker where to go, and must be told of the line.
  const [kafka, clickhouse] = await Promise.all([startOwnKafka(kafkaLine.port), startOwnClickhouse()])
  kafkaLine.target(Number(kafka.brokers[0]!.split(':')[1]))
  clickhouseLine.target(Number(new URL(clickhouse.url).port))
  return {
    kafka,
    clickhouse,
    lines: { kafka: kafkaLine, clickhouse: clickhouseLine },
    async stop() {
      await Promise.all([kafkaLine[Symbol.asyncDispose](), clickhouseLine[Symbol.asyncDispose]()])
      await Promise.all([kafka.stop(), clickhouse.stop()])
    },
  }
}
