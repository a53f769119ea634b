/** The Kafka source: an existing topic of somebody else's posts, one JSON object a record. */
import kafkajs, { type Batch, type Kafka, type KafkaConfig } from 'kafkajs'
import { toKafkajs, type KafkaSecurity } from '../base/kafka-security.ts'
import { createBackoff, sleep } from '../base/retry.ts'
import type { Normalize } from '../normalize.ts'
import { consume, readLowOffsets } from './kafka/consume.ts'
import { createBatchReader, kafkaPositionSchema } from './kafka/read-batch.ts'
import { createMailbox } from './net/mailbox.ts'
import { describe } from './net/web-socket.ts'
import { parseMap } from './shapes/columns.ts'
import { SourceError, type Source, type SourceBatch } from './source.ts'
import { createStatus } from './status.ts'

/** Batches fetched and not taken: one under way and one behind it. */
const WAITING = { maxItems: 2, maxBytes: 64 * 1024 * 1024, bytesOf: ({ batch }: Taken) => bytesOf(batch) }
const CONNECT_TIMEOUT_MS = 5_000

interface Taken {
  batch: Batch
  /** The topic dropped what comes before it and was not fetched. */
  isLate: boolean
  done: () => void
}

export interface KafkaSourceOptions {
  /** `host:port`. Without `security`, hosts that the whole world can reach are asked by TLS. */
  brokers: readonly string[]
  topic: string
  security?: KafkaSecurity | undefined
  /** `text=body,id=post_id,createdAt=user.date`: fields of a post and the record's that give them. */
  map?: string
  /** The consumer group; its members share the work only of one source. */
  group?: string
  normalize: Normalize
  firstRetryMs?: number
  /** Brokers that say nothing for this long are left; a minute where it is not given. */
  silentMs?: number
  wallClock?: () => number
  random?: () => number
}

/**
 * Makes the source. Ids are `kafka:<topic>/<id>`, with the record's own id, else its partition and offset; frames of
 * networks that are recognised keep the network's. What the topic dropped before it was read is told as coverage of kind
 * `none`. Throws SourceError `bad_map`, `unknown_column` or `bad_spec`.
 */
export function createKafkaSource(options: KafkaSourceOptions): Source {
  const {
    brokers,
    topic,
    normalize,
    group = 'tallywatch-source',
    wallClock = Date.now,
    random = Math.random,
  } = options
  const name = `kafka:${topic}`
  // A map that is none is told before anything starts.
  if (options.map !== undefined) parseMap(options.map)
  const status = createStatus(name, wallClock)
  const kafka = createKafka(brokers, options.security)

  async function* read(saved: unknown, signal: AbortSignal): AsyncGenerator<SourceBatch, void> {
    const parsed = kafkaPositionSchema.safeParse(saved)
    const reader = createBatchReader({
      topic,
      map: options.map,
      normalize,
      wallClock,
      start: parsed.success ? parsed.data : null,
    })
    const mailbox = createMailbox<Taken>(WAITING)
    const stopping = new AbortController()
    const stopped = AbortSignal.any([signal, stopping.signal])
    const backoff = createBackoff({ firstMs: options.firstRetryMs ?? 1_000, maxMs: 60_000, random })

    async function stay(): Promise<void> {
      const offsets = reader.offsets()
      reader.lookForLosses(await readLowOffsets(kafka, topic))
      /** Next offset of each partition, of what was fetched in this stay. */
      const next = new Map(offsets)
      /** Records may be missing because others took their place. */
      const isLate = async (batch: Batch): Promise<boolean> => {
        const [wanted, first] = [next.get(batch.partition), batch.firstOffset()]
        next.set(batch.partition, String(BigInt(batch.lastOffset()) + 1n))
        if (wanted === undefined || first === null || BigInt(first) <= BigInt(wanted)) return false
        return ((await readLowOffsets(kafka, topic)).get(batch.partition) ?? 0n) > BigInt(wanted)
      }
      const take = async (batch: Batch) => {
        const late = await isLate(batch)
        await new Promise<void>((resolve) => {
          // A listener that stayed would hold the batch for as long as the source is read.
          const done = (): void => {
            stopped.removeEventListener('abort', done)
            resolve()
          }
          stopped.addEventListener('abort', done)
          mailbox.push({ batch, isLate: late, done })
        })
      }
      const onOpen = () => {
        backoff.reset()
        status.set('running', `Reading the topic ${topic} at ${brokers[0]}.`)
      }
      const { silentMs } = options
      await consume(
        {
          kafka,
          topic,
          group: `${group}.${topic}`,
          offsets,
          take,
          onOpen,
          ...(silentMs === undefined ? {} : { silentMs }),
        },
        stopped,
      )
    }
    async function keepStaying(): Promise<void> {
      while (!stopped.aborted) {
        try {
          await stay()
        } catch (error) {
          const wait = backoff.next()
          const why = error instanceof Error ? describe(error) : String(error)
          const seconds = Math.max(1, Math.round(wait / 1_000))
          status.set(
            'unreachable',
            `The topic ${topic} cannot be read (${why}). Trying again in ${seconds} s.`,
          )
          // What the stay before has fetched is read again from the position.
          for (const { done } of mailbox.take(mailbox.size())) done()
          await sleep(wait, stopped)
        }
      }
    }
    status.set('starting', `Connecting to ${brokers[0]}.`)
    const staying = keepStaying()
    try {
      for (;;) {
        await mailbox.filled(stopped)
        if (stopped.aborted) break
        const [taken] = mailbox.take(1)
        if (taken === undefined) continue
        yield reader.read(taken.batch, taken.isLate)
        taken.done()
      }
    } finally {
      stopping.abort()
      await staying
    }
  }

  return { name, live: true, status: () => status.get(), read }
}

/** The client of somebody else's brokers; without `security`, TLS where they are public. Throws SourceError `bad_spec`. */
export function createKafka(
  brokers: readonly string[],
  security: KafkaSecurity | undefined,
  more: Partial<KafkaConfig> = {},
): Kafka {
  return new kafkajs.Kafka({
    clientId: 'tallywatch',
    brokers: [...brokers],
    ...(security === undefined ? { ssl: needsTls(brokers) } : toKafkajs(security)),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    // What it has to say comes with the errors.
    logLevel: kafkajs.logLevel.NOTHING,
    ...more,
  })
}

function bytesOf(batch: Batch): number {
  return batch.messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
}

/** Networks of one's own: the addresses of RFC 1918 and loopback, and names that only a local resolver knows. */
const PRIVATE =
  /^(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|[^.]+$|.*\.(?:local|internal|lan)$)/

/** Throws SourceError `bad_spec` for brokers of both kinds: one cluster is one or the other. */
function needsTls(brokers: readonly string[]): boolean {
  const plain = brokers.filter((broker) => PRIVATE.test(broker.replace(/:\d+$/, '')))
  if (plain.length !== 0 && plain.length !== brokers.length)
    throw new SourceError(
      'bad_spec',
      `Of ${brokers.join(', ')} some are in a network of one's own and some are public.`,
    )
  return plain.length === 0
}
