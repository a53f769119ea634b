import { describe, expect, it } from 'vitest'
import { createSemaphore } from '../../../../classify/store/semaphore.ts'

describe('a semaphore', () => {
  it('lets so many in at once and no more, in the order in which they came', async () => {
    const semaphore = createSemaphore(2)
    const came: number[] = []
    let inside = 0
    let most = 0
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        using held = await semaphore.acquire()
        expect(held).toBeDefined()
        came.push(i)
        most = Math.max(most, ++inside)
        await new Promise((resolve) => setTimeout(resolve, i % 3))
        inside--
      }),
    )
    expect(most).toBe(2)
    expect(came).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })

  it('counts a place that is given back twice once', async () => {
    const semaphore = createSemaphore(1)
    const first = await semaphore.acquire()
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    const second = await semaphore.acquire()
    let third = false
    const waiting = semaphore.acquire().then(() => (third = true))
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(third).toBe(false)
    second[Symbol.dispose]()
    await waiting
    expect(third).toBe(true)
  })
})
