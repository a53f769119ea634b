/** Which spike stands where a withdrawn one stood. */
import { expect, test } from 'vitest'
import type { Spike } from '../../../../api/contract.ts'
import { newSuccessors } from '../../../../api/spikes/successor.ts'
import { MINUTE, NIGHT, testSpike } from '../support.ts'

const spike = (id: string, from: number, to: number | null, over: Partial<Spike> = {}): Spike =>
  testSpike({
    id,
    onset: NIGHT + from * MINUTE,
    detected: NIGHT + (from + 1) * MINUTE,
    peak: NIGHT + (from + 2) * MINUTE,
    end: to === null ? null : NIGHT + to * MINUTE,
    phase: to === null ? 'growing' : 'closed',
    ...over,
  })
const gone = (to: number | null) => spike('gone', 0, to, { phase: 'withdrawn' })
const found = (...spikes: Spike[]) =>
  newSuccessors(new Map(spikes.map((one) => [one.id, one]))).map(({ id, successor }) => [id, successor])

test('of several the one that shares most of its time is the successor, and an alarm before an echo', () => {
  const brief = spike('brief', -5, 4)
  const long = spike('long', 6, null)
  const repeated = spike('repeated', 0, 20, { echo: true })
  expect(found(gone(20), repeated)).toEqual([['gone', 'repeated']])
  expect(found(gone(20), repeated, brief)).toEqual([['gone', 'brief']])
  expect(found(gone(20), repeated, brief, long)).toEqual([['gone', 'long']])
  expect(found(long, gone(20), brief)).toEqual([['gone', 'long']])
})

test('where two share as much, the one that began first is, and the same one in whatever order they come', () => {
  const [a, b, c] = [spike('a', 0, 30), spike('b', 0, 30), spike('c', -1, 30)]
  expect(found(b, gone(20), a)).toEqual([['gone', 'a']])
  expect(found(b, c, a, gone(20))).toEqual([['gone', 'c']])
})

test('one that was withdrawn without a note of its end is known to have lasted to its peak', () => {
  expect(found(gone(null), spike('next', 17, null))).toEqual([['gone', 'next']])
  expect(found(gone(null), spike('later', 18, null))).toEqual([])
})

test('a withdrawn spike is no successor, and one that is right stays', () => {
  const other = spike('other', 0, 20, { phase: 'withdrawn' })
  expect(found(gone(20), other)).toEqual([])
  const next = spike('next', 3, 20)
  expect(found({ ...gone(20), successor: 'next' }, next)).toEqual([])
  expect(found({ ...gone(20), successor: 'forgotten' }, next)).toEqual([])
  expect(found({ ...gone(20), successor: 'other' }, other)).toEqual([['gone', null]])
})

test.each([
  ['another place', spike('other', 0, null, { place: 'NV' })],
  ['another narrative', spike('other', 0, null, { narrative: 'votes_not_counted' })],
  ['one that began long after it', spike('other', 36, null)],
  ['one that was over long before it', spike('other', -40, -16)],
])('%s is no successor', (_, other) => {
  expect(found(gone(20), other)).toEqual([])
})
