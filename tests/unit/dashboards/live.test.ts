/** What the page loads, and what it is told meanwhile. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LiveEvent, Rebuttal, Spike } from '../../../api/contract.ts'
import type * as State from '../../../dashboards/state.ts'

/** The server's events, as a test sends them. */
class Stream extends EventTarget {
  static readonly CLOSED = 2
  static last: Stream
  readyState = 1
  constructor() {
    super()
    Stream.last = this
  }
  tell(event: LiveEvent): void {
    this.dispatchEvent(new MessageEvent(event.type, { data: JSON.stringify(event) }))
  }
}

let state: typeof State
/** What the server answers to each address. */
let answers: Record<string, () => unknown>

const spike = (id: string, revision: number) => ({ id, revision, phase: 'growing' }) as Spike
const rebuttal = (id: string, updatedAt: number) => ({ id, updatedAt, state: 'drafted' }) as Rebuttal
const told = (): [string, number][] =>
  [...state.spikes.value.values()].map(({ id, revision }) => [id, revision])
const answered = (): string[] => [...state.rebuttals.value.keys()]

beforeEach(async () => {
  vi.useFakeTimers()
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} })
  vi.stubGlobal('location', { hash: '' })
  vi.stubGlobal('EventSource', Stream)
  vi.stubGlobal('fetch', async (url: string) => {
    const answer = await answers[url]!()
    return { ok: true, json: async () => answer }
  })
  answers = {
    'api/status': () => ({ mode: 'live', flagged: 0, sources: [] }),
    'api/spikes': () => ({ spikes: [spike('known', 1)] }),
    'api/rebuttals': () => ({ rebuttals: [] }),
    'api/coverage': () => ({ coverage: [] }),
  }
  vi.resetModules()
  state = await import('../../../dashboards/state.ts')
  const { goLive } = await import('../../../dashboards/live.ts')
  goLive()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('what is told while the page loads is not lost to what was read before it', async () => {
  let answerLast = (): void => {}
  answers['api/coverage'] = () =>
    new Promise((resolve) => {
      answerLast = () => resolve({ coverage: [] })
    })
  Stream.last.dispatchEvent(new Event('open'))
  await vi.advanceTimersByTimeAsync(10)
  const events = [
    { type: 'spike', spike: spike('known', 2) },
    { type: 'rebuttal', rebuttal: rebuttal('new', 5) },
  ] as LiveEvent[]
  for (const event of events) Stream.last.tell(event)
  answerLast()
  await vi.waitFor(() => expect(state.loaded.value).toBe(true))
  expect([told(), answered()]).toEqual([[['known', 2]], ['new']])
})

test('what is there no more is not kept when everything is loaded anew', async () => {
  Stream.last.dispatchEvent(new Event('open'))
  await vi.waitFor(() => expect(told()).toEqual([['known', 1]]))
  answers['api/spikes'] = () => ({ spikes: [spike('other', 1)] })
  Stream.last.tell({ type: 'reset', reason: 'another desk' })
  await vi.waitFor(() => expect(told()).toEqual([['other', 1]]))
})
