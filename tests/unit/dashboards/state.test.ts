/** What the page knows moves forwards, whatever the order in which the server's words arrive. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Rebuttal, Spike, Status } from '../../../api/contract.ts'
import type * as State from '../../../dashboards/state.ts'

const statusWith = (flagged: number): Status => ({
  mode: 'live',
  clock: 0,
  sealedThrough: null,
  from: null,
  posts: 1_000,
  election: 500,
  flagged,
  lag: 0,
  hasty: 0,
  deadLettered: 0,
  sources: [],
  staleMs: 0,
})

let state: typeof State
const shown = () => state.status.value?.flagged

beforeEach(async () => {
  vi.useFakeTimers()
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} })
  vi.stubGlobal('location', { hash: '' })
  vi.resetModules()
  state = await import('../../../dashboards/state.ts')
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('an address that was cut off in the middle leads to the night or to no spike, and breaks nothing', () => {
  expect(state.readRoute('#/spikes/0a1b2c3d4e5f')).toEqual({ view: 'spike', id: '0a1b2c3d4e5f' })
  expect(state.readRoute('#/spikes/%')).toEqual({ view: 'spike', id: '%' })
  expect(state.readRoute('#/spikes/')).toEqual({ view: 'night' })
})

test('posts that a resumed stream tells late do not take the count of flagged posts back', () => {
  state.putStatus(statusWith(40))
  for (const flagged of [12, 25, 39]) state.putFlagged(flagged)
  expect(shown()).toBe(40)
  state.putFlagged(43)
  expect(shown()).toBe(43)
})

test('a status that was read before posts were told keeps their count; a later one has its own', () => {
  state.putStatus(statusWith(40))
  state.putFlagged(43)
  state.putStatus({ ...statusWith(41), posts: 2_000 })
  expect(state.status.value).toMatchObject({ flagged: 43, posts: 2_000 })
  // Judged again, a post may make no claim any more: what the server goes on to say holds.
  vi.advanceTimersByTime(3_000)
  state.putStatus(statusWith(41))
  expect(shown()).toBe(41)
})

test('an answer to a spike that was withdrawn answers the one that took its place, and no longer the first', () => {
  const spike = (id: string, successor: string | null, revision = 1) =>
    ({ id, successor, revision, phase: successor === null ? 'growing' : 'withdrawn' }) as Spike
  const answered = () =>
    ['gone', 'stands', 'other'].map((id) =>
      state
        .answersTo(id)
        .map((answer) => answer.id)
        .join(' '),
    )
  const answer = (id: string, spikeId: string | null, draftedAt: number) =>
    ({ id, spikeId, draftedAt }) as Rebuttal
  state.putSpikes([spike('gone', null), spike('stands', null)])
  state.putRebuttals([answer('one', 'gone', 1), answer('two', 'stands', 2), answer('none', null, 3)])
  // Of a spike that is not shown, since it is of another night.
  state.putRebuttals([answer('three', 'other', 4)])
  expect(answered()).toEqual(['one', 'two', 'three'])
  state.putSpikes([spike('gone', 'stands', 2)])
  expect(answered()).toEqual(['', 'two one', 'three'])
  state.putSpikes([spike('gone', null, 3)])
  expect(answered()).toEqual(['one', 'two', 'three'])
})
