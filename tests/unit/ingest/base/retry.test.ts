import { describe, expect, it } from 'vitest'
import { createBackoff, sleep } from '../../../../ingest/base/retry.ts'

describe('createBackoff', () => {
  it('doubles up to its bound and starts anew after a success', () => {
    const backoff = createBackoff({ firstMs: 100, maxMs: 500, random: () => 0 })
    expect([backoff.next(), backoff.next(), backoff.next(), backoff.next()]).toEqual([100, 200, 400, 500])
    backoff.reset()
    expect(backoff.next()).toBe(100)
  })

  it('shortens a wait by half at most', () => {
    const backoff = createBackoff({ firstMs: 100, maxMs: 500, random: () => 0.999 })
    expect(backoff.next()).toBe(50)
  })
})

describe('sleep', () => {
  it('ends when the signal aborts', async () => {
    const abort = new AbortController()
    const before = performance.now()
    setTimeout(() => abort.abort(), 10)
    await sleep(60_000, abort.signal)
    expect(performance.now() - before).toBeLessThan(5_000)
    await sleep(60_000, abort.signal)
  })
})
