/** How this project talks to Kafka: one client, waits that end, and a producer that survives its broker. */
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import { promisify } from 'node:util'
import { constants, gunzip, gzip } from 'node:zlib'
import kafkajs, { type ISocketFactory, type Kafka, type Message, type Producer } from 'kafkajs'
import { toKafkajs, whyRefused, type KafkaSecurity } from '../base/kafka-security.ts'
import { mendKafkajs } from './kafka-mend.ts'
import { TopicError } from './topic.ts'

mendKafkajs()

/** A broker that answers at all opens a connection within this, even across an ocean. */
const CONNECT_TIMEOUT_MS = 3_000
/** Half of kafkajs's own: a broker that went silent is noticed well before publishers give up. */
const REQUEST_TIMEOUT_MS = 15_000
/** Tries of kafkajs itself begin after this, then after twice as long, and so on. */
const RETRY_FIRST_MS = 100
const RETRY_LONGEST_MS = 1_000
/** How long kafkajs tries within one call; beyond that the loops here decide, which know when to give up. */
const CALL_PATIENCE_MS = 700
const PAUSE_FIRST_MS = 100
const PAUSE_LONGEST_MS = 2_000

/** After these a producer's sequence numbers are lost, and only a new producer goes on. */
const PRODUCER_LOST = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'DUPLICATE_SEQUENCE_NUMBER',
])

export interface KafkaClient {
  kafka: Kafka
  /** The same brokers, with kafkajs itself trying for this long before it tells of an outage; ms. */
  patient(patienceMs: number): Kafka
  /**
   * Runs `work` until it succeeds, with pauses, for at most `unavailableAfterMs`; then throws TopicError
   * `unavailable`, or `closed` when the client was closed meanwhile.
   */
  insist<R>(what: string, work: () => Promise<R>): Promise<R>
  /**
   * Connects, like `insist`, but throws TopicError `refused` at once where waiting will not help: a typing mistake in a
   * password is told when the process starts.
   */
  insistOnConnecting(connect: () => Promise<void>): Promise<void>
  /** Ends every wait of `insist` at its next failure. */
  close(): void
}

export function createKafkaClient(options: {
  brokers: string[]
  clientId: string
  unavailableAfterMs: number
  security?: KafkaSecurity | undefined
}): KafkaClient {
  const { brokers, clientId, unavailableAfterMs, security } = options
  let closed = false
  // kafkajs repeats itself at an outage. Its last word is kept for the error that ends the waiting.
  let lastWord = ''
  const patient = (patienceMs: number) =>
    new kafkajs.Kafka({
      brokers,
      clientId,
      ...(security === undefined ? {} : toKafkajs(security)),
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      retry: retryFor(patienceMs),
      socketFactory: openSocket,
      logLevel: kafkajs.logLevel.ERROR,
      logCreator: () => (entry) => {
        lastWord = entry.log.message
      },
    })
  const insist = async <R>(what: string, work: () => Promise<R>): Promise<R> => {
    const giveUpAt = performance.now() + unavailableAfterMs
    for (let failures = 1; ; failures++) {
      try {
        return await work()
      } catch (error) {
        if (error instanceof TopicError) throw error
        if (closed) throw new TopicError('closed', `Closed while trying to ${what}`, { cause: error })
        if (performance.now() >= giveUpAt) {
          const seconds = Math.round(unavailableAfterMs / 1_000)
          const words = `Kafka at ${brokers.join(', ')} did not let us ${what} for ${seconds} s`
          throw new TopicError('unavailable', `${words}: ${lastWord || String(error)}`, { cause: error })
        }
        await sleep(Math.min(PAUSE_FIRST_MS * 2 ** (failures - 1), PAUSE_LONGEST_MS))
      }
    }
  }
  return {
    kafka: patient(CALL_PATIENCE_MS),
    patient,
    insist,
    insistOnConnecting: (connect) =>
      insist('connect', async () => {
        try {
          await connect()
        } catch (error) {
          const why = whyRefused(error)
          if (why === null) throw error
          throw new TopicError('refused', `Kafka at ${brokers.join(', ')}: ${why}`, { cause: error })
        }
      }),
    close() {
      closed = true
    },
  }
}

/** kafkajs counts its tries and knows no time: as many as fill it. */
export function retryFor(patienceMs: number) {
  let retries = 0
  for (let waited = 0; waited < patienceMs; retries++) {
    waited += Math.min(RETRY_FIRST_MS * 2 ** retries, RETRY_LONGEST_MS)
  }
  return { initialRetryTime: RETRY_FIRST_MS, maxRetryTime: RETRY_LONGEST_MS, retries: Math.max(1, retries) }
}

const KEEP_ALIVE_MS = 60_000

/**
 * As kafkajs's own, but for the number of listeners: at an outage kafkajs ends a dead socket again at every try, each
 * time with a listener more, and Node would warn of a leak that ends with the outage.
 */
const openSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const named = net.isIP(host) === 0 ? { servername: host } : {}
  const socket = ssl
    ? tls.connect({ host, port, ...named, ...ssl }, onConnect)
    : net.connect({ host, port }, onConnect)
  socket.setKeepAlive(true, KEEP_ALIVE_MS)
  socket.setMaxListeners(0)
  return socket
}

/** The protocol's name for what went wrong, looked for in the causes too; null when it was no answer of a broker. */
export function protocolError(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('type' in at && typeof at.type === 'string') return at.type
  }
  return null
}

export interface Sender {
  /**
   * Resolves when all brokers concerned have acknowledged. Call it again only when the call before has settled: one
   * request at a time keeps order. Throws TopicError `unavailable`, `record_too_large` or `closed`.
   */
  send(messages: Message[]): Promise<void>
  close(): Promise<void>
}

/** kafkajs packs with zlib's level 6; the first takes a third of its time and packs posts nearly as well. */
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.GZIP] = () => ({
  compress: ({ buffer }: { buffer: Buffer }) => promisify(gzip)(buffer, { level: constants.Z_BEST_SPEED }),
  decompress: (packed: Buffer) => promisify(gunzip)(packed),
})

/** An idempotent producer with acknowledgement by all in-sync replicas, replaced when its broker has forgotten it. */
export function createSender(client: KafkaClient, topic: string, compress = false): Sender {
  const compression = compress ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None
  let producer: Producer | null = null

  const connected = async (): Promise<Producer> => {
    if (producer !== null) return producer
    const fresh = client.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      retry: retryFor(CALL_PATIENCE_MS),
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    })
    try {
      await fresh.connect()
    } catch (error) {
      await fresh.disconnect()
      throw error
    }
    producer = fresh
    return fresh
  }

  return {
    async send(messages) {
      await client.insist(`write to ${topic}`, async () => {
        const current = await connected()
        try {
          await current.send({ topic, messages, acks: -1, compression })
        } catch (error) {
          const type = protocolError(error)
          if (type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE') {
            throw new TopicError('record_too_large', `Kafka refused a batch for ${topic} as too large`, {
              cause: error,
            })
          }
          if (type !== null && PRODUCER_LOST.has(type)) {
            producer = null
            await current.disconnect()
          }
          throw error
        }
      })
    },
    async close() {
      await producer?.disconnect()
      producer = null
    },
  }
}
