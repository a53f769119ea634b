import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 100
/** After faults whose waits add up, on a machine that runs other tests too; far more than it takes. */
const PATIENCE_MS = 120_000

/** Looks again and again. Throws when it does not come. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error(`${what} did not come within ${PATIENCE_MS / 1_000} s`)
    await sleep(POLL_MS)
  }
}

/** Waits for `work`. Throws when it does not end. */
export async function within<T>(what: string, work: Promise<T>): Promise<T> {
  const over = new AbortController()
  const late = sleep(PATIENCE_MS, undefined, { signal: over.signal }).then((): never => {
    throw new Error(`${what} did not end within ${PATIENCE_MS / 1_000} s`)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    over.abort()
  }
}

/** How long after the end of a fault all that had been sent by then was stored, and was counted; ms. */
export interface Recovery {
  storedMs: number
  sealedMs: number
}

export async function measureRecovery(
  posts: number,
  stored: () => Promise<number>,
  sealed: () => Promise<number>,
): Promise<Recovery> {
  const over = performance.now()
  await until(`Post ${posts} in the store`, async () => (await stored()) >= posts)
  const storedMs = performance.now() - over
  await until(`Post ${posts} in a sealed minute`, async () => (await sealed()) >= posts)
  return { storedMs, sealedMs: performance.now() - over }
}
