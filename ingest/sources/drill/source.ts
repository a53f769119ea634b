/** A source that plays a scripted election night, for practice and for showing. */
import type { Normalize, Normalized, RawPost, TimeWindow } from '../../normalize.ts'
import type { DeadLetter, Post } from '../../contract.ts'
import { z } from 'zod'
import { createPacer, type Pacer } from '../file/pace.ts'
import type { Position, Source, SourceBatch, SourceState, SourceStatus } from '../source.ts'
import { DEFAULT_SCENARIO, findScenario } from './scenarios.ts'
import { writeScript, type DrillPost } from './script.ts'
import { drillId } from './truth.ts'

/** Small enough that a paced night flows, large enough that a fast one is not slowed by its batches. */
const BATCH_MAX = 500

/** As the contract of a dead letter has it. */
const PAYLOAD_MAX = 2_000

/** A drill may be set in any year. */
const ANY_TIME: TimeWindow = { from: -Infinity, to: Infinity, instead: null }

export interface DrillOptions {
  /** Name of a scenario (see `SCENARIOS`); null: the first of them. */
  scenario: string | null
  seed: number
  /** Seconds of the night for each second on the wall, or as fast as it is taken. */
  speed: number | 'max'
  /** When the night begins, epoch ms. */
  startAt: number
  normalize: Normalize
  /** Wall clock for the status, epoch ms. */
  now?: () => number
}

type Night = DrillOptions & { scenario: string }

/** A night once begun goes on as it began: its own seed and start hold, not those of the run that resumes it. */
const positionSchema = z.object({
  /** Posts played. */
  n: z.number().int().min(0),
  seed: z.number(),
  startAt: z.number().int(),
})

/**
 * The night of a scenario as a source that ends. Posts are `drill:<scenario>/<n>`. Throws SourceError `bad_spec` for a
 * scenario that does not exist.
 */
export function createDrillSource(options: DrillOptions): Source {
  const scenario = findScenario(options.scenario ?? DEFAULT_SCENARIO)
  const name = sourceName(scenario.name)
  const now = options.now ?? Date.now
  let status: SourceStatus = { source: name, state: 'starting', detail: 'The drill begins.', since: now() }
  const enter = (state: SourceState, detail: string) => {
    status = { source: name, state, detail, since: now() }
  }

  return {
    name,
    live: false,
    status: () => status,
    async *read(position: Position, signal: AbortSignal): AsyncIterable<SourceBatch> {
      const from = position === null ? null : positionSchema.parse(position)
      const night: Night = {
        ...options,
        scenario: scenario.name,
        seed: from?.seed ?? options.seed,
        startAt: from?.startAt ?? options.startAt,
      }
      const script = writeScript(scenario, night.seed)
      enter('running', `A drill, not a real night: ${scenario.summary}`)
      const pacer = createPacer(options.speed, () => performance.now())
      for (const batch of batches(script, night, from?.n ?? 0, pacer)) {
        const newest = batch.posts.at(-1)
        if (newest !== undefined) await pacer.reach(newest.createdAt, signal)
        if (signal.aborted) return
        yield batch
      }
      enter('finished', 'The drill has ended.')
    },
  }
}

function sourceName(scenario: string): string {
  return `drill:${scenario}`
}

function* batches(
  script: readonly DrillPost[],
  night: Night,
  from: number,
  pacer: Pacer,
): Iterable<SourceBatch> {
  const source = sourceName(night.scenario)
  const numbers = new Map(script.map((post, n) => [post, n]))
  for (let n = from; n < script.length;) {
    const posts: Post[] = []
    const deadLetters: DeadLetter[] = []
    const first = n
    for (; n < script.length && n - first < BATCH_MAX; n++) {
      if (pacer.isDue(night.startAt + script[n]!.atMs) && n > first) break
      const raw = toRaw(script[n]!, n, numbers, night)
      const payload = JSON.stringify(raw)
      const normalized = night.normalize(raw, { source, capturedAt: null, window: ANY_TIME, payload })
      if (normalized.ok) posts.push(normalized.post)
      // The script holds nothing that should be set aside; if it ever does, that is shown and not hidden.
      else deadLetters.push(setAside(raw.id, source, normalized, payload, night.startAt + script[n]!.atMs))
    }
    yield {
      posts,
      deadLetters,
      coverage: [],
      received: n - first,
      position: { n, seed: night.seed, startAt: night.startAt },
      progress: n / script.length,
    }
  }
}

function setAside(
  id: string,
  source: string,
  { reason, detail }: Extract<Normalized, { ok: false }>,
  payload: string,
  capturedAt: number,
): DeadLetter {
  return { id, source, reason, detail, payload: payload.slice(0, PAYLOAD_MAX), capturedAt }
}

function toRaw(
  post: DrillPost,
  n: number,
  numbers: ReadonlyMap<DrillPost, number>,
  { scenario, startAt }: Night,
): RawPost {
  const id = (other: DrillPost | null) => (other === null ? null : drillId(scenario, numbers.get(other)!))
  return {
    id: drillId(scenario, n),
    text: post.text,
    createdAt: startAt + post.atMs,
    account: post.handle,
    url: null,
    langs: [post.lang],
    replyTo: id(post.replyTo),
    repostOf: id(post.repostOf),
    quoteOf: null,
    placeHint: post.placeHint,
    cid: null,
  }
}
