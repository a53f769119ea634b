import { expect, test } from 'vitest'
import { createRefills, REFILLS_MAX } from '../../../../ingest/sources/jetstream/refills.ts'

const HOUR_MS = 3_600_000
const syncOf = (did: string) => ({ kind: 'sync', did, sync: { rev: '3k' } })
const commitOf = (did: string) => ({ kind: 'commit', did, commit: { rev: '3k' } })

test('where too many are given again the oldest is forgotten, after a restart too', () => {
  const before = createRefills([])
  for (let i = 0; i < REFILLS_MAX; i++) before.note(syncOf(`did:plc:${i}`), 0)
  const refills = createRefills(before.names())
  refills.note(syncOf('did:plc:last'), 1_000)
  expect(refills.has(commitOf('did:plc:last'))).toBe(true)
  expect(refills.has(commitOf('did:plc:1'))).toBe(true)
  expect(refills.has(commitOf('did:plc:0'))).toBe(false)
  expect(refills.names()).toHaveLength(REFILLS_MAX)
})

test('one is forgotten an hour after it began', () => {
  const refills = createRefills([])
  refills.note(syncOf('did:plc:a'), 0)
  refills.note(syncOf('did:plc:b'), HOUR_MS)
  expect(refills.has(commitOf('did:plc:a'))).toBe(true)
  refills.note(syncOf('did:plc:c'), HOUR_MS + 1)
  expect(refills.has(commitOf('did:plc:a'))).toBe(false)
})
