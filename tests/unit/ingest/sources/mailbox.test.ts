import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createMailbox } from '../../../../ingest/sources/net/mailbox.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const never = new AbortController().signal

async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false
  void promise.then(() => (settled = true))
  await vi.advanceTimersByTimeAsync(0)
  return settled
}

test('is gathered when a batch is full, and no sooner', async () => {
  const mailbox = createMailbox<string>({ maxItems: 100, maxBytes: 100, bytesOf: ({ length }) => length })
  mailbox.push('a')
  const gathered = mailbox.gathered(3, 250, never)
  mailbox.push('b')
  expect(await isSettled(gathered)).toBe(false)
  mailbox.push('c')
  expect(await isSettled(gathered)).toBe(true)
  expect(vi.getTimerCount()).toBe(0)
  expect(mailbox.take(3)).toEqual(['a', 'b', 'c'])
})

test('is gathered when the time is over, and keeps what waits', async () => {
  const mailbox = createMailbox<string>({ maxItems: 100, maxBytes: 100, bytesOf: ({ length }) => length })
  mailbox.push('a')
  const gathered = mailbox.gathered(3, 250, never)
  await vi.advanceTimersByTimeAsync(249)
  expect(await isSettled(gathered)).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(await isSettled(gathered)).toBe(true)
  expect(mailbox.size()).toBe(1)
})

test('is gathered when no more may wait, by number or by bytes', async () => {
  const mailbox = createMailbox<string>({ maxItems: 2, maxBytes: 10, bytesOf: ({ length }) => length })
  mailbox.push('a')
  const byNumber = mailbox.gathered(3, 250, never)
  mailbox.push('b')
  expect(await isSettled(byNumber)).toBe(true)
  mailbox.take(2)
  const byBytes = mailbox.gathered(2, 250, never)
  mailbox.push('0123456789')
  expect(await isSettled(byBytes)).toBe(true)
})

test('is gathered when nobody wants it any more', async () => {
  const stopping = new AbortController()
  const mailbox = createMailbox<string>({ maxItems: 9, maxBytes: 9, bytesOf: () => 1 })
  const gathered = mailbox.gathered(3, 250, stopping.signal)
  stopping.abort()
  expect(await isSettled(gathered)).toBe(true)
  expect(vi.getTimerCount()).toBe(0)
})
