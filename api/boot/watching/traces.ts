/**
 * OpenTelemetry traces of a sample of posts, from capture to store, and of flagged ones to the page. A post's trace id is the start of the SHA-256 of its
 * id, and whether it is sampled follows from it too: so the roles agree without a word in the topic, a post that comes
 * again is the same trace, and the trace of a post that somebody asks about can be found. No text, no account.
 */
import { createHash } from 'node:crypto'
import { ROOT_CONTEXT, SpanStatusCode, trace, TraceFlags, type Tracer } from '@opentelemetry/api'
import type { SpanExporter } from '@opentelemetry/sdk-trace-base'
import type { StoredPost } from '../../arrivals/read.ts'
import type { Post, StreamRecord } from '../../../ingest/contract.ts'
import type { Topic } from '../../../ingest/topic/topic.ts'
import type { Role } from './metrics.ts'

export interface TracesOptions {
  /** Where spans go, as OTLP over HTTP: the whole address. */
  url: string
  /** Of all posts, 0 to 1. */
  ratio: number
  role: Role
  /** In the exporter's place, for tests. */
  exporter?: SpanExporter
}

export interface Traces {
  follow(topic: Topic<StreamRecord>, now: () => number): Topic<StreamRecord>
  /** Pages were told of these, at `at`; epoch ms. */
  told(posts: readonly Pick<StoredPost, 'id' | 'storedAt'>[], at: number): void
  /** Sends what is left. */
  stop(): Promise<void>
}

interface Ids {
  traceId: string
  /** Of the span that the others belong under. */
  rootId: string
}

/** 32 bits of the trace id, beyond those that make it a valid one, decide. */
const RANGE = 2 ** 32

/** Null where the post is not in the sample. */
export function traceOf(id: string, ratio: number): Ids | null {
  const digest = createHash('sha256').update(id).digest()
  if (digest.readUInt32BE(24) >= ratio * RANGE) return null
  return { traceId: digest.toString('hex', 0, 16), rootId: digest.toString('hex', 16, 24) }
}

/** The libraries are loaded here: who does not ask for traces does not pay for them. */
export async function startTraces({ url, ratio, role, exporter }: TracesOptions): Promise<Traces> {
  const [sdk, otlp, resources] = await Promise.all([
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ])
  /** What the next span has, where it is the root; the others have ids by chance. */
  let next: Ids | null = null
  const random = new sdk.RandomIdGenerator()
  const provider = new sdk.BasicTracerProvider({
    resource: resources.resourceFromAttributes({ 'service.name': `tallywatch-${role}` }),
    sampler: new sdk.AlwaysOnSampler(),
    idGenerator: {
      generateTraceId: () => next?.traceId ?? random.generateTraceId(),
      generateSpanId: () => next?.rootId ?? random.generateSpanId(),
    },
    spanProcessors: [new sdk.BatchSpanProcessor(exporter ?? new otlp.OTLPTraceExporter({ url }))],
  })
  const tracer = provider.getTracer('tallywatch')

  function writeRoot(post: Post, ids: Ids, end: number, failed: boolean): void {
    next = ids
    try {
      write(tracer, 'ingest', ROOT_CONTEXT, { from: post.capturedAt, to: end, failed, post })
    } finally {
      next = null
    }
  }
  function writeChild(name: string, ids: Ids, span: Written): void {
    const parent = {
      traceId: ids.traceId,
      spanId: ids.rootId,
      traceFlags: TraceFlags.SAMPLED,
      isRemote: true,
    }
    write(tracer, name, trace.setSpanContext(ROOT_CONTEXT, parent), span)
  }
  const sampled = (records: readonly StreamRecord[]) =>
    records.flatMap((record) => {
      const ids = record.kind === 'post' ? traceOf(record.post.id, ratio) : null
      return record.kind === 'post' && ids !== null ? [{ post: record.post, ids }] : []
    })

  return {
    follow: (topic, now) => ({
      ...topic,
      async publish(records) {
        const published = await topic.publish(records)
        const chosen = sampled(records.map(({ value }) => value))
        const done = (failed: boolean) => () => {
          for (const { post, ids } of chosen) writeRoot(post, ids, now(), failed)
        }
        if (chosen.length > 0) void published.durable.then(done(false), done(true))
        return published
      },
      consume: (handler) =>
        topic.consume(async (delivery) => {
          const chosen = sampled(delivery.records)
          const begun = now()
          let failed = true
          try {
            await handler(delivery)
            failed = false
          } finally {
            for (const { post, ids } of chosen) {
              writeChild('topic', ids, { from: post.capturedAt, to: begun, failed: false, post })
              writeChild('classify', ids, { from: begun, to: now(), failed, post })
            }
          }
        }),
    }),
    told(posts, at) {
      for (const { id, storedAt } of posts) {
        const ids = traceOf(id, ratio)
        if (ids !== null) writeChild('desk', ids, { from: storedAt, to: at, failed: false, post: null })
      }
    },
    stop: () => provider.shutdown(),
  }
}

interface Written {
  /** Epoch ms. */
  from: number
  to: number
  failed: boolean
  /** Null where no more is known of it than its id. */
  post: Post | null
}

function write(
  tracer: Tracer,
  name: string,
  context: typeof ROOT_CONTEXT,
  { from, to, failed, post }: Written,
): void {
  const attributes =
    post === null ? {} : { 'tallywatch.source': post.source, 'tallywatch.characters': post.text.length }
  const span = tracer.startSpan(name, { startTime: from, attributes }, context)
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end(Math.max(from, to))
}
