/** From a batch of a topic's records to posts; what was read of each partition, and what it dropped before. */
import { FIRST_POSTS } from '../../base/timestamps.ts'
import type { Batch, KafkaMessage } from 'kafkajs'
import { z } from 'zod'
import type { Change, Coverage, DeadLetter, DeadLetterReason, Post } from '../../contract.ts'
import { capturedWindow, type Normalize } from '../../normalize.ts'
import { createHideMapped, startOfPayload } from '../dead-letter.ts'
import { decode } from '../file/record.ts'
import { parseMap } from '../shapes/columns.ts'
import { createRecognise } from '../shapes/recognise.ts'
import { changeOf, fieldsOf, toChange } from '../shapes/shape.ts'
import type { SourceBatch } from '../source.ts'

/** Coverage is told about this often. */
const TELL_EVERY_MS = 60_000
/** As of recordings: a clock may be a day ahead. What is later, or before the first posts, was written in another unit. */
const AHEAD_MS = 24 * 60 * 60_000

const partitionSchema = z.object({
  /** Next offset to read. */
  next: z.string().regex(/^\d+$/),
  /** When the newest record so far was written, epoch ms. */
  readTo: z.number().int(),
})

export const kafkaPositionSchema = z.object({
  partitions: z.record(z.string(), partitionSchema),
  /** Coverage was told up to here, epoch ms; null before the first record. */
  coveredTo: z.number().int().nullable(),
})
export type KafkaPosition = z.infer<typeof kafkaPositionSchema>

export interface BatchReaderOptions {
  topic: string
  map: string | undefined
  normalize: Normalize
  wallClock: () => number
  start: KafkaPosition | null
}

export interface BatchReader {
  /** `isLate`: the topic dropped records that come before it and were not read. */
  read(batch: Batch, isLate: boolean): SourceBatch
  /** Next offset of each partition that was read. */
  offsets(): Map<number, string>
  /** Takes note of partitions whose first kept offset is beyond the next one to read. */
  lookForLosses(low: ReadonlyMap<number, bigint>): void
}

export function createBatchReader(options: BatchReaderOptions): BatchReader {
  const { topic, map, normalize, wallClock, start } = options
  const source = `kafka:${topic}`
  const columns = map === undefined ? null : parseMap(map)
  const recognise = createRecognise(columns, null)
  const hide = createHideMapped(columns, normalize)
  let position: KafkaPosition = start ?? { partitions: {}, coveredTo: null }
  let partitionCount = 1
  const lost = new Set<number>()
  /** Partitions that have more than was read of them. */
  const behind = new Set<number>()

  /** A partition's loss is a part of the whole, as large as the partition. */
  function gapOf(partition: number, to: number): Coverage[] {
    const from = position.partitions[partition]?.readTo
    if (!lost.delete(partition) || from === undefined || to <= from) return []
    const share = 1 - 1 / partitionCount
    return [{ source, from, to, kind: share === 0 ? 'none' : 'partial', share }]
  }

  /** Everything is seen up to the slowest partition that has more; up to now where none has. */
  function tellComplete(): Coverage[] {
    const slow = [...behind].map((partition) => position.partitions[partition]?.readTo ?? 0)
    const to = slow.length === 0 ? wallClock() : Math.min(...slow)
    const from = position.coveredTo
    if (from !== null && to - from < TELL_EVERY_MS) return []
    position = { ...position, coveredTo: to }
    return from === null ? [] : [{ source, from, to, kind: 'complete', share: 1 }]
  }

  const believed = (time: number | null): number | null =>
    time !== null && time >= FIRST_POSTS && time <= wallClock() + AHEAD_MS ? time : null
  /** When the record was written; brokers may be told to keep no time. */
  const timeOf = ({ timestamp }: KafkaMessage): number => believed(Number(timestamp)) ?? wallClock()

  function read(batch: Batch, isLate: boolean): SourceBatch {
    const posts: Post[] = []
    const changes: Change[] = []
    const deadLetters: DeadLetter[] = []
    const coverage: Coverage[] = []
    const { partition } = batch
    const before = position.partitions[partition]
    if (isLate) lost.add(partition)
    // A stay may begin a little before where it should.
    const messages = batch.messages.filter(
      ({ offset }) => before === undefined || BigInt(offset) >= BigInt(before.next),
    )
    for (const message of messages) {
      const capturedAt = timeOf(message)
      coverage.push(...gapOf(partition, capturedAt))
      const payload = message.value ?? Buffer.alloc(0)
      const setAside = (reason: DeadLetterReason, detail: string) => {
        const id = `${source}/${partition}/${message.offset}`
        const start = hide(startOfPayload(payload))
        deadLetters.push({ id, source, reason, detail, payload: start, capturedAt })
      }
      const { raw, invalidUtf8 } = decode(payload)
      const value = parse(raw)
      const fields = fieldsOf(value)
      if (fields === null) {
        if (value === undefined) setAside('not_json', 'The record is no JSON.')
        else setAside('unknown_shape', "The record is JSON, but no object with a post's fields.")
        continue
      }
      const place = { prefix: `${source}/`, fallbackId: `${partition}-${message.offset}` }
      const found = recognise(fields, place, raw)
      if (found.kind === 'bad') setAside(found.reason, found.detail)
      const change = changeOf(found)
      if (change !== null) changes.push(toChange(change, source, normalize, capturedAt))
      for (const draft of found.kind === 'drafts' ? found.drafts : []) {
        const at = believed(draft.capturedAt) ?? capturedAt
        const made = normalize(draft, {
          source,
          capturedAt: at,
          window: capturedWindow(at, FIRST_POSTS),
          payload,
          invalidUtf8,
        })
        if (made.ok) posts.push(made.post)
        else setAside(made.reason, made.detail)
      }
    }
    const last = messages.at(-1)
    if (last !== undefined) note(partition, last, batch.highWatermark)
    coverage.push(...tellComplete())
    const received = batch.messages.length
    const duplicates = received - messages.length
    return { posts, changes, deadLetters, coverage, received, duplicates, position, progress: null }
  }

  function note(partition: number, last: KafkaMessage, highWatermark: string): void {
    const next = BigInt(last.offset) + 1n
    const readTo = Math.max(position.partitions[partition]?.readTo ?? 0, timeOf(last))
    position = {
      ...position,
      partitions: { ...position.partitions, [partition]: { next: String(next), readTo } },
    }
    if (next < BigInt(highWatermark)) behind.add(partition)
    else behind.delete(partition)
  }

  return {
    read,
    offsets: () => new Map(Object.entries(position.partitions).map(([p, { next }]) => [Number(p), next])),
    lookForLosses(low) {
      partitionCount = Math.max(1, low.size)
      for (const [partition, { next }] of Object.entries(position.partitions))
        if ((low.get(Number(partition)) ?? 0n) > BigInt(next)) lost.add(Number(partition))
    },
  }
}

/** Undefined where it is no JSON. */
function parse(raw: string): unknown {
  try {
    return JSON.parse(raw)
  } catch {
    // The caller sets it aside as what it is.
    return undefined
  }
}
