/** Commits of a consumer's partitions: those that come at once go together. */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { EachBatchPayload } from 'kafkajs'
import { protocolError } from './kafka-client.ts'

/** A commit is tried again for this long, which a broker needs to restart; then the group is joined anew. */
const COMMIT_PATIENCE_MS = 10_000
const COMMIT_PAUSE_MS = 250

/** Answers that mean: this member's view of the group is old, and only joining again helps. */
const MUST_REJOIN = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'NOT_COORDINATOR_FOR_GROUP',
  'FENCED_INSTANCE_ID',
])

/** Says that everything before `next` in the batch's partition is handled. Rejects where the group must be joined anew. */
export type Commit = (payload: EachBatchPayload, next: number) => Promise<void>

/**
 * Makes it for one kafkajs consumer. What several partitions led to is stored by one insert (classify/group-insert.ts), so
 * that their commits come within one turn of the event loop; each request costs half a millisecond here and at the broker.
 */
export function createCommit(): Commit {
  let gathering: { offsets: Map<number, string>; done: Promise<void> } | null = null
  let underWay: Promise<unknown> = Promise.resolve()
  return function commit(payload, next) {
    if (gathering === null) {
      const offsets = new Map<number, string>()
      // From here on: who waits behind commits that fail has waited as long as these.
      const giveUpAt = performance.now() + COMMIT_PATIENCE_MS
      const done = underWay.then(nextTurn).then(() => {
        gathering = null
        return send(payload, offsets, giveUpAt)
      })
      underWay = Promise.allSettled([done])
      gathering = { offsets, done }
    }
    gathering.offsets.set(payload.batch.partition, String(next))
    return gathering.done
  }
}

async function send(
  payload: EachBatchPayload,
  offsets: ReadonlyMap<number, string>,
  giveUpAt: number,
): Promise<void> {
  const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset }))
  const topics = [{ topic: payload.batch.topic, partitions }]
  for (;;) {
    try {
      await payload.commitOffsetsIfNecessary({ topics })
      return
    } catch (error) {
      const type = protocolError(error)
      if ((type !== null && MUST_REJOIN.has(type)) || performance.now() > giveUpAt) throw error
      await sleep(COMMIT_PAUSE_MS)
    }
  }
}
