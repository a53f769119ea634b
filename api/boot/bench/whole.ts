/** The whole way, embedded, with the page asked for meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises'
import { FLAGGED_NARRATIVES } from '../../../classify/contract.ts'
import type { Source } from '../../../ingest/sources/source.ts'
import { createErrorLog } from '../log.ts'
import { startNight } from '../night.ts'
import { serve } from '../serve.ts'
import { quantile, timeOnce, type Figure } from './measure.ts'

/** How often the page is asked for meanwhile: as an open page with its clock does, and more. */
const ASK_EVERY_MS = 100

/** Posts a second from the source's first post to the finished summary, and how long the page took to answer. */
export async function measureWhole(source: Source, count: number, folder: string): Promise<Figure[]> {
  const night = await startNight({
    mode: 'replay',
    backends: { backends: { kind: 'embedded', dataDir: folder }, namespace: 'bench', partitions: 8 },
    sources: [source],
    authorKey: 'bench'.repeat(8),
    workers: 1,
    deskUrl: undefined,
    spikeNarratives: [...FLAGGED_NARRATIVES],
    falseAlarmsPerNight: 2,
    app: {
      pageDir: null,
      publicUrl: null,
      office: 'Bench',
      auth: null,
      demo: null,
      installation: 'bench',
      allowedHosts: null,
    },
    onError: createErrorLog(),
  })
  const served = await serve(night.app, '127.0.0.1', 0)
  const asking = startAsking(`${served.url}api/status`)
  try {
    const whole = await timeOnce('whole way', count, async () => {
      await night.finish()
    })
    const peak = process.resourceUsage().maxRSS / 1024
    return [
      {
        ...whole,
        note: `status answered in ${Math.round(quantile(asking.answers, 0.95))} ms (p95); peak memory ${Math.round(peak)} MiB`,
      },
    ]
  } finally {
    // The last answer is waited for: the server goes after that.
    await asking.stop()
    await served.close()
    await night.stop()
  }
}

/** Asks again and again, and keeps how many ms each answer took. */
function startAsking(url: string): { answers: number[]; stop(): Promise<void> } {
  const answers: number[] = []
  const stopping = new AbortController()
  async function ask(): Promise<void> {
    while (!stopping.signal.aborted) {
      const start = performance.now()
      const response = await fetch(url)
      await response.arrayBuffer()
      if (!response.ok) throw new Error(`the page answered ${response.status}`)
      answers.push(performance.now() - start)
      await sleep(ASK_EVERY_MS)
    }
  }
  const asking = ask()
  void Promise.allSettled([asking])
  return {
    answers,
    async stop() {
      stopping.abort()
      await asking
    },
  }
}
