import { expect, test } from 'vitest'
import type { JudgedPost } from '../../../classify/judge.ts'
import { nothingSaid } from '../../../classify/model/classifier.ts'
import { createOriginals } from '../../../classify/originals.ts'
import type { Store } from '../../../classify/store/store.ts'
import type { Post } from '../../../ingest/contract.ts'

const store = { query: async () => [] } as unknown as Store

function judged(id: string, election: boolean, language: string, narrated: boolean): JudgedPost {
  const verdict = nothingSaid('model', election)
  return {
    post: { id } as Post,
    key: '1',
    verdict: narrated ? { ...verdict, narratives: ['machine_failure'] } : verdict,
    language,
    textKey: narrated ? '7' : '0',
    sketch: narrated ? 'sketch' : '',
    countedPlaces: ['US'],
  }
}

test('what is remembered of a post is what was judged last', () => {
  const originals = createOriginals(store, (election) => nothingSaid('model', election))
  originals.remember(judged('a', true, 'en', false))
  originals.remember(judged('a', true, 'en', true))
  expect(originals.recent('a')).toMatchObject({ textKey: '7', verdict: { narratives: ['machine_failure'] } })
  originals.remember(judged('a', true, 'en', false))
  expect(originals.recent('a')).toMatchObject({ textKey: '0', verdict: { election: true, narratives: [] } })
})

test('posts that carry nothing share what is said of them, by language where they were not judged', () => {
  const originals = createOriginals(store, (election) => nothingSaid('model', election))
  originals.remember(judged('talk', false, 'en', false))
  originals.remember(judged('spanish', false, 'es', false))
  originals.remember(judged('election', true, 'en', false))
  originals.remember(judged('german', true, 'de', false))
  expect(originals.recent('talk')).toBe(originals.unknown)
  expect(originals.recent('spanish')).toBe(originals.unknown)
  expect(originals.recent('election')).toMatchObject({ language: 'en', verdict: { election: true } })
  expect(originals.recent('german')).toMatchObject({ language: 'de', verdict: { election: true } })
})

test('those that carry a narrative outlast many thousands that do not, and all are forgotten in the end', () => {
  const originals = createOriginals(store, (election) => nothingSaid('model', election))
  originals.remember(judged('claim', true, 'en', true))
  originals.remember(judged('talk', false, 'en', false))
  for (let i = 0; i < 150_000; i++) originals.remember(judged(`talk ${i}`, false, 'en', false))
  expect(originals.recent('talk')).toBeUndefined()
  expect(originals.recent('claim')).toBeDefined()
  for (let i = 0; i < 30_000; i++) originals.remember(judged(`claim ${i}`, true, 'en', true))
  expect(originals.recent('claim')).toBeUndefined()
})
