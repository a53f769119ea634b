/** One Kafka and one ClickHouse for the whole run, and the page built once; they stop with the run. */
import type { TestProject } from 'vitest/node'
import { buildPage } from '../../dashboards/build.ts'
import { startClickhouse } from './clickhouse.ts'
import { startKafka } from './kafka.ts'

declare module 'vitest' {
  interface ProvidedContext {
    kafkaBrokers: string[]
    clickhouseUrl: string
    pageDir: string
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [kafka, clickhouse, page] = await Promise.all([startKafka(), startClickhouse(), buildPage()])
  project.provide('kafkaBrokers', kafka.brokers)
  project.provide('clickhouseUrl', clickhouse.url)
  project.provide('pageDir', page.dir)
  return async () => {
    await Promise.all([kafka.stop(), clickhouse.stop()])
  }
}
