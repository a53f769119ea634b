/** What the page says of a spike, in plain words. */
import { expect, test } from 'vitest'
import type { Spike } from '../../../api/contract.ts'
import { ending } from '../../../dashboards/words.ts'

const spike = (phase: Spike['phase'], end: number | null) => ({ phase, end }) as Spike
const clock = (time: number): string => `minute ${time}`

test('a spike goes on, or ended at a time; one that was withdrawn before its end did neither', () => {
  expect(ending(spike('growing', null), clock)).toEqual([['Still going on', 'yes']])
  expect(ending(spike('closed', 7), clock)).toEqual([['Ended', 'minute 7']])
  expect(ending(spike('withdrawn', 7), clock)).toEqual([['Ended', 'minute 7']])
  expect(ending(spike('withdrawn', null), clock)).toEqual([])
})
