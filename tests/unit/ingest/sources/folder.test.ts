import { appendFile, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { unpack } from '../../../../api/boot/unpack.ts'
import type { DeadLetter, Post } from '../../../../ingest/contract.ts'
import { createFolderSource, type FolderSourceOptions } from '../../../../ingest/sources/folder.ts'
import { SourceError, type Position } from '../../../../ingest/sources/source.ts'
import { jsonLines, normalize } from './read.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-drop-'))
})
afterEach(async () => rm(folder, { recursive: true }))

const put = (name: string, content: string | Uint8Array): Promise<void> =>
  writeFile(join(folder, name), content)
const record = (id: string): unknown => ({ id, text: `words of ${id}`, date: '2026-11-04T01:00:00Z' })

interface Watching {
  posts: Post[]
  deadLetters: DeadLetter[]
  /** After each batch. */
  positions: Position[]
  detail(): string
  stop(): Promise<void>
}

/** Watches until stopped; `kill` ends it after so many batches, as a crash would: what was given then is all. */
function watch(
  position: Position = null,
  options: Partial<FolderSourceOptions> = {},
  kill = Infinity,
): Watching {
  const source = createFolderSource({ path: folder, normalize, lookEveryMs: 10, settleMs: 60, ...options })
  const stopping = new AbortController()
  const seen: Watching = {
    posts: [],
    deadLetters: [],
    positions: [],
    detail: () => source.status().detail,
    async stop() {
      stopping.abort()
      await reading
    },
  }
  const reading = (async () => {
    for await (const batch of source.read(position, stopping.signal)) {
      seen.posts.push(...batch.posts)
      seen.deadLetters.push(...batch.deadLetters)
      // As it is saved: later changes must not reach it.
      seen.positions.push(structuredClone(batch.position))
      if (seen.positions.length >= kill) return
    }
  })()
  return seen
}

const prefix = (): string => `folder:${folder.split('/').at(-1)!}/`
const ids = ({ posts }: Pick<Watching, 'posts'>): string[] =>
  posts.map(({ id }) => id.slice(prefix().length)).toSorted()

test('takes JSON lines, CSV and gzip, those that are there and those that come', async () => {
  await put('a.jsonl', jsonLines([record('a1'), record('a2')]))
  await put('b.csv', 'id,text,date\nb1,"some, words",2026-11-04T01:00:00Z\n')
  const watching = watch()
  await expect.poll(() => ids(watching)).toEqual(['a1', 'a2', 'b1'])
  await put('c.jsonl.gz', gzipSync(jsonLines([record('c1')])))
  await expect.poll(() => ids(watching)).toEqual(['a1', 'a2', 'b1', 'c1'])
  expect(watching.posts[0]!.source).toBe(prefix().slice(0, -1))
  await watching.stop()
  // Begun again where it stood, nothing comes twice.
  const again = watch(watching.positions.at(-1))
  await put('d.jsonl', jsonLines([record('d1')]))
  await expect.poll(() => ids(again)).toEqual(['d1'])
  await again.stop()
})

test('a file that is being written waits, and one with a partial name until it is renamed', async () => {
  const watching = watch(null, { settleMs: 300 })
  await put('x.jsonl', jsonLines([record('x1')]).slice(0, 20))
  await put('y.jsonl.part', jsonLines([record('y1')]))
  for (let i = 0; i < 6; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(watching.posts).toEqual([])
    await appendFile(
      join(folder, 'x.jsonl'),
      i === 0 ? jsonLines([record('x1')]).slice(20) : jsonLines([record(`x${i + 1}`)]),
    )
  }
  await expect.poll(() => ids(watching)).toEqual(['x1', 'x2', 'x3', 'x4', 'x5', 'x6'])
  expect(watching.deadLetters).toEqual([])
  await rename(join(folder, 'y.jsonl.part'), join(folder, 'y.jsonl'))
  await expect.poll(() => ids(watching)).toContain('y1')
  await watching.stop()
})

test('one that has grown is read on; one that is renamed or copied brings the same ids', async () => {
  await put('log.jsonl', jsonLines([{ text: 'no id', date: '2026-11-04T01:00:00Z' }]))
  const watching = watch()
  await expect.poll(() => watching.posts.length).toBe(1)
  await appendFile(join(folder, 'log.jsonl'), jsonLines([record('more')]))
  await expect.poll(() => watching.posts.length).toBe(2)
  await rename(join(folder, 'log.jsonl'), join(folder, 'log-1.jsonl'))
  await expect.poll(() => watching.posts.length).toBe(4)
  expect(new Set(ids(watching)).size).toBe(2)
  await watching.stop()
})

test('killed after any batch, the posts are the same once it goes on', async () => {
  const all = Array.from({ length: 9_000 }, (_, i) => record(`k${i}`))
  await put('1.jsonl', jsonLines(all.slice(0, 5_000)))
  await put('2.jsonl.gz', gzipSync(jsonLines(all.slice(5_000))))
  let position: Position = null
  const posts = new Set<string>()
  for (let run = 0; run < 20 && posts.size < all.length; run++) {
    const watching = watch(position, {}, 2)
    await expect.poll(() => watching.positions.length).toBe(2)
    for (const { id } of watching.posts) posts.add(id)
    // Every other time the second batch was not yet durable when the process died: it comes again.
    position = watching.positions[run % 2]
  }
  expect(posts.size).toBe(all.length)
}, 60_000)

test('a file that cannot be read is set aside with the reason, and the others go on', async () => {
  await put('1.csv', 'colour,size\nred,3\n')
  await put('2.jsonl', `${jsonLines([record('ok')])}{"id":"broken\n`)
  await put('3.xlsx', Buffer.from('504b0304', 'hex'))
  const watching = watch()
  await expect.poll(() => watching.deadLetters.length).toBe(3)
  expect(ids(watching)).toEqual(['ok'])
  expect(watching.deadLetters.map(({ id }) => id.replace(/-[0-9a-f]{24}$/, '')).toSorted()).toEqual(
    ['1.csv', '2.jsonl#L2', '3.xlsx'].map((name) => prefix() + name),
  )
  await expect.poll(() => watching.detail()).toMatch(/3 files taken.*could not be read/)
  await watching.stop()
})

test('one that cannot even be looked at is set aside too', async () => {
  await symlink('1.jsonl', join(folder, '1.jsonl'))
  await put('2.jsonl', jsonLines([record('ok')]))
  const watching = watch()
  await expect.poll(() => ids(watching)).toEqual(['ok'])
  await expect.poll(() => watching.deadLetters.map(({ id }) => id)).toEqual([`${prefix()}1.jsonl`])
  await watching.stop()
})

test('one that could not be read is tried again after a while, set aside once, and at the next start', async () => {
  await put('1.jsonl.zst', 'packed')
  let full = true
  const unpacked = { path: join(folder, '.unpacked.jsonl'), close: async () => {} }
  await put('.unpacked.jsonl', jsonLines([record('a')]))
  let tries = 0
  const options: Partial<FolderSourceOptions> = {
    retryMs: 30,
    async unpack() {
      tries += 1
      if (full) throw new SourceError('unreadable', 'No space is left to unpack it.')
      return unpacked
    },
  }
  const watching = watch(null, options)
  await expect.poll(() => tries).toBeGreaterThan(2)
  expect(watching.deadLetters).toHaveLength(1)
  await watching.stop()
  full = false
  const again = watch(watching.positions.at(-1), options)
  await expect.poll(() => ids(again)).toEqual(['a'])
  await expect.poll(() => again.detail()).not.toContain('could not be read')
  await again.stop()
})

test('a folder that is not there is told, and watched once it is', async () => {
  await rm(folder, { recursive: true })
  const watching = watch()
  await expect.poll(() => watching.detail()).toContain('is not there')
  await watching.stop()
  const { mkdir } = await import('node:fs/promises')
  await mkdir(folder)
})

test('zstd and Parquet are read by the engine', async () => {
  await put('z.jsonl', jsonLines([record('z1'), record('z2')]))
  const run = promisify(execFile)
  const script = `const { query } = require('chdb')
    const [folder] = process.argv.slice(1)
    query("INSERT INTO FUNCTION file('" + folder + "/z.csv.zst', LineAsString) SELECT arrayJoin(['id,text,date', 'z3,words,2026-11-04T01:00:00Z']) AS line")
    query("INSERT INTO FUNCTION file('" + folder + "/p.parquet', Parquet) SELECT number + 9007199254740993 AS id, 'of a table' AS text, toDateTime64('2026-11-04 01:00:00', 3, 'UTC') AS created_at FROM numbers(2)")`
  await run(process.execPath, ['-e', script, folder])
  await put('bad.parquet', 'PAR1 and nothing more')
  const watching = watch(null, { unpack })
  await expect.poll(() => watching.deadLetters.length, { timeout: 20_000 }).toBe(1)
  await expect
    .poll(() => ids(watching), { timeout: 20_000 })
    .toEqual(['9007199254740993', '9007199254740994', 'z1', 'z2', 'z3'])
  expect(new Set(watching.posts.map(({ createdAt }) => createdAt))).toEqual(
    new Set([Date.UTC(2026, 10, 4, 1)]),
  )
  expect(watching.deadLetters[0]!.detail).toContain('no Parquet file')
  await watching.stop()
})
