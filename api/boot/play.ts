/** Plays a night that has an end, a recorded one or a drill, on its own clock, and gives its summary. */
import type { Source } from '../../ingest/sources/source.ts'
import { appOptions } from './app-options.ts'
import { FailedError, type Io } from './command.ts'
import type { Config } from './config.ts'
import { createErrorLog } from './log.ts'
import { startNight, type Night } from './night.ts'
import { pageDir } from './page.ts'
import { startProgressBar } from './progress-bar.ts'
import { serve, type Served } from './serve.ts'
import { untilStopped } from './signals.ts'
import type { NightSummary } from './summary.ts'

export interface PlayOptions {
  config: Config
  mode: 'replay' | 'drill'
  namespace: string
  sources: readonly Source[]
  authorKey: string
  workers: number
  /** Prints the summary as JSON and ends; otherwise the page stays until the process is stopped. */
  json: boolean
  /** Serves the page while it plays. */
  page: boolean
  /** What is printed beside the summary. */
  extra?: Record<string, unknown>
}

export async function play(options: PlayOptions, io: Io): Promise<number> {
  const { config, json } = options
  const onError = createErrorLog()
  const night = await startNight({
    mode: options.mode,
    backends: { backends: config.backends, namespace: options.namespace, partitions: config.partitions },
    sources: options.sources,
    authorKey: options.authorKey,
    workers: options.workers,
    deskUrl: config.deskUrl,
    spikeNarratives: config.spikeNarratives,
    falseAlarmsPerNight: config.falseAlarmsPerNight,
    app: appOptions(config, {
      pageDir: options.page ? await pageDir() : null,
      demo: null,
      installation: options.mode,
    }),
    onError,
  })
  let served: Served | null = null
  let stop = () => night.stop()
  try {
    if (options.page) {
      served = await serve(night.app, config.host, config.port)
      io.stderr.write(`Tallywatch is at ${served.url}\n`)
    }
    const summary = await finishOrStop(night, io)
    if (summary === null) {
      const again = options.mode === 'drill' ? '' : '; run it again with the same --data to go on'
      io.stderr.write(`Stopped before the end${again}.\n`)
      return 1
    }
    for (const source of options.sources) io.stderr.write(`${source.name}: ${source.status().detail}\n`)
    io.stderr.write(describe(night, summary))
    const setAside = summary.deadLettered > 0 ? await night.setAside() : []
    for (const { reason, count, example } of setAside)
      io.stderr.write(`  ${reason}: ${count}, as ${example}\n`)
    if (json) io.stdout.write(`${JSON.stringify({ ...summary, ...options.extra })}\n`)
    else if (served) {
      io.stderr.write(`The night is over. Its page stays at ${served.url} until you press Ctrl-C.\n`)
      await untilStopped(io.signal)
    }
    if (summary.posts === 0 && summary.deadLettered > 0) {
      throw new FailedError('nothing could be read; where the columns have other names, give them with --map')
    }
    return 0
  } catch (error) {
    stop = () => night.abandon()
    throw error
  } finally {
    await served?.close()
    await stop()
  }
}

async function finishOrStop(night: Night, io: Io): Promise<NightSummary | null> {
  const bar = startProgressBar(
    io.stderr,
    () => part(night),
    () => label(night),
  )
  try {
    const finishing = night.finish()
    const stopped = untilStopped(io.signal).then(() => null)
    // When another settles first, what is still under way ends with the night; its failure says no more than the stop.
    void Promise.allSettled([finishing])
    return await Promise.race([finishing, stopped, night.failed])
  } finally {
    bar.stop()
  }
}

function part(night: Night): number | null {
  const all = [...night.ingest.progress().values()]
  if (all.length === 0 || all.some(({ progress }) => progress === null)) return null
  return all.reduce((sum, { progress }) => sum + progress!, 0) / all.length
}

function label(night: Night): string {
  const all = [...night.ingest.progress().values()]
  const received = all.reduce((sum, one) => sum + one.received, 0)
  const times = all.flatMap(({ lastEventAt }) => (lastEventAt === null ? [] : [lastEventAt]))
  const clock =
    times.length > 0
      ? `, ${new Date(Math.max(...times)).toISOString().slice(0, 16).replace('T', ' ')} UTC`
      : ''
  return `${received.toLocaleString('en-US')} read${clock}`
}

function describe(night: Night, summary: NightSummary): string {
  const received = [...night.ingest.progress().values()].reduce((sum, one) => sum + one.received, 0)
  const again = Math.max(0, received - summary.posts - summary.deadLettered)
  const n = (value: number) => value.toLocaleString('en-US')
  return (
    `${n(received)} read: ${n(summary.posts)} posts, ${n(again)} seen before and counted once, ` +
    `${n(summary.deadLettered)} set aside as unreadable. ${n(summary.flagged)} flagged, ` +
    `${n(summary.spikes.length)} spikes, in ${summary.seconds.toFixed(1)} s.\n`
  )
}
