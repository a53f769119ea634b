import { expect, test } from 'vitest'
import type { Burst } from '../../../../api/spikes/detector.ts'
import { createEchoFinder, type Heard } from '../../../../api/spikes/echo.ts'

const KEY = 'NV|results_manipulated'
const none = new Set<string>()

/** Minutes of a series as [posts, voices]; gives what was told last of each burst. */
function play(minutes: readonly [number, number][], taken: ReadonlySet<string> = none): Burst[] {
  let echoes = createEchoFinder()
  const told = new Map<number, Burst>()
  minutes.forEach(([posts, voices], i) => {
    const heard: Heard[] = posts > 0 ? [{ key: KEY, posts, voices }] : []
    for (const burst of echoes.take(i * 60, heard, taken)) told.set(burst.detected, burst)
    // What it remembers can be written down at any minute.
    echoes = createEchoFinder(JSON.parse(JSON.stringify(echoes.snapshot())))
  })
  return [...told.values()]
}

const quiet: [number, number][] = Array.from({ length: 20 }, () => [0, 0])
const loud: [number, number][] = [
  [12, 2],
  ...Array.from({ length: 24 }, (): [number, number] => [12, 0]),
  [12, 2],
]

test('312 posts by four accounts are one echo, with its beginning and its end', () => {
  expect(play([...quiet, ...loud, ...quiet])).toMatchObject([
    { key: KEY, onset: 1_200, end: 45 * 60, count: 312, expected: 4, size: 308, phase: 'closed', echo: true },
  ])
})

test('many people who speak for themselves are none', () => {
  expect(play(Array.from({ length: 60 }, () => [20, 12]))).toEqual([])
})

test('a handful of repetitions is none', () => {
  expect(play([...quiet, [19, 1], ...quiet])).toEqual([])
})

test('where a spike is open, it says as much already', () => {
  expect(play([...quiet, ...loud, ...quiet], new Set([KEY]))).toEqual([])
})
