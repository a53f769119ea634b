import { describe, expect, it } from 'vitest'
import { createJetstreamSource } from '../../../../ingest/sources/jetstream.ts'
import type { SourceBatch } from '../../../../ingest/sources/source.ts'
import { startJetstream } from '../../../services/jetstream.ts'
import { followSource, TIMING } from './follow.ts'
import { createSource, frame, idsOf, inSeconds, range, T0 } from './jetstream-frames.ts'
import { normalize } from './read.ts'

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

  it('is not misled by a server that begins its replay long before what was asked for', async () => {
    await using server = await startJetstream({ replaysAll: true })
    for (const s of range(0, 600)) server.keep(frame(s))
    const position = {
      cursor: (T0 + 599_000) * 1_000,
      anchor: 'create did:plc:voter/app.bsky.feed.post/r599 bafy599',
      coveredTo: T0 + 599_000,
    }
    await using followed = followSource(createSource([server.url]), position)
    await server.followed()
    for (const s of range(600, 700)) server.append(frame(s))
    await followed.has(700)
    expect(inSeconds(followed)).toEqual([['complete', 599, 659]])
    expect(followed.batches.at(-1)?.position).toMatchObject({ cursor: (T0 + 699_000) * 1_000 })
  })

  it('misses nothing of what comes while it is cut before the first post', async () => {
    await using server = await startJetstream()
    const source = createJetstreamSource({
      urls: [server.url],
      normalize,
      wallClock: () => T0,
      timing: TIMING,
    })
    await using followed = followSource(source)
    await server.followed()
    server.cut()
    server.keep(frame(1))
    await followed.has(1)
    expect(followed.ids()).toEqual(idsOf([1]))
  })

  it('gives posts their own times though this machine’s clock is set back, and where it starts anew then', async () => {
    await using server = await startJetstream()
    let clock = T0 + 10_000
    const wallClock = () => clock
    const source = createJetstreamSource({ urls: [server.url], normalize, wallClock, timing: TIMING })
    const times = new Map<string, unknown>()
    let position: unknown = null
    for (const [from, to] of [
      [0, 10],
      [10, 20],
      [20, 30],
    ] as const) {
      await using followed = followSource(source, position)
      await server.followed()
      for (const s of range(from, to)) server.append(frame(s))
      await followed.until(() => followed.ids().includes(idsOf([to - 1])[0]!))
      if (from === 0) {
        clock -= 3_600_000
        server.append(frame(to))
        await followed.until(() => followed.ids().includes(idsOf([to])[0]!))
      }
      for (const { id, createdAt, capturedAt, marks } of followed.posts())
        times.set(id, { createdAt, capturedAt, marks })
      expect(inSeconds(followed).map(([kind]) => kind)).not.toContain('none')
      position = followed.batches.at(-1)!.position
    }
    const ownTimes = range(0, 30).map((s) => {
      const at = T0 + s * 1_000
      return { createdAt: at - 500, capturedAt: at, marks: [] }
    })
    expect([...times.values()]).toEqual(ownTimes)
  })

  it('stays with a lone server that has nothing to say, but not for ever', async () => {
    await using server = await startJetstream()
    const source = createSource([server.url], { idleMs: 200 })
    await using followed = followSource(source)
    await server.followed()
    await new Promise((resolve) => {
      setTimeout(resolve, 1_000)
    })
    expect(server.queries).toHaveLength(1)
    expect(source.status().state).toBe('running')
    await followed.until(() => server.queries.length === 2)
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

  it('does not follow a public host without TLS', () => {
    expect(() => createSource(['ws://jetstream.example'])).toThrow(/Use wss/)
  })
})
