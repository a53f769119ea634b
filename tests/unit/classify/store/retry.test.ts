import { describe, expect, it } from 'vitest'
import { withRetries } from '../../../../classify/store/retry.ts'

const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
const patience = { totalMs: 2_000, firstPauseMs: 1, maxPauseMs: 4 }
const never = new AbortController().signal

function failing(times: number, error: Error) {
  let calls = 0
  return {
    calls: () => calls,
    attempt: async () => {
      calls++
      if (calls <= times) throw error
      return 'done'
    },
  }
}

describe('trying again', () => {
  it('goes on until it works', async () => {
    const work = failing(5, away)
    expect(await withRetries(work.attempt, patience, never)).toBe('done')
    expect(work.calls()).toBe(6)
  })

  it('is not done for what will not pass', async () => {
    const wrong = new Error('Code: 62. DB::Exception: Syntax error')
    const work = failing(1, wrong)
    await expect(withRetries(work.attempt, patience, never)).rejects.toBe(wrong)
    expect(work.calls()).toBe(1)
  })

  it('ends with the last error when the patience is over', async () => {
    const work = failing(Infinity, away)
    const started = performance.now()
    await expect(withRetries(work.attempt, { ...patience, totalMs: 30 }, never)).rejects.toBe(away)
    expect(work.calls()).toBeGreaterThan(2)
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  it('ends at once when it is called off, in a pause too', async () => {
    const controller = new AbortController()
    const work = failing(Infinity, away)
    const slow = { totalMs: 60_000, firstPauseMs: 30_000, maxPauseMs: 30_000 }
    const trying = withRetries(work.attempt, slow, controller.signal)
    setTimeout(() => controller.abort(), 10)
    await expect(trying).rejects.toBe(away)
    expect(work.calls()).toBe(1)
  })
})
