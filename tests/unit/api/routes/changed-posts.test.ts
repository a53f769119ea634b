import { expect, onTestFinished, test } from 'vitest'
import { postPageSchema, spikeDetailSchema, type PostPage } from '../../../../api/contract.ts'
import { CHANGE_COLUMNS, changeRow } from '../../../../classify/changes.ts'
import type { Change } from '../../../../ingest/contract.ts'
import { NIGHT, testApp } from '../support.ts'
import { openNight, type Night } from './night.ts'

const change = (of: Change['of'], subject: string, what: Change['change'], at: number): Change => ({
  source: 'bluesky',
  of,
  subject,
  change: what,
  at: NIGHT + at,
})

async function tell(night: Night, changes: readonly Change[]): Promise<void> {
  await night.store.insert('post_changes', CHANGE_COLUMNS, changes.map(changeRow))
}

async function read(app: Night['app'], id: string) {
  const page: PostPage = postPageSchema.parse(await (await app.request('/api/posts')).json())
  const { text, words, marks } = page.posts.find((post) => post.id === id)!
  return { text, words, marks }
}

test('posts that were edited or deleted, or whose account is gone, are marked and their words held back', async () => {
  const night = await openNight()
  onTestFinished(() => night.close())
  // Told out of order and twice: the latest word holds.
  const changes = [change('post', 'p1', 'deleted', 9), change('post', 'p1', 'edited', 5)]
  await tell(night, changes)
  await tell(night, changes)
  await tell(night, [
    change('post', 'p4', 'edited', 5),
    change('account', 'e', 'account_gone', 5),
    change('account', 'f', 'account_gone', 5),
    change('account', 'f', 'account_back', 9),
  ])
  expect(await read(night.app, 'p1')).toEqual({ text: '', words: [], marks: ['deleted'] })
  expect(await read(night.app, 'p4')).toEqual({ text: '', words: [], marks: ['edited'] })
  expect(await read(night.app, 'p6')).toEqual({ text: '', words: [], marks: ['account_gone'] })
  expect(await read(night.app, 'p7')).toMatchObject({
    text: 'County says one scanner was replaced',
    marks: [],
  })
  const exported = await (await night.app.request('/api/export?format=jsonl')).text()
  expect(exported).not.toContain('Every machine in Mesa')
  expect(exported.trim().split('\n')).toHaveLength(10)
})

test('a search does not find words that are held back', async () => {
  const night = await openNight()
  onTestFinished(() => night.close())
  const found = async (app: Night['app'], path: string) => {
    const text = await (await app.request(`${path}q=SCANNER`)).text()
    return [...text.matchAll(/"id":"(p\d+)"/g)].map(([, id]) => id!).toSorted()
  }
  const before = ['p0', 'p1', 'p2', 'p6', 'p7', 'p9']
  expect(await found(night.app, '/api/posts?')).toEqual(before)
  await tell(night, [change('post', 'p0', 'deleted', 5), change('account', 'a', 'account_gone', 5)])
  const keeping = testApp({ store: night.store, desk: night.desk, changedPosts: 'keep' })
  for (const path of ['/api/posts?', '/api/export?format=jsonl&']) {
    expect(await found(night.app, path)).toEqual(['p2', 'p6', 'p7', 'p9'])
    expect(await found(keeping, path)).toEqual(before)
  }
  await tell(night, [change('account', 'a', 'account_back', 6)])
  expect(await found(night.app, '/api/posts?')).toEqual(['p1', 'p2', 'p6', 'p7', 'p9'])
})

test('what is said most in a spike shows no words that are held back', async () => {
  const night = await openNight()
  onTestFinished(() => night.close())
  const claims = async (app: Night['app']) => {
    const spike = spikeDetailSchema.parse(await (await app.request('/api/spikes/spike1')).json())
    return spike.topClaims.map(({ text, posts }) => [text, posts])
  }
  const most = 'the scanner at our school ate three ballots'
  const all = await claims(night.app)
  expect(all).toContainEqual([most, 3])
  expect(all).toContainEqual(['Every machine in Mesa is down 100%', 1])
  await tell(night, [change('post', 'p1', 'deleted', 5), change('post', 'p4', 'deleted', 5)])
  const held = await claims(night.app)
  // A copy stands by it; of the other there is none, and it is counted all the same.
  expect(held).toContainEqual([most, 3])
  expect(held).toContainEqual(['', 1])
  expect(JSON.stringify(held)).not.toContain('Mesa')
  expect(await claims(testApp({ store: night.store, desk: night.desk, changedPosts: 'keep' }))).toEqual(all)
  await tell(night, [change('post', 'p2', 'deleted', 6)])
  expect(JSON.stringify(await claims(night.app))).not.toContain('ballots')
})

test('an installation may keep the words', async () => {
  const night = await openNight()
  onTestFinished(() => night.close())
  await tell(night, [change('post', 'p4', 'deleted', 5)])
  const keeping = testApp({ store: night.store, desk: night.desk, changedPosts: 'keep' })
  expect(await read(keeping, 'p4')).toMatchObject({
    text: 'Every machine in Mesa is down 100%',
    marks: ['deleted'],
  })
})
