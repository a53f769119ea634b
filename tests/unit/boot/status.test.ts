/** How often the status asks the store, by how long the answers take. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createStatus } from '../../../api/boot/status.ts'
import type { Sql } from '../../../classify/store/sql.ts'
import type { Store } from '../../../classify/store/store.ts'

const view = () => ({ sealedThrough: null, from: null, progress: null, totals: null, failingSince: null })

/** A store that answers nothing but how many of everything there is, after `tookMs` where the night tells. */
function slowStore(tookMs: number) {
  const asked = { sources: 0, deadLetters: 0 }
  let broken = false
  async function query({ text }: Sql): Promise<unknown[]> {
    // What was not seen, which is read with the rest that grows.
    if (text.includes('FROM coverage')) return []
    // Which of them are cut off is asked for apart, with what grows.
    if (text.includes('AS received')) asked.sources += 1
    if (!text.includes('FROM dead_letters'))
      return text.includes('FROM source_status') ? [] : [{ waiting: 0 }]
    asked.deadLetters += 1
    await sleep(tookMs)
    if (broken) throw new Error('away')
    return [{ dead: asked.deadLetters }]
  }
  return { asked, setBroken: (is: boolean) => void (broken = is), store: { query } as unknown as Store }
}

test('what takes long to read is read more seldom, and the sources as before', async () => {
  const { asked, store } = slowStore(800)
  let now = 1_000_000
  const status = createStatus({ store, watcher: { view }, mode: 'live', now: () => now })
  expect(await status()).toMatchObject({ deadLettered: 1 })
  // Read in 800 ms: again after 8 s, not after 5.
  now += 5_000
  expect(await status()).toMatchObject({ deadLettered: 1 })
  expect(asked).toEqual({ sources: 2, deadLetters: 1 })
  now += 25_001
  expect(await status()).toMatchObject({ deadLettered: 2 })
  expect(asked).toEqual({ sources: 3, deadLetters: 2 })
})

test('what is read at once is read every five seconds, the sources every two; a reading that failed is read again at once', async () => {
  const { asked, setBroken, store } = slowStore(0)
  let now = 1_000_000
  const status = createStatus({ store, watcher: { view }, mode: 'live', now: () => now })
  await status()
  now += 2_000
  expect(await status()).toMatchObject({ deadLettered: 1 })
  expect(asked).toEqual({ sources: 2, deadLetters: 1 })
  now += 3_000
  expect(await status()).toMatchObject({ deadLettered: 2 })
  setBroken(true)
  now += 5_000
  await expect(status()).rejects.toThrow('away')
  setBroken(false)
  expect(await status()).toMatchObject({ deadLettered: 4 })
  expect(asked.deadLetters).toBe(4)
})

test('what waits is what the workers said, or what the topic holds, where that is more', async () => {
  const { store } = slowStore(0)
  let now = 1_000_000
  let asked = 0
  let topic: () => Promise<number> = async () => 900
  const partitions = [0, 1].map((partition) => ({ partition, watermark: 0, lag: 20, idleMs: 0 }))
  const watcher = { view: () => ({ ...view(), progress: { partitions, endedAt: null, readAt: 0 } }) }
  const lag = () => {
    asked += 1
    return topic()
  }
  const status = createStatus({ store, watcher, lag, mode: 'live', now: () => now })
  expect(await status()).toMatchObject({ lag: 900 })
  expect(await status()).toMatchObject({ lag: 900 })
  expect(asked).toBe(1)
  now += 2_000
  topic = async () => 3
  expect(await status()).toMatchObject({ lag: 40 })
  // Brokers that are away or silent hold no page up.
  now += 2_000
  topic = () => Promise.reject(new Error('away'))
  expect(await status()).toMatchObject({ lag: 40 })
  now += 31_000
  topic = () => new Promise(() => {})
  expect(await status()).toMatchObject({ lag: 40 })
})
