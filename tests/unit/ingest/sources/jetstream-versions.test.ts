import { describe, expect, it } from 'vitest'
import { createJetstreamSource } from '../../../../ingest/sources/jetstream.ts'
import { readDictionary } from '../../../../ingest/sources/jetstream/unpack.ts'
import { selfSigned } from '../../../services/certificate.ts'
import { startJetstream } from '../../../services/jetstream.ts'
import { followSource, TIMING } from './follow.ts'
import { changed, createSource, frame, idsOf, inSeconds, range, T0 } from './jetstream-frames.ts'
import { normalize } from './read.ts'

describe('the Bluesky source, with either version of Jetstream', () => {
  it.each([1, 2] as const)(
    'reads version %s: posts once across cuts, changes and accounts',
    async (version) => {
      await using server = await startJetstream({ versions: [version] })
      const source = createSource([server.url])
      await using followed = followSource(source)
      await server.followed()
      for (const s of range(0, 30)) server.append(frame(s))
      server.append(changed(30, 'update', 3))
      server.append(changed(31, 'delete', 4))
      server.append({
        did: 'did:plc:gone',
        time_us: (T0 + 32_000) * 1_000,
        kind: 'account',
        account: { active: false, did: 'did:plc:gone', status: 'takendown' },
      })
      server.cutInFrame()
      server.keep(frame(33))
      await followed.until(() => server.connections() === 1)
      await followed.has(31)
      expect(followed.ids()).toEqual(idsOf([...range(0, 30), 33]))
      const changes = followed.batches.flatMap((batch) => batch.changes ?? [])
      const at = (s: number) => T0 + s * 1_000
      expect(changes.slice(0, 3)).toEqual([
        { source: 'bluesky', of: 'post', subject: idsOf([3])[0], change: 'edited', at: at(30) },
        { source: 'bluesky', of: 'post', subject: idsOf([4])[0], change: 'deleted', at: at(31) },
        {
          source: 'bluesky',
          of: 'account',
          subject: normalize.author('did:plc:gone'),
          change: 'account_gone',
          at: at(32),
        },
      ])
      expect(inSeconds(followed).map(([kind]) => kind)).not.toContain('none')
    },
  )

  it('tells a gap where the second version no longer keeps what was missed', async () => {
    await using server = await startJetstream({ versions: [2] })
    await using followed = followSource(createSource([server.url]))
    await server.followed()
    for (const s of range(0, 10)) server.append(frame(s))
    await followed.has(10)
    server.cut()
    for (const s of range(10, 100)) server.keep(frame(s))
    server.retainFrom((T0 + 50_000) * 1_000)
    await followed.has(60)
    expect(followed.ids()).toEqual(idsOf([...range(0, 10), ...range(50, 100)]))
    expect(inSeconds(followed)).toContainEqual(['none', 9, 50])
  })

  it('goes on live, with a gap, where a server says that the cursor is too old', async () => {
    await using server = await startJetstream({ versions: [2] })
    await using followed = followSource(createSource([server.url]))
    await server.followed()
    for (const s of range(0, 10)) server.append(frame(s))
    await followed.has(10)
    server.refuse(400, {}, '{"error":"CursorTooOld","message":"the floor is 90"}')
    server.cut()
    const before = server.refused()
    await followed.until(() => server.refused() > before)
    server.refuse(null)
    await server.followed()
    expect(server.queries.at(-1)?.has('cursor')).toBe(false)
    for (const s of range(90, 100)) server.append(frame(s))
    await followed.has(20)
    expect(inSeconds(followed)).toContainEqual(['none', 9, 90])
  })

  it('follows a clock that is set back, and goes on from there', async () => {
    await using server = await startJetstream()
    await using followed = followSource(createSource([server.url]))
    await server.followed()
    for (const s of [...range(1_000, 1_010), ...range(0, 10)]) server.append(frame(s))
    await followed.has(20)
    server.cut()
    server.keep(frame(10))
    await followed.has(21)
    expect(server.queries.at(-1)?.get('cursor')).toBe(String((T0 + 4_000) * 1_000))
    expect(inSeconds(followed)).not.toContainEqual(expect.arrayContaining(['none']))
  })

  it('takes what a repository is filled with again for as old as it says, and other old posts not', async () => {
    await using server = await startJetstream({ versions: [2] })
    const old = T0 - 400 * 86_400_000
    const oldPost = (s: number, did: string, more: Record<string, unknown> = {}) => {
      const { commit, ...rest } = frame(s)
      const record = { text: `Old post ${s}`, createdAt: new Date(old).toISOString() }
      return { ...rest, did, commit: { ...commit, ...more, record } }
    }
    let position: unknown = null
    {
      await using followed = followSource(createSource([server.url]))
      await server.followed()
      server.append({ did: 'did:plc:moved', time_us: T0 * 1_000, kind: 'sync' })
      server.append(oldPost(1, 'did:plc:moved'))
      server.append(oldPost(2, 'did:plc:other'))
      server.append(oldPost(3, 'did:plc:moved', { rev: '3lthenextrev2' }))
      await followed.has(3)
      expect(followed.posts().map(({ createdAt, marks }) => [createdAt, marks])).toEqual([
        [old, []],
        [T0 + 2_000, ['created_at_replaced']],
        [T0 + 3_000, ['created_at_replaced']],
      ])
      // The `sync` lies further back than a restart reads again.
      server.append(frame(20))
      await followed.has(4)
      position = JSON.parse(JSON.stringify(followed.batches.at(-1)!.position))
    }
    await using again = followSource(createSource([server.url]), position)
    await server.followed()
    server.append(oldPost(21, 'did:plc:moved'))
    server.append(oldPost(22, 'did:plc:other'))
    await again.until(() => again.ids().some((id) => id.endsWith('r22')))
    const said = again.posts().filter(({ text }) => text.startsWith('Old'))
    expect(said.map(({ createdAt }) => createdAt)).toEqual([old, T0 + 22_000])
    expect(inSeconds(again)).not.toContainEqual(expect.arrayContaining(['none']))
  })

  it('reads a time that no server can have as now', async () => {
    await using server = await startJetstream()
    const source = createSource([server.url])
    await using followed = followSource(source)
    await server.followed()
    server.append(frame(1e9))
    await followed.has(1)
    const { capturedAt } = followed.batches[0]!.posts[0]!
    expect(Math.abs(Date.now() - capturedAt)).toBeLessThan(60_000)
    expect(followed.batches[0]?.position).toMatchObject({ cursor: capturedAt * 1_000 })
  })

  it.each([
    ['first', '/subscribe?compress=true'],
    ['second', '/xrpc/network.bsky.jetstream.subscribeEvents?compress=true'],
  ])('reads packed frames of the %s version', async (_, path) => {
    const file = new URL('../../fixtures/jetstream-dictionary.bin', import.meta.url).pathname
    const dictionary = readDictionary(file)
    await using server = await startJetstream({ dictionary: dictionary.bytes })
    const source = createJetstreamSource({
      urls: [server.url + path],
      normalize,
      dictionary: path.startsWith('/sub') ? dictionary : null,
      timing: TIMING,
    })
    await using followed = followSource(source)
    await server.followed()
    server.sendRaw(Buffer.from('no frame of zstd'))
    for (const s of range(0, 5)) server.append(frame(s))
    await followed.has(5)
    expect(followed.ids()).toEqual(idsOf(range(0, 5)))
    expect(followed.deadLetters().map(({ reason }) => reason)).toEqual(['not_json'])
  })

  it('does not ask for packed frames of the first version without their dictionary', () => {
    expect(() => createSource(['ws://127.0.0.1/subscribe?compress=true'])).toThrow(
      /TALLYWATCH_JETSTREAM_DICTIONARY/,
    )
  })

  it('leaves a server alone for as long as it asks', async () => {
    await using busy = await startJetstream()
    await using other = await startJetstream()
    busy.refuse(429, { 'Retry-After': '600' })
    const source = createSource([busy.url, other.url])
    await using followed = followSource(source)
    await other.followed()
    other.cut()
    await followed.until(() => other.queries.length === 2)
    expect(busy.refused()).toBe(1)
  })

  it('does not follow a server whose certificate is wrong', async () => {
    await using server = await startJetstream({ tls: await selfSigned() })
    const source = createSource([server.url])
    await using followed = followSource(source)
    await followed.until(() => source.status().state === 'unreachable')
    expect(source.status().detail).toMatch(/self-signed certificate/)
    expect(server.connections()).toBe(0)
  })
})
