import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openPositions } from '../../../../ingest/topic/positions.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'tallywatch-positions-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

test('many saves at once end with the newest of each source', async () => {
  const positions = await openPositions(dir, 'posts')
  const saves = Array.from({ length: 200 }, (_, at) => positions.save(`source-${at % 3}`, { at }))
  await Promise.all(saves)
  const content = JSON.parse(await readFile(path.join(dir, 'posts.positions.json'), 'utf8'))
  expect(content.positions).toEqual({
    'source-0': { at: 198 },
    'source-1': { at: 199 },
    'source-2': { at: 197 },
  })
})

test('a save is on the disk when it resolves, also one that waited for another', async () => {
  const positions = await openPositions(dir, 'posts')
  const onDisk = async () =>
    JSON.parse(await readFile(path.join(dir, 'posts.positions.json'), 'utf8')).positions.a
  const first = positions.save('a', 1)
  const second = positions.save('a', 2)
  await first
  expect(await onDisk()).toBeGreaterThanOrEqual(1)
  await second
  expect(await onDisk()).toBe(2)
})

test('each opening counts as a run', async () => {
  for (const run of [0, 1, 2]) {
    const positions = await openPositions(dir, 'posts')
    expect(positions.run).toBe(run)
    await positions.close()
  }
})

test('a half-written file of a crash is not in the way', async () => {
  const before = await openPositions(dir, 'posts')
  await before.save('a', 1)
  await before.close()
  await writeFile(path.join(dir, 'posts.positions.json.partial'), '{"runs": 7, "posi')
  const after = await openPositions(dir, 'posts')
  expect(after.load('a')).toBe(1)
  expect(await readdir(dir)).toEqual(['posts.positions.json'])
})

test('a save that cannot be written is told, and the next one is tried again', async () => {
  const positions = await openPositions(dir, 'posts')
  await rm(dir, { recursive: true })
  await expect(positions.save('a', 1)).rejects.toThrow(/ENOENT/)
  await writeFile(dir, 'a file where the folder was')
  await expect(positions.save('a', 2)).rejects.toThrow(/ENOTDIR/)
  await positions.close()
})

test('a folder is made when it is missing', async () => {
  const deep = path.join(dir, 'data', 'positions')
  const positions = await openPositions(deep, 'posts')
  await positions.save('a', 1)
  expect(await readdir(deep)).toEqual(['posts.positions.json'])
})
