/** What the page says of a spike, in plain words. */
import { expect, test } from 'vitest'
import type { Spike } from '../../../api/contract.ts'
import { ending, phaseWords, spikeSentence, withoutWords } from '../../../dashboards/words.ts'

const spike = (phase: Spike['phase'], end: number | null) => ({ phase, end }) as Spike
const clock = (time: number): string => `minute ${time}`

test('a spike goes on, or ended at a time; one that was withdrawn before its end did neither', () => {
  expect(ending(spike('growing', null), clock)).toEqual([['Still going on', 'yes']])
  expect(ending(spike('closed', 7), clock)).toEqual([['Ended', 'minute 7']])
  expect(ending(spike('withdrawn', 7), clock)).toEqual([['Ended', 'minute 7']])
  expect(ending(spike('withdrawn', null), clock)).toEqual([])
})

test('a story that stands out as another spike is not said to have stood out no more', () => {
  const withdrawn = (successor: string | null) =>
    ({
      ...spike('withdrawn', 7),
      narrative: 'machine_failure',
      place: 'AZ',
      placeName: 'Arizona',
      reason: 'what came to be known later changed the counts',
      successor,
    }) as Spike
  expect([phaseWords(withdrawn(null)), spikeSentence(withdrawn(null), clock)]).toEqual([
    'Withdrawn',
    'Claims that voting machines failed did not stand out after all in Arizona: what came to be known later changed the counts.',
  ])
  expect([phaseWords(withdrawn('next')), spikeSentence(withdrawn('next'), clock)]).toEqual([
    'Replaced',
    'Claims that voting machines failed now stand as another spike in Arizona: what came to be known later changed the counts.',
  ])
  expect(phaseWords({ phase: 'growing', successor: null })).toBe('Growing')
})

test('a post whose words are held back is not said to be a repost', () => {
  expect(withoutWords({ marks: [] })).toBe('A repost without words of its own.')
  expect(withoutWords({ marks: ['text_cut', 'deleted'] })).toBe(
    'Its author deleted it: its words are not shown.',
  )
  expect(withoutWords({ marks: ['edited'] })).toBe(
    'Its author changed it since: its first words are not shown.',
  )
  expect(withoutWords({ marks: ['account_gone'] })).toBe('Its account is gone: its words are not shown.')
})
