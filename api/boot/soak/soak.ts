/** Everything in one process, night after night, looked at every few seconds. */
import { readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@libsql/client'
import { FLAGGED_NARRATIVES } from '../../../classify/contract.ts'
import { sql } from '../../../classify/store/sql.ts'
import type { Store } from '../../../classify/store/store.ts'
import { createNormalizer } from '../../../ingest/normalize.ts'
import { startNight } from '../night.ts'
import { serve } from '../serve.ts'
import type { Sample } from './judge.ts'
import { createNightsSource } from './nights.ts'

/** What an open page asks for. */
const QUESTIONS = [
  'api/status',
  'api/series?narrative=machine_failure',
  'api/posts?limit=50',
  'api/spikes',
] as const
const MIB = 2 ** 20
const NAMESPACE = 'soak'
/** A night in November 2026. */
const START_AT = Date.UTC(2026, 10, 3, 22)

export interface SoakOptions {
  /** An empty folder. */
  folder: string
  seconds: number
  speed: number | 'max'
  /** Between two samples, s. */
  everySeconds: number
  onSample: (sample: Sample) => void
  onError: (error: unknown) => void
}

/** Gives the samples; ends early, with what there is, when `signal` aborts. Throws what no waiting mends (a full disk). */
export async function soak(options: SoakOptions, signal: AbortSignal): Promise<Sample[]> {
  const { folder, seconds, speed, everySeconds, onSample, onError } = options
  const normalize = createNormalizer({ authorKey: 'soak'.repeat(8) })
  const night = await startNight({
    mode: 'drill',
    backends: { backends: { kind: 'embedded', dataDir: folder }, namespace: NAMESPACE, partitions: 8 },
    sources: [createNightsSource({ speed, startAt: START_AT, normalize })],
    authorKey: 'soak'.repeat(8),
    workers: 1,
    deskUrl: undefined,
    spikeNarratives: [...FLAGGED_NARRATIVES],
    falseAlarmsPerNight: 2,
    app: {
      pageDir: null,
      publicUrl: null,
      office: 'Soak',
      auth: null,
      demo: null,
      installation: 'soak',
      allowedHosts: null,
    },
    onError,
  })
  const served = await serve(night.app, '127.0.0.1', 0)
  const samples: Sample[] = []
  const began = performance.now()
  const elapsed = () => (performance.now() - began) / 1_000
  let stop = () => night.stop()
  try {
    while (elapsed() < seconds && !signal.aborted) {
      const pause = sleep(everySeconds * 1_000, undefined, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error
      })
      // A stream that stands still is flat.
      await Promise.race([pause, night.failed, night.ingest.finished])
      if (signal.aborted) break
      const sample = await look(served.url, night.query, folder, elapsed())
      samples.push(sample)
      onSample(sample)
    }
  } catch (error) {
    stop = () => night.abandon()
    throw error
  } finally {
    await served.close()
    await stop()
  }
  return samples
}

async function look(url: string, query: Store['query'], folder: string, seconds: number): Promise<Sample> {
  let queryMs = 0
  let posts = 0
  for (const question of QUESTIONS) {
    const asked = performance.now()
    const response = await fetch(`${url}${question}`)
    if (!response.ok) throw new Error(`${question} was answered by ${response.status}`)
    const answer = (await response.json()) as { posts?: unknown }
    queryMs = Math.max(queryMs, performance.now() - asked)
    if (question === 'api/status') posts = Number(answer.posts)
  }
  const { bytes, parts } = await readParts(query)
  return {
    seconds,
    posts,
    memoryMiB: process.memoryUsage.rss() / MIB,
    handles: await countHandles(folder),
    threads: (await readdir('/proc/self/task').catch(() => [])).length,
    diskBytes: bytes + (await readDeskBytes(folder)),
    parts,
    queryMs,
  }
}

/**
 * Open files and sockets but those of the store: it keeps merged parts open as long as they lie there, and three files of
 * `/proc` for each of its threads, which are counted apart. None where the system does not tell.
 */
async function countHandles(folder: string): Promise<number> {
  const handles = await readdir('/proc/self/fd').catch(() => [])
  // One that is closed meanwhile counts no more.
  const targets = await Promise.all(
    handles.map((handle) => readlink(`/proc/self/fd/${handle}`).catch(() => folder)),
  )
  return targets.filter((target) => !target.startsWith(folder) && !target.startsWith('/proc/')).length
}

/** Pages of the desk's database. Its file alone is behind: what was written lies beside it until 4 MB of that are taken over. */
async function readDeskBytes(folder: string): Promise<number> {
  const client = createClient({ url: `file:${join(folder, `${NAMESPACE}.desk.db`)}` })
  try {
    const { rows } = await client.execute(
      'SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()',
    )
    return Number(rows[0]!['bytes'])
  } finally {
    client.close()
  }
}

/** What is in use: a part that was merged lies there for eight minutes more, for those who still read it. */
async function readParts(query: Store['query']): Promise<{ bytes: number; parts: number }> {
  const [row] = await query<{ bytes: number; parts: number }>(sql`
    SELECT toFloat64(sum(bytes_on_disk)) AS bytes, toFloat64(count()) AS parts
    FROM system.parts WHERE active AND database = currentDatabase()`)
  return row!
}
