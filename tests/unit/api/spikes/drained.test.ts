import { expect, test } from 'vitest'
import { createDrained, DRAINED_AFTER_MS } from '../../../../api/spikes/drained.ts'

const behind = (lag: number) => [{ partition: 3, watermark: 1_000, lag, idleMs: 0 }]

test('nothing waits once the topic has said so for a while, and nobody said anything else', async () => {
  let now = 0
  let lag: number | null = 0
  const isDrained = createDrained(
    async () => lag,
    () => now,
  )
  const after = (ms: number, waiting: number): Promise<boolean> => {
    now += ms
    return isDrained(behind(waiting))
  }
  expect(await after(0, 40)).toBe(false)
  expect(await after(DRAINED_AFTER_MS - 1, 40)).toBe(false)
  expect(await after(1, 40)).toBe(true)
  // A worker speaks: it begins anew.
  expect(await after(1_000, 39)).toBe(false)
  expect(await after(DRAINED_AFTER_MS, 39)).toBe(true)
  // A backlog, of which no worker said anything yet.
  lag = 7
  expect(await after(DRAINED_AFTER_MS, 39)).toBe(false)
  lag = 0
  expect(await after(DRAINED_AFTER_MS, 39)).toBe(false)
  lag = null
  expect(await after(DRAINED_AFTER_MS, 39)).toBe(false)
})

test('the topic is asked seldom, and never where nobody is behind', async () => {
  let asked = 0
  let now = 0
  const isDrained = createDrained(
    async () => ++asked && 5,
    () => now,
  )
  for (; now < 60_000; now += 1_000) expect(await isDrained([])).toBe(false)
  expect(asked).toBe(0)
  for (; now < 120_000; now += 1_000) expect(await isDrained(behind(9))).toBe(false)
  expect(asked).toBe(12)
})
