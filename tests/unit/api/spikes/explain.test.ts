import { expect, test } from 'vitest'
import { risingWith } from '../../../../api/spikes/explain.ts'
import { MINUTE, NIGHT, testSpike } from '../support.ts'

const spike = testSpike({ place: '04013', end: NIGHT + 60 * MINUTE })

test("what rises with a spike: another narrative's, at the same time, at, in or around its place", () => {
  const other = { narrative: 'votes_not_counted', end: null } as const
  const others = [
    spike,
    testSpike({ id: 'state', ...other, size: 9 }),
    testSpike({ id: 'nation', ...other, place: 'US', size: 20 }),
    testSpike({ id: 'elsewhere', ...other, place: 'GA' }),
    testSpike({ id: 'before', ...other, onset: NIGHT, end: NIGHT + MINUTE }),
    testSpike({ id: 'later', ...other, onset: NIGHT + 61 * MINUTE }),
    testSpike({ id: 'withdrawn', ...other, phase: 'withdrawn' }),
    testSpike({ id: 'echo', ...other, echo: true }),
  ]
  expect(risingWith(spike, others).map(({ id }) => id)).toEqual(['nation', 'state'])
})
