/** A broker and a ClickHouse of their own, each behind a line that can fail. */
import { startOwnClickhouse, type ClickhouseServer } from '../../services/clickhouse.ts'
import type { Fillable } from '../../services/disk.ts'
import { startOwnKafka, type KafkaServer } from '../../services/kafka.ts'
import { startProxy, type Proxy } from './proxy.ts'

/** The data of each lies on a disk of this size, in memory, so that it can be filled; a night takes a tenth of it. */
const DISK = '1g'

export type ServerName = 'kafka' | 'clickhouse'

export interface Servers {
  kafka: KafkaServer & Fillable
  clickhouse: ClickhouseServer & Fillable
  /** The lines by which the roles reach them; the tests themselves go straight. */
  lines: { kafka: Proxy; clickhouse: Proxy }
  /** Does something to a server that nobody else does anything to meanwhile: no server is started twice. */
  alone(name: ServerName, work: () => Promise<void>): Promise<void>
  stop(): Promise<void>
}

export async function startServers(): Promise<Servers> {
  const [kafkaLine, clickhouseLine] = await Promise.all([startProxy(), startProxy()])
  // A client asks the broker where to go, and must be told of the line.
  const [kafka, clickhouse] = await Promise.all([
    startOwnKafka({ advertised: kafkaLine.port, disk: DISK }),
    startOwnClickhouse({ disk: DISK }),
  ])
  kafkaLine.target(Number(kafka.brokers[0]!.split(':')[1]))
  clickhouseLine.target(Number(new URL(clickhouse.url).port))
  const turns = { kafka: Promise.resolve(), clickhouse: Promise.resolve() }
  return {
    alone(name, work) {
      const mine = turns[name].then(work)
      turns[name] = mine.catch(() => {})
      return mine
    },
    kafka,
    clickhouse,
    lines: { kafka: kafkaLine, clickhouse: clickhouseLine },
    async stop() {
      await Promise.all([kafkaLine[Symbol.asyncDispose](), clickhouseLine[Symbol.asyncDispose]()])
      await Promise.all([kafka.stop(), clickhouse.stop()])
    },
  }
}
