import { expect, test } from 'vitest'
import { watchClock } from '../../../../ingest/topic/clock.ts'

test('a clock that is set back is told once; one that is corrected, runs, or is set on is not', () => {
  let wall = 1_800_000_000_000
  let monotonic = 5_000
  const pass = (ms: number, stepMs = 0) => {
    monotonic += ms
    wall += ms + stepMs
  }
  const clock = watchClock(
    () => wall,
    () => monotonic,
  )
  expect(clock.wasSetBack()).toBe(false)
  pass(60_000, -200)
  expect(clock.wasSetBack()).toBe(false)
  pass(1_000, 3_600_000)
  expect(clock.wasSetBack()).toBe(false)
  pass(1_000, -3_600_000)
  expect(clock.wasSetBack()).toBe(true)
  pass(1_000)
  expect(clock.wasSetBack()).toBe(false)
})
