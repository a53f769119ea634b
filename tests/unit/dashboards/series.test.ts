/** A chart's numbers: every minute that was sealed is read, whatever the order in which the page hears of it. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Status } from '../../../api/contract.ts'
import type * as Series from '../../../dashboards/series.ts'
import type * as State from '../../../dashboards/state.ts'

const MINUTE = 60_000

let state: typeof State
let series: typeof Series

beforeEach(async () => {
  vi.useFakeTimers()
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} })
  vi.stubGlobal('location', { hash: '' })
  // Every minute from `from` to `to` has a point.
  vi.stubGlobal('fetch', async (url: string) => {
    const asked = new URL(url, 'http://localhost').searchParams
    const [from, to] = [Number(asked.get('from')), Number(asked.get('to'))]
    const points = Array.from({ length: (to - from) / MINUTE }, (_, i) => ({ t: from + i * MINUTE }))
    return { ok: true, json: async () => ({ series: [{ narrative: asked.get('narrative'), points }] }) }
  })
  vi.resetModules()
  state = await import('../../../dashboards/state.ts')
  series = await import('../../../dashboards/series.ts')
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('a chart of weeks has no more points than one of hours', () => {
  const days = (n: number): number => series.stepFor(0, n * 24 * 60 * MINUTE, 80)
  expect([1 / 24, 1, 3, 30, 500].map(days)).toEqual([1, 30, 60, 720, 10_080])
})

test('minutes of which the page hears before the clock says that they are sealed are not left out', async () => {
  const sealedTo = (minute: number): void =>
    state.putStatus({ mode: 'replay', from: 0, sealedThrough: minute * MINUTE, flagged: 0 } as Status)
  sealedTo(10)
  const feed = series.followSeries(() => ({
    narratives: ['machine_failure'],
    place: 'US',
    ...state.shown.value!,
    stepMinutes: 1,
  }))
  const minutes = (): number[] => feed.points.value!.get('machine_failure')!.map(({ t }) => t / MINUTE)
  await vi.advanceTimersByTimeAsync(10)
  expect(minutes()).toEqual([...Array(10).keys()])
  // Five minutes are sealed at once, and the chart reads before the next tick of the clock.
  series.markDirty(10 * MINUTE)
  await vi.advanceTimersByTimeAsync(2_000)
  sealedTo(15)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(minutes()).toEqual([...Array(15).keys()])
  feed.stop()
})
