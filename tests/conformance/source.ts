/**
 * What every live source must do, whatever its server does to it. An adapter is tried by giving a `SourceHarness`: how to
 * make the source, and a server of its own that can be told to misbehave. See docs/sources.md.
 *
 * After each fault every post that the server had is there once, or its loss is told as coverage that is not complete.
 */
import { describe, expect, test } from 'vitest'
import { constantFrom, json, nat, oneof, sample, string, tuple, type Arbitrary } from 'fast-check'
import { coverageSchema, deadLetterSchema, postSchema } from '../../ingest/contract.ts'
import type { Source } from '../../ingest/sources/source.ts'
import { followSource, type Followed } from '../unit/ingest/sources/follow.ts'

/** The `n`-th post of a test; the harness decides how its network writes it. `at`: epoch ms. */
export interface Given {
  n: number
  at: number
}

export interface SourceServer extends AsyncDisposable {
  /** A new source that follows this server, with short waits (idle after half a second). */
  open(): Source
  /** The server has the post, and sends it to who follows. */
  put(post: Given): void
  /** Sends it again, as it was sent. */
  repeat(post: Given): void
  /** Resolves when somebody follows. */
  followed(): Promise<void>
  /** Cuts the connection in the middle of a frame, an event or an answer. */
  cutInFrame(): void
  /** Says nothing until told otherwise, though it goes on having posts; connections stay. */
  setSilent(silent: boolean): void
  /** Answers with this status; null: serves. */
  refuse(status: number | null, headers?: Readonly<Record<string, string>>): void
  /** Sends something that is no frame of its protocol; resolves when it was sent. */
  sendRaw(text: string): void | Promise<void>
  /** Refuses the source's token, or takes it again; only where the network has tokens. */
  setTokenGood?(good: boolean): void
}

export interface SourceHarness {
  name: string
  start(options?: { tls?: { key: string; cert: string } }): Promise<SourceServer>
  /** The id of a post as the source gives it. */
  idOf(server: SourceServer, n: number): string
  /** A well-formed frame of its protocol, from which malformed ones are made. */
  frame: string
  /** A certificate that nobody vouches for, where the server can be started with one. */
  selfSigned?: () => Promise<{ key: string; cert: string }>
  /** The network has tokens, and the server `setTokenGood`. */
  hasToken?: boolean
}

const FLOOD = 2_000
const FUZZ_RUNS = 150

export function sourceConformance(harness: SourceHarness): void {
  const { name } = harness
  const start: SourceHarness['start'] = (options) => harness.start(options)
  const idOf = (server: SourceServer, n: number) => harness.idOf(server, n)
  const given = (from: number, to: number, at: number): Given[] =>
    Array.from({ length: to - from }, (_, i) => ({ n: from + i, at: at + i }))

  /** Puts posts before the fault, lets it happen, puts more, and looks whether all are there or told as lost. */
  async function expectSurvival(
    fault: (server: SourceServer, source: Source, followed: Followed) => Promise<void>,
  ): Promise<void> {
    await using server = await start()
    const source = server.open()
    await using followed = followSource(source)
    await server.followed()
    const begin = Date.now()
    const first = given(0, 10, begin)
    for (const post of first) server.put(post)
    await followed.has(10)
    await fault(server, source, followed)
    const after = given(1_000, 1_010, Date.now())
    await server.followed()
    for (const post of after) server.put(post)
    await followed.until(() => after.every(({ n }) => followed.ids().includes(idOf(server, n))))
    expectWellFormed(followed)
    for (const { n } of [...first, ...after])
      expect([n, followed.ids().filter((id) => id === idOf(server, n)).length]).toEqual([n, 1])
  }

  /** Posts that the server had and that are not there must lie in a stretch that is told as not wholly seen. */
  function expectHeld(server: SourceServer, followed: Followed, posts: readonly Given[]): void {
    const ids = new Set(followed.ids())
    const gaps = followed.coverage().filter(({ kind }) => kind !== 'complete')
    for (const { n, at } of posts) {
      const told = gaps.some(({ from, to }) => from <= at && at <= to)
      expect([n, ids.has(idOf(server, n)) || told]).toEqual([n, true])
    }
  }

  describe(`${name} as a source`, () => {
    test('gives posts as the contract has them, and says what it does', async () => {
      await using server = await start()
      const source = server.open()
      expect(source.live).toBe(true)
      await using followed = followSource(source)
      await server.followed()
      server.put({ n: 1, at: Date.now() })
      await followed.has(1)
      expectWellFormed(followed)
      expect(followed.ids()).toEqual([idOf(server, 1)])
      expect(source.status()).toMatchObject({ source: source.name, state: 'running' })
      expect(source.status().detail).toMatch(/^[A-Z].*\.$/)
    })

    test('a cut in the middle of a frame loses nothing', () =>
      expectSurvival(async (server, _, followed) => {
        server.cutInFrame()
        const missed = given(10, 20, Date.now())
        for (const post of missed) server.put(post)
        await followed.until(() => missed.every(({ n }) => followed.ids().includes(idOf(server, n))))
      }))

    test('silence is noticed, and what the server had meanwhile comes or is told as lost', () =>
      expectSurvival(async (server, source, followed) => {
        server.setSilent(true)
        const missed = given(20, 30, Date.now())
        for (const post of missed) server.put(post)
        await followed.until(() => source.status().state !== 'running')
        server.setSilent(false)
        await followed.until(() => missed.every(({ n }) => followed.ids().includes(idOf(server, n))))
        expectHeld(server, followed, missed)
      }))

    test('a flood is taken whole', () =>
      expectSurvival(async (server, _, followed) => {
        for (const post of given(100, 100 + FLOOD / 2, Date.now())) server.put(post)
        await followed.has(10 + FLOOD / 2)
      }))

    test('what comes twice, as after a duplicate day, is given once', () =>
      expectSurvival(async (server, _, followed) => {
        const before = followed.duplicates()
        for (const post of given(0, 10, Date.now() - 1_000)) server.repeat(post)
        await followed.until(() => followed.duplicates() >= before + 10)
        // Everything that was received is one of these, and a sign of life is nothing.
        const received = followed.batches.reduce((sum, batch) => sum + batch.received, 0)
        expect(received).toBe(followed.posts().length + followed.duplicates() + followed.deadLetters().length)
      }))

    test('time that runs backwards stops nothing', () =>
      expectSurvival(async (server, _, followed) => {
        const back = given(200, 210, Date.now() - 3_600_000)
        for (const post of back) server.put(post)
        await followed.until(() => back.every(({ n }) => followed.ids().includes(idOf(server, n))))
      }))

    test.each([429, 503])('an answer of %i is waited out, and nothing is lost', (status) =>
      expectSurvival(async (server, source, followed) => {
        server.refuse(status, { 'Retry-After': '1' })
        server.cutInFrame()
        const missed = given(40, 45, Date.now())
        for (const post of missed) server.put(post)
        await followed.until(() => {
          const { state, detail } = source.status()
          return state === 'unreachable' && detail.includes(String(status))
        })
        server.refuse(null)
        await followed.until(() => missed.every(({ n }) => followed.ids().includes(idOf(server, n))))
      }),
    )

    test('malformed frames of every kind are set aside, and the stream goes on', () =>
      expectSurvival(async (server) => {
        const broken = oneof(string(), json(), mutated(harness.frame), misshapen(harness.frame))
        for (const text of sample(broken, { numRuns: FUZZ_RUNS, seed: 7 })) {
          await server.followed()
          await server.sendRaw(text)
        }
      }))

    test('ends at once when it is told to', async () => {
      await using server = await start()
      const followed = followSource(server.open())
      await server.followed()
      const before = performance.now()
      await followed[Symbol.asyncDispose]()
      expect(performance.now() - before).toBeLessThan(2_000)
    })

    test('goes on from its position after a restart', async () => {
      await using server = await start()
      let position: unknown = null
      {
        await using followed = followSource(server.open())
        await server.followed()
        for (const post of given(0, 5, Date.now())) server.put(post)
        await followed.has(5)
        position = JSON.parse(JSON.stringify(followed.batches.at(-1)?.position))
      }
      const missed = given(5, 10, Date.now())
      for (const post of missed) server.put(post)
      await using again = followSource(server.open(), position)
      await again.until(() => missed.every(({ n }) => again.ids().includes(idOf(server, n))))
      expectHeld(server, again, missed)
    })

    test.each(harness.hasToken === true ? [401] : [])(
      'a token that expired is told (%i), and nothing is lost',
      (status) =>
        expectSurvival(async (server, source, followed) => {
          server.setTokenGood!(false)
          server.cutInFrame()
          const missed = given(60, 65, Date.now())
          for (const post of missed) server.put(post)
          await followed.until(() => source.status().detail.includes(String(status)))
          server.setTokenGood!(true)
          await followed.until(() => missed.every(({ n }) => followed.ids().includes(idOf(server, n))))
        }),
    )

    test.each(harness.selfSigned === undefined ? [] : [harness.selfSigned])(
      'a server whose certificate nobody vouches for is not followed',
      async (selfSigned) => {
        await using server = await start({ tls: await selfSigned() })
        const source = server.open()
        await using followed = followSource(source)
        await followed.until(() => source.status().state === 'unreachable')
        expect(source.status().detail).toMatch(/certificate/)
        expect(followed.ids()).toEqual([])
      },
    )
  })
}

/** A frame of which a piece is cut out, doubled, or another character. */
function mutated(frame: string): Arbitrary<string> {
  const at = nat({ max: frame.length })
  return tuple(at, at, constantFrom('', '"', '}', '[', 'null', '-1', '\\u0000', '{}')).map(([a, b, put]) => {
    const [from, to] = [Math.min(a, b), Math.max(a, b)]
    return frame.slice(0, from) + put + frame.slice(to)
  })
}

/** What a field may hold in place of what its protocol says. */
const WRONG: readonly unknown[] = [
  undefined,
  null,
  true,
  -1,
  1e300,
  '',
  '\u0000',
  'x'.repeat(20_000),
  [],
  [null],
  {},
  { $type: 'none' },
  '9999-99-99T99:99:99Z',
]

/** A frame that is JSON, in which one field of its shape is missing or of another kind, at any depth. */
function misshapen(frame: string): Arbitrary<string> {
  let value: unknown
  try {
    value = JSON.parse(frame)
  } catch {
    // Not JSON: its text is mutated instead.
    return mutated(frame)
  }
  const paths = pathsOf(value)
  return tuple(constantFrom(...paths), constantFrom(...WRONG)).map(([path, wrong]) =>
    JSON.stringify(replaced(value, path, wrong)),
  )
}

/** A payload may be JSON within a text, as Mastodon's is. */
function innerOf(value: unknown): { inner: unknown; isText: boolean } {
  if (typeof value !== 'string' || !value.startsWith('{')) return { inner: value, isText: false }
  return { inner: JSON.parse(value), isText: true }
}

function pathsOf(value: unknown): string[][] {
  const { inner } = innerOf(value)
  if (typeof inner !== 'object' || inner === null) return []
  return Object.entries(inner).flatMap(([name, one]) => [
    [name],
    ...pathsOf(one).map((rest) => [name, ...rest]),
  ])
}

function replaced(value: unknown, [name, ...rest]: readonly string[], wrong: unknown): unknown {
  const { inner, isText } = innerOf(value)
  const old = (inner as Record<string, unknown>)[name!]
  const next = { ...(inner as object), [name!]: rest.length === 0 ? wrong : replaced(old, rest, wrong) }
  return isText ? JSON.stringify(next) : next
}

function expectWellFormed(followed: Followed): void {
  for (const post of followed.posts()) postSchema.parse(post)
  for (const letter of followed.deadLetters()) deadLetterSchema.parse(letter)
  for (const { from, to, ...rest } of followed.coverage()) {
    coverageSchema.parse({ from, to, ...rest })
    expect(to).toBeGreaterThan(from)
  }
  const received = followed.batches.reduce((sum, batch) => sum + batch.received, 0)
  expect(received).toBeGreaterThanOrEqual(followed.posts().length)
}
