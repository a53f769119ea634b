import { describe, expect, it } from 'vitest'
import { createJetstreamSource } from '../../../../ingest/sources/jetstream.ts'
import type { Source, SourceBatch } from '../../../../ingest/sources/source.ts'
import { readDictionary } from '../../../../ingest/sources/jetstream/unpack.ts'
import { selfSigned } from '../../../services/certificate.ts'
import { startJetstream, type Frame } from '../../../services/jetstream.ts'
import { followSource, TIMING, type Followed } from './follow.ts'
import { normalize } from './read.ts'

const T0 = Date.UTC(2024, 10, 6, 3, 0)

/** The post of second `s`. */
function frame(s: number): Frame {
  const at = Math.round(T0 + s * 1_000)
  return {
    did: 'did:plc:voter',
    time_us: at * 1_000,
    kind: 'commit',
    commit: {
      operation: 'create',
      collection: 'app.bsky.feed.post',
      rkey: `r${s}`,
      cid: `bafy${s}`,
      record: { text: `Second ${s} of the count`, createdAt: new Date(at - 500).toISOString() },
    },
  }
}

/** What became, at second `s`, of the post of second `of`. */
function changed(s: number, operation: 'update' | 'delete', of: number): Frame {
  const { commit, ...rest } = frame(of)
  const { rkey, collection, ...content } = commit as Record<string, unknown>
  const record = operation === 'update' ? { ...content, cid: 'bafyedited' } : { rev: '3lgone' }
  return { ...rest, time_us: (T0 + s * 1_000) * 1_000, commit: { ...record, operation, collection, rkey } }
}

function idsOf(seconds: readonly number[]): string[] {
  return seconds.map((s) => `bluesky:did:plc:voter/r${s}`)
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}

function createSource(urls: readonly string[], timing: Partial<typeof TIMING> = {}): Source {
  return createJetstreamSource({ urls, normalize, random: () => 0, timing: { ...TIMING, ...timing } })
}

/** Coverage in seconds since T0. */
function inSeconds({ coverage }: Followed) {
  return coverage().map(({ kind, from, to }) => [kind, (from - T0) / 1_000, (to - T0) / 1_000])
}

async function nextTurn(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
}

describe('the Bluesky source', () => {
  it('follows what is posted and reposted, captured when the server saw it', async () => {
    await using server = await startJetstream()
    const source = createSource([server.url])
    await using followed = followSource(source)
    await server.followed()
    server.append(frame(0))
    server.append({ did: 'did:plc:voter', time_us: T0 * 1_000 + 1, kind: 'identity' })
    await followed.has(1)
    expect(followed.batches[0]?.posts[0]).toMatchObject({
      id: 'bluesky:did:plc:voter/r0',
      source: 'bluesky',
      createdAt: T0 - 500,
      capturedAt: T0,
    })
    expect(server.queries[0]?.getAll('wantedCollections')).toEqual([
      'app.bsky.feed.post',
      'app.bsky.feed.repost',
    ])
    expect(server.queries[0]?.get('cursor')).toBeNull()
    expect(source.status().state).toBe('running')
    expect(source.status().detail).toContain('127.0.0.1')
  })

  it('gives every post once across cuts, those too that came while it was cut', async () => {
    await using server = await startJetstream()
    await using followed = followSource(createSource([server.url]))
    await server.followed()
    for (const s of range(0, 300)) {
      if (s % 60 === 59) {
        server.cut()
        for (const missed of [s + 0.1, s + 0.2, s + 0.3]) server.keep(frame(missed))
        await followed.until(() => server.connections() === 1)
      }
      server.append(frame(s))
    }
    await followed.has(300 + 5 * 3)
    const ids = followed.ids()
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(expect.arrayContaining(idsOf(range(0, 300))))
    expect(inSeconds(followed).map(([kind]) => kind)).not.toContain('none')
  })

  it('tells the gap that a server leaves which lost what it had', async () => {
    await using server = await startJetstream()
    await using followed = followSource(createSource([server.url]))
    await server.followed()
    for (const s of range(0, 10)) server.append(frame(s))
    await followed.has(10)
    server.cut()
    server.forget((T0 + 7_000) * 1_000)
    await followed.until(() => server.queries.length === 2 && server.connections() === 1)
    for (const s of range(40, 150)) server.append(frame(s))
    await followed.has(120)
    expect(inSeconds(followed)).toEqual([
      ['complete', 0, 9],
      ['none', 9, 40],
      ['complete', 40, 100],
    ])
    expect(followed.ids()).toEqual(idsOf([...range(0, 10), ...range(40, 150)]))
  })

  it('resumes from its position, 5 s earlier', async () => {
    await using server = await startJetstream()
    for (const s of range(0, 20)) server.keep(frame(s))
    let position: unknown = null
    {
      await using followed = followSource(createSource([server.url]))
      await server.followed()
      server.append(frame(20))
      await followed.has(1)
      position = JSON.parse(JSON.stringify(followed.batches.at(-1)?.position))
    }
    server.keep(frame(21))
    await using again = followSource(createSource([server.url]), position)
    await again.has(7)
    expect(server.queries.at(-1)?.get('cursor')).toBe(String((T0 + 15_000) * 1_000))
    expect(again.ids()).toEqual(idsOf(range(15, 22)))
    expect(position).toMatchObject({ cursor: (T0 + 20_000) * 1_000 })
  })

  it('sets malformed frames aside and goes on', async () => {
    await using server = await startJetstream()
    await using followed = followSource(createSource([server.url]))
    await server.followed()
    server.sendRaw('{"did":')
    server.sendRaw('[1]')
    server.sendRaw('{"hello":true}')
    const broken = frame(1)
    server.append({ ...broken, commit: { ...broken.commit, record: 'none' } })
    server.append(frame(2))
    await followed.has(1)
    expect(followed.deadLetters().map(({ reason }) => reason)).toEqual([
      'not_json',
      'not_json',
      'unknown_shape',
      'invalid_record',
    ])
    expect(followed.batches.reduce((sum, batch) => sum + batch.received, 0)).toBe(5)
  })

  it('leaves a server that falls silent, for the next one', async () => {
    await using silent = await startJetstream()
    await using server = await startJetstream()
    silent.setSilent(true)
    server.append(frame(1))
    const source = createSource([silent.url, server.url], { idleMs: 200 })
    await using followed = followSource(source)
    await server.followed()
    server.append(frame(2))
    await followed.has(1)
    expect(followed.ids()).toEqual(idsOf([2]))
  })

  it('says that it cannot reach the stream, and keeps trying', async () => {
    await using server = await startJetstream()
    server.refuse(503)
    const source = createSource([server.url], { maxRetryMs: 100 })
    await using followed = followSource(source)
    await followed.until(() => source.status().state === 'unreachable')
    expect(source.status().detail).toMatch(
      /^Bluesky's public stream cannot be reached \(127\.0\.0\.1:\d+: Unexpected server response: 503\)\. Trying again in 1 s\.$/,
    )
    server.refuse(null)
    await followed.until(() => source.status().state === 'running')
    server.append(frame(1))
    await followed.has(1)
  })

  it('asks for nothing that a server refuses', async () => {
    await using server = await startJetstream()
    const source = createSource([`${server.url}/subscribe?wantedCollections=not%20one`])
    await using followed = followSource(source)
    await followed.until(() => source.status().detail.includes('response: 400'))
    expect(server.queries).toEqual([])
  })

  it('reads no further than its consumer asks, but for a bound, and then all of it', async () => {
    await using server = await startJetstream()
    const count = 12_000
    const filler = 'and so on '.repeat(220)
    const abort = new AbortController()
    const batches = createSource([server.url]).read(null, abort.signal)[Symbol.asyncIterator]()
    const first = batches.next()
    await server.followed()
    for (const s of range(0, count)) {
      const { commit, ...rest } = frame(s)
      server.append({ ...rest, time_us: (T0 + s) * 1_000, commit: { ...commit, filler } })
      // A turn for the sockets, so that what waits is written piece by piece.
      if (s % 100 === 0) await nextTurn()
    }
    const ids: string[] = []
    const take = (batch: IteratorResult<SourceBatch>) => {
      if (batch.done !== true) ids.push(...batch.value.posts.map((post) => post.id))
    }
    take(await first)
    // Until nothing moves any more: everything would have been taken in, were it not for the bound.
    let waiting = server.buffered()
    for (let before = -1; before !== waiting; waiting = server.buffered()) {
      before = waiting
      await new Promise((resolve) => {
        setTimeout(resolve, 300)
      })
    }
    expect(waiting).toBeGreaterThan(1_000_000)
    while (ids.length < count) take(await batches.next())
    expect(ids).toEqual(idsOf(range(0, count)))
    abort.abort()
    expect((await batches.next()).done).toBe(true)
  })

  it('ends at once when it is told to, while it waits for a server too', async () => {
    const source = createSource(['ws://127.0.0.1:9'], { firstRetryMs: 60_000, maxRetryMs: 60_000 })
    const followed = followSource(source)
    await followed.until(() => source.status().state === 'unreachable')
    const before = performance.now()
    await followed[Symbol.asyncDispose]()
    expect(performance.now() - before).toBeLessThan(2_000)
  })

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

  it('does not follow a public host without TLS', () => {
    expect(() => createSource(['ws://jetstream.example'])).toThrow(/Use wss/)
  })
})
