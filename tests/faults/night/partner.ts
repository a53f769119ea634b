/** A partner that pushes, as its documentation says: again with the same key until it is answered. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../../ingest/sources/drill/random.ts'
import type { PushBatch } from './stream.ts'

const RETRY_MS = 300
/** What a partner waits for an answer. */
const ANSWER_MS = 70_000

export interface Partner {
  push(batch: PushBatch): Promise<void>
}

/** Some pushes are broken off by it before the answer, and some sent once more, as by a second program. */
export function createPartner(api: string, token: string, random: Random): Partner {
  async function ask({ lines }: PushBatch, key: string, signal: AbortSignal): Promise<boolean> {
    try {
      const response = await fetch(`${api}api/ingest/partner`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/x-ndjson',
          'idempotency-key': key,
        },
        body: `${lines.join('\n')}\n`,
        signal,
      })
      await response.text()
      return response.ok
    } catch {
      // No connection, or none until the answer: whether it was taken is not known.
      return false
    }
  }

  async function send(batch: PushBatch, key: string, patienceMs: number): Promise<boolean> {
    const signal = AbortSignal.timeout(patienceMs)
    // Node's fetch (undici 6) never settles when it is broken off between the last byte of a packed answer and its unpacking.
    return Promise.race([ask(batch, key, signal), once(signal, 'abort').then(() => false)])
  }
  return {
    async push(batch) {
      if (random.chance(0.3)) await send(batch, batch.key, random.int(40))
      while (!(await send(batch, batch.key, ANSWER_MS))) await sleep(RETRY_MS)
      if (random.chance(0.3))
        while (!(await send(batch, `${batch.key} again`, ANSWER_MS))) await sleep(RETRY_MS)
    },
  }
}
