import { expect, test } from 'vitest'
import type { Burst } from '../../../../api/spikes/detector.ts'
import { belongsTo } from '../../../../api/spikes/levels.ts'

const burst = (place: string, size: number, over: Partial<Burst> = {}): Burst => ({
  key: `${place}|votes_not_counted`,
  onset: 6_000,
  detected: 6_300,
  peak: 6_300,
  end: null,
  count: size + 1,
  expected: 1,
  size,
  sizeLow: size - 1,
  sizeHigh: size + 1,
  score: 6,
  phase: 'growing',
  ...over,
})

const owner = (one: Burst, all: Burst[]): string | undefined => belongsTo(one, all)?.key.split('|')[0]

test("a rumour about one county is that county's, in its state and in the nation", () => {
  const all = [burst('US', 80), burst('WI', 76), burst('55025', 74)]
  expect(all.map((one) => owner(one, all))).toEqual(['55025', '55025', undefined])
})

test("what rises in many states is the nation's, and each state that stands out is its own", () => {
  const all = [burst('US', 100), burst('WI', 30), burst('PA', 25), burst('GA', 20)]
  expect(all.map((one) => owner(one, all))).toEqual([undefined, undefined, undefined, undefined])
})

test('another narrative, another time, another kind and another state are another burst', () => {
  const state = burst('WI', 40)
  const others = [
    burst('55025', 40, { key: '55025|machine_failure' }),
    burst('55025', 40, { onset: 1_000, detected: 1_200, peak: 1_200, end: 3_000, phase: 'closed' }),
    burst('55025', 40, { echo: true }),
    burst('32031', 40),
  ]
  for (const other of others) expect(owner(state, [state, other])).toBeUndefined()
})

test('in any order', () => {
  const all = [burst('55025', 74), burst('WI', 76), burst('US', 80)]
  expect(all.map((one) => owner(one, all))).toEqual([undefined, '55025', '55025'])
})
