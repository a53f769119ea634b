import { describe, expect, it } from 'vitest'
import { createMastodonSource } from '../../../../ingest/sources/mastodon.ts'
import type { MastodonTiming } from '../../../../ingest/sources/mastodon/session.ts'
import { NESTED_DEEPLY, startMastodon, type MastodonServer, type Status } from '../../../services/mastodon.ts'
import { followSource, TIMING } from './follow.ts'
import { normalize } from './read.ts'

const FAST = { ...TIMING, pageMs: 1 }
/** At home elsewhere: the reading server's own number is another. */
const ORIGIN = 'social.example'

/** The status that the server numbers `n`. */
function status(n: number, more: Record<string, unknown> = {}): Status {
  return {
    id: String(1_000 + n),
    uri: `https://${ORIGIN}/users/voter/statuses/${n}`,
    url: `https://${ORIGIN}/@voter/${n}`,
    created_at: new Date(Date.now() - 1_000).toISOString(),
    account: { acct: `voter@${ORIGIN}` },
    content: `<p>Number ${n} of the <a href="https://x.example">count</a></p>`,
    language: 'en',
    visibility: 'public',
    reblog: null,
    ...more,
  }
}

const idOf = (n: number) => `mastodon:${ORIGIN}/${n}`
const idsOf = (numbers: readonly number[]) => numbers.map(idOf)
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

function createSource(
  server: MastodonServer,
  token: string | null = null,
  timing: Partial<MastodonTiming> = FAST,
) {
  return createMastodonSource({ url: server.url, normalize, token, random: () => 0, timing })
}

describe.each(['socket', 'events'] as const)('the Mastodon source, by %s', (way) => {
  it('follows what is posted, as text, in its language, under its own address', async () => {
    await using server = await startMastodon({ ways: [way] })
    const source = createSource(server)
    await using followed = followSource(source)
    await server.followed()
    server.beat()
    server.post(status(1, { language: 'es' }))
    await followed.has(1)
    expect(followed.posts()[0]).toMatchObject({
      id: idOf(1),
      source: `mastodon:${server.host}`,
      text: 'Number 1 of the count',
      langs: ['es'],
      author: normalize.author(`voter@${ORIGIN}`),
      marks: [],
    })
    expect(source.status()).toMatchObject({ state: 'running' })
  })

  it('reads edits, deletions and boosts', async () => {
    await using server = await startMastodon({ ways: [way] })
    await using followed = followSource(createSource(server))
    await server.followed()
    const old = new Date(Date.now() - 40 * 86_400_000).toISOString()
    server.post(status(1))
    server.post(status(3, { reblog: status(2, { created_at: old }), content: '' }))
    server.send(
      'status.update',
      status(1, { content: '<p>Changed</p>', edited_at: new Date().toISOString() }),
    )
    server.send('status_update', status(4))
    server.send('delete', '1002')
    server.send('delete', '77')
    await followed.until(() => followed.changes().length === 4)
    expect(followed.posts().map(({ id, repostOf }) => [id, repostOf])).toEqual([
      [idOf(1), null],
      [idOf(2), null],
      [idOf(3), idOf(2)],
      [idOf(4), null],
    ])
    expect(followed.posts()[1]).toMatchObject({ createdAt: Date.parse(old), marks: [] })
    expect(followed.changes().map(({ change, subject }) => [change, subject])).toEqual([
      ['edited', idOf(1)],
      ['edited', idOf(4)],
      ['deleted', `mastodon:${server.host}/1002`],
      ['deleted', `mastodon:${server.host}/77`],
    ])
  })

  it('sets aside what is nested too deep to be a status, and goes on', async () => {
    await using server = await startMastodon({ ways: [way] })
    await using followed = followSource(createSource(server))
    await server.followed()
    const deep = `{"id":"1","card":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
    if (way === 'socket') server.sendRaw(`{"event":"update","payload":${deep}}`)
    else server.sendRaw(`event: update\ndata: ${deep}`)
    server.post(status(1))
    await followed.has(1)
    expect(followed.deadLetters()).toMatchObject([{ reason: 'unknown_shape' }])
  })

  it('finds the post that is deleted by the number of the server that is read', async () => {
    await using server = await startMastodon({ ways: [way] })
    await using followed = followSource(createSource(server))
    await server.followed()
    server.post(status(5))
    server.send('delete', '1005')
    await followed.until(() => followed.changes().length === 1)
    expect(followed.changes()[0]).toMatchObject({ of: 'post', subject: idOf(5), change: 'deleted' })
  })

  it('reads a timeline though one of its statuses is nested too deep', async () => {
    await using server = await startMastodon({ ways: [way] })
    await using followed = followSource(createSource(server))
    await server.followed()
    server.post(status(1))
    await followed.has(1)
    server.keep(status(2, { card: NESTED_DEEPLY }))
    server.keep(status(3))
    server.cut()
    await followed.has(2)
    expect(followed.ids()).toEqual(idsOf([1, 3]))
    expect(followed.deadLetters()).toMatchObject([{ reason: 'unknown_shape' }])
  })

  it('passes over an edit of what no post can be called', async () => {
    await using server = await startMastodon({ ways: [way] })
    await using followed = followSource(createSource(server))
    await server.followed()
    const uri = `https://${ORIGIN}/notes/${'x'.repeat(600_000)}`
    server.send('status.update', status(1, { uri, url: null, edited_at: new Date().toISOString() }))
    server.post(status(2))
    await followed.has(1)
    expect(followed.changes()).toEqual([])
    expect(followed.deadLetters()).toMatchObject([{ reason: 'invalid_record' }])
  })

  it('reads what it missed out of the timeline, each post once', async () => {
    await using server = await startMastodon({ ways: [way] })
    for (const n of range(0, 5)) server.keep(status(n))
    await using followed = followSource(createSource(server))
    await server.followed()
    server.post(status(5))
    await followed.has(1)
    server.cutInFrame()
    for (const n of range(6, 106)) server.keep(status(n))
    await followed.until(() => server.opened.length >= 2)
    server.post(status(106))
    await followed.has(102)
    expect(followed.ids().toSorted()).toEqual(idsOf(range(5, 107)).toSorted())
    expect(followed.coverage().map(({ kind }) => kind)).not.toContain('none')
    expect(server.opened.every((opened) => opened === way)).toBe(true)
  })

  it('tells a gap where the timeline is not shown', async () => {
    await using server = await startMastodon({ ways: [way], timeline: false })
    await using followed = followSource(createSource(server))
    await server.followed()
    server.post(status(1))
    await followed.has(1)
    const before = Date.now()
    server.cut()
    server.keep(status(2))
    await followed.until(() => server.opened.length === 2)
    server.post(status(3))
    await followed.has(2)
    await followed.until(() => followed.coverage().some(({ kind }) => kind === 'none'))
    const gap = followed.coverage().find(({ kind }) => kind === 'none')!
    expect(gap.from).toBeLessThanOrEqual(before)
    expect(gap.to).toBeGreaterThanOrEqual(before)
    expect(followed.ids()).toEqual(idsOf([1, 3]))
  })

  it('goes on from its position after a restart', async () => {
    await using server = await startMastodon({ ways: [way] })
    let position: unknown = null
    {
      await using followed = followSource(createSource(server))
      await server.followed()
      server.post(status(1))
      await followed.has(1)
      await followed.until(() => JSON.stringify(followed.batches.at(-1)?.position).includes('1001'))
      position = JSON.parse(JSON.stringify(followed.batches.at(-1)?.position))
    }
    for (const n of range(2, 5)) server.keep(status(n))
    await using again = followSource(createSource(server), position)
    // What was written in the minute before may have come late, so that it is read again.
    await again.has(4)
    expect(again.ids()).toEqual(idsOf([1, 2, 3, 4]))
  })

  it('sets aside what is no status, and goes on', async () => {
    await using server = await startMastodon({ ways: [way] })
    await using followed = followSource(createSource(server))
    await server.followed()
    server.send('update', '{"id":')
    server.send('update', { id: '1', content: 'no account' })
    server.send('notification', { id: '2' })
    server.post({ ...status(1), uri: 'none', url: null })
    server.post(status(2, { visibility: 'private' }))
    server.post(status(3))
    await followed.has(1)
    expect(followed.deadLetters().map(({ reason }) => reason)).toEqual([
      'unknown_shape',
      'unknown_shape',
      'no_id',
    ])
    expect(followed.ids()).toEqual([idOf(3)])
  })

  it('sets a bad status aside once, however often and in whatever words it comes', async () => {
    await using server = await startMastodon({ ways: [way] })
    let position: unknown = null
    const never = { created_at: 'never' }
    // A timeline writes the same one otherwise than a stream.
    const bad = [status(1, never), status(2, { uri: 'none', url: null }), { ...status(3), account: 'none' }]
    const letters: string[] = []
    {
      await using followed = followSource(createSource(server))
      await server.followed()
      for (const { id, ...more } of bad) server.send('update', { ...more, id })
      // Of one payload, though it brings two posts.
      server.post(status(5, { reblog: status(4, never), content: '', ...never }))
      server.post(status(6))
      await followed.has(1)
      server.cut()
      for (const one of bad) server.keep(one)
      server.keep(status(7))
      await followed.has(2)
      position = JSON.parse(JSON.stringify(followed.batches.at(-1)?.position))
      expect(followed.deadLetters().map(({ reason }) => reason)).toEqual([
        'bad_timestamp',
        'no_id',
        'unknown_shape',
        'bad_timestamp',
      ])
      letters.push(...followed.deadLetters().map(({ id }) => id))
      expect(new Set(letters).size).toBe(4)
    }
    await using again = followSource(createSource(server), position)
    await again.until(() => again.deadLetters().length > 0)
    server.post(status(8))
    await again.until(() => again.ids().includes(idOf(8)))
    for (const { id } of again.deadLetters()) expect(letters).toContain(id)
  })

  it('says when its token is refused, and goes on when it is taken again', async () => {
    await using server = await startMastodon({ ways: [way], token: 'good' })
    const source = createSource(server, 'good')
    await using followed = followSource(source)
    await server.followed()
    server.post(status(1))
    await followed.has(1)
    server.setToken('another')
    server.cut()
    await followed.until(() => /401.*token is invalid|401/.test(source.status().detail))
    server.keep(status(2))
    server.setToken('good')
    await followed.has(2)
    expect(followed.ids()).toEqual(idsOf([1, 2]))
  })
})

describe('the Mastodon source', () => {
  it('reads all that it missed where pages are short', async () => {
    await using server = await startMastodon({ page: 7 })
    await using followed = followSource(createSource(server))
    await server.followed()
    server.post(status(1))
    await followed.has(1)
    server.cut()
    for (const n of range(2, 60)) server.keep(status(n))
    await followed.has(59)
    expect(followed.ids().toSorted()).toEqual(idsOf(range(1, 60)).toSorted())
    expect(followed.coverage().map(({ kind }) => kind)).not.toContain('none')
  })

  it('finds what was missed and came late, numbered before what is known', async () => {
    await using server = await startMastodon()
    await using followed = followSource(createSource(server))
    await server.followed()
    server.post(status(5))
    await followed.has(1)
    server.cut()
    server.keep(status(3, { created_at: new Date(Date.now() + 10).toISOString() }))
    await followed.has(2)
    expect(followed.ids()).toEqual(idsOf([5, 3]))
  })

  it('reads the timeline of a server whose stream brings no posts, and says so', async () => {
    await using server = await startMastodon({ mute: true })
    for (const n of range(0, 5)) server.keep(status(n))
    const source = createSource(server, null, { ...FAST, lookMs: 50 })
    await using followed = followSource(source)
    await server.followed()
    await followed.until(() => followed.batches.length > 0)
    for (const n of range(5, 8)) server.post(status(n))
    await followed.has(3)
    server.post(status(8))
    await followed.has(4)
    expect(followed.ids().toSorted()).toEqual(idsOf(range(5, 9)))
    expect(source.status()).toMatchObject({
      state: 'running',
      detail: expect.stringContaining('its stream brings no posts') as string,
    })
    server.send('delete', '1006')
    await followed.until(() => followed.changes().length === 1)
    expect(followed.changes()[0]).toMatchObject({ subject: idOf(6), change: 'deleted' })
  })

  it('reads the timeline of a server that streams to nobody, or not to us', async () => {
    await using server = await startMastodon({ token: 'good', openTimeline: true })
    server.keep(status(0))
    const source = createSource(server, null, { ...FAST, lookMs: 50 })
    await using followed = followSource(source)
    await followed.until(() => source.status().state === 'running')
    expect(source.status().detail).toMatch(
      /timeline of .* its stream is refused \(401, The access token is invalid\)/,
    )
    for (const n of range(1, 4)) server.keep(status(n))
    await followed.has(3)
    expect(followed.ids().toSorted()).toEqual(idsOf([1, 2, 3]))
    expect(server.opened).toEqual([])
  })

  it('reads the timeline of a server that answers its page for people where others stream', async () => {
    await using server = await startMastodon({ ways: [], catchAll: true })
    server.keep(status(0))
    const source = createSource(server, null, { ...FAST, lookMs: 50 })
    await using followed = followSource(source)
    await followed.until(() => source.status().state === 'running')
    for (const n of range(1, 4)) server.keep(status(n))
    await followed.has(3)
    expect(followed.ids().toSorted()).toEqual(idsOf([1, 2, 3]))
    expect(source.status().detail).toContain('its stream is refused')
  })

  it('tells no gap of a quiet stream whose timeline is not wholly answered', async () => {
    await using server = await startMastodon({ page: 2 })
    await using followed = followSource(createSource(server, null, { ...FAST, lookMs: 50 }))
    await server.followed()
    await followed.until(() => followed.batches.length > 0)
    server.setBelow(false)
    const now = new Date(Date.now() + 10).toISOString()
    for (const n of range(0, 5)) server.post(status(n, { created_at: now }))
    await followed.has(5)
    const before = server.asked()
    await followed.until(() => server.asked() >= before + 10)
    server.post(status(5))
    await followed.has(6)
    expect(followed.coverage().map(({ kind }) => kind)).not.toContain('none')
  })

  it('reads what a timeline in place of a stream did not answer at the next look', async () => {
    await using server = await startMastodon({ token: 'good', openTimeline: true, page: 2 })
    server.keep(status(0))
    const source = createSource(server, null, { ...FAST, lookMs: 50 })
    await using followed = followSource(source)
    await followed.until(() => source.status().state === 'running')
    server.setBelow(false)
    for (const n of range(1, 8)) server.keep(status(n))
    await followed.has(2)
    const before = server.asked()
    await followed.until(() => server.asked() >= before + 8)
    server.setBelow(true)
    await followed.has(7)
    expect(followed.ids().toSorted()).toEqual(idsOf(range(1, 8)))
    expect(followed.coverage().map(({ kind }) => kind)).not.toContain('none')
  })

  it.each([
    ['itself by TLS, which it has not', (host: string) => `wss://${host}`],
    ['an address that does not answer', () => 'ws://127.0.0.1:9'],
    ['an address that may not be followed', () => 'ws://social.example'],
  ])('follows a server that says it streams at %s', async (_, streaming) => {
    await using server = await startMastodon({ streaming })
    await using followed = followSource(createSource(server))
    await server.followed()
    server.post(status(1))
    await followed.has(1)
    expect(server.opened).toEqual(['socket'])
  })

  it('follows a server that streams elsewhere, though it did not answer at first', async () => {
    await using elsewhere = await startMastodon()
    await using server = await startMastodon({ ways: [], streaming: () => `ws://${elsewhere.host}` })
    server.refuse(503)
    const source = createSource(server)
    await using followed = followSource(source)
    await followed.until(() => source.status().state === 'unreachable')
    server.refuse(null)
    await elsewhere.followed()
    elsewhere.post(status(1))
    await followed.has(1)
    expect(elsewhere.opened).toHaveLength(1)
  })

  it('leaves a stream that says it will bring nothing, and says why', async () => {
    await using server = await startMastodon({ ways: ['socket'] })
    const source = createSource(server)
    await using followed = followSource(source)
    await server.followed()
    server.sendRaw('{"error":"Access token does not have the required scopes","status":401}')
    await followed.until(() => source.status().detail.includes('401, Access token does not have'))
    expect(followed.deadLetters()).toEqual([])
  })

  it('knows a post that is deleted after a restart, of a server that goes by another name', async () => {
    await using server = await startMastodon()
    let position: unknown = null
    {
      await using followed = followSource(createSource(server))
      await server.followed()
      server.post({ ...status(1), id: '1', account: { acct: 'voter' } })
      await followed.has(1)
      position = JSON.parse(JSON.stringify(followed.batches.at(-1)?.position))
    }
    await using again = followSource(createSource(server), position)
    await server.followed()
    server.send('delete', '1')
    server.send('delete', '0')
    await again.until(() => again.changes().length === 2)
    expect(again.changes().map(({ subject }) => subject)).toEqual(idsOf([1, 0]))
  })

  it('reads the warning before a text as a part of it', async () => {
    await using server = await startMastodon()
    await using followed = followSource(createSource(server))
    await server.followed()
    server.post(status(1, { spoiler_text: 'Ballots <b> & fraud', content: '<p>Gone</p>' }))
    server.post(status(2, { spoiler_text: 'The warning alone', content: '' }))
    await followed.has(2)
    expect(followed.posts().map(({ text }) => text)).toEqual([
      'Ballots <b> & fraud\n\nGone',
      'The warning alone',
    ])
  })

  it('leaves the timeline alone for as long as it asks, and loses nothing by that', async () => {
    await using server = await startMastodon()
    await using followed = followSource(createSource(server))
    await server.followed()
    server.post(status(1))
    await followed.has(1)
    server.tireTimeline(4)
    server.cut()
    server.keep(status(2))
    await followed.has(2)
    expect(followed.coverage().map(({ kind }) => kind)).not.toContain('none')
  })

  it('takes a server that is silent for dead', async () => {
    await using server = await startMastodon({ ways: ['events'] })
    const source = createSource(server, null, { ...FAST, idleMs: 300 })
    await using followed = followSource(source)
    await followed.until(() => server.opened.length >= 2)
    expect(server.opened.length).toBeGreaterThanOrEqual(2)
  })

  it('counts one post that two servers show once', async () => {
    await using one = await startMastodon()
    await using two = await startMastodon()
    await using a = followSource(createSource(one))
    await using b = followSource(createSource(two))
    await Promise.all([one.followed(), two.followed()])
    one.post(status(7))
    two.post(status(7, { id: '424242' }))
    await Promise.all([a.has(1), b.has(1)])
    expect(a.ids()).toEqual(b.ids())
  })

  it.each([
    ['http://social.example', /Use https/],
    ['https://social.example/public', /write the server alone/],
    ['https://social.example?only=best', /write the server alone/],
  ])('does not follow %s', (url, message) => {
    expect(() => createMastodonSource({ url, normalize })).toThrow(message)
  })
})
