import { expect, test } from 'vitest'
import { createRedrive } from '../../../../ingest/sources/redrive.ts'
import { normalize } from './read.ts'

test('a record of a topic without an id has the one that it would have had', () => {
  const redrive = createRedrive(normalize, 'text=words,createdAt=when')
  const letter = {
    id: 'kafka:theirs/3/17',
    source: 'kafka:theirs',
    reason: 'unknown_shape',
    detail: '',
    payload: '{"words":"All is counted","when":"2026-11-04T02:00:00Z"}',
    capturedAt: Date.UTC(2026, 10, 4, 2),
  } as const
  expect(redrive(letter)).toMatchObject({ ok: true, posts: [{ id: 'kafka:theirs/3-17' }] })
})
