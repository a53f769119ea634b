import { expect, test, vi } from 'vitest'
import { follow, type Ended } from '../../../../ingest/sources/net/follow.ts'
import { createStatus } from '../../../../ingest/sources/status.ts'
import { TIMING } from './follow.ts'

test('a server is left alone for as long as it asks, though the clock is set back meanwhile', async () => {
  const tried: string[] = []
  const stop = new AbortController()
  const clock = vi.spyOn(Date, 'now')
  const connect = async (address: string): Promise<Ended> => {
    tried.push(address)
    if (address === 'one') {
      if (tried.length > 1) stop.abort()
      return { frames: 0, reason: 'busy', refusal: { status: 429, body: '', restMs: 200 } }
    }
    clock.mockReturnValue(performance.timeOrigin - 3_600_000)
    return { frames: 0, reason: 'gone', refusal: null }
  }
  const giveUp = setTimeout(() => stop.abort(), 5_000)
  await follow(
    {
      addresses: ['one', 'other'],
      connect,
      stream: 'The stream',
      status: createStatus('test', () => 0),
      timing: TIMING,
      random: () => 0,
    },
    stop.signal,
  )
  clearTimeout(giveUp)
  clock.mockRestore()
  expect(tried.filter((address) => address === 'one')).toHaveLength(2)
})
