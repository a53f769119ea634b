/** The detector's memory on disk: a start goes on from it, and gives what the minutes themselves would give. */
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Spike } from '../../../../api/contract.ts'
import { createDetector } from '../../../../api/spikes/detect/create-detector.ts'
import { createMemory } from '../../../../api/spikes/memory.ts'
import { startWatcher, type Watcher } from '../../../../api/spikes/watcher.ts'
import { POST_COLUMNS } from '../../../../classify/rows.ts'
import type { Row, Store } from '../../../../classify/store/store.ts'
import { hash64 } from '../../../../ingest/base/hash.ts'
import { MINUTE, NIGHT, openTestStore, postRow, tempDir } from '../support.ts'

const FIRST = NIGHT / MINUTE
const BURST = 200
const WAIT = { timeout: 60_000, interval: 50 }

let dir: Awaited<ReturnType<typeof tempDir>>
let store: Store
let file: string
let watcher: Watcher | null = null
let spikes: Map<string, Spike>
let sealedThrough: number | null
/** Ticks that detectors were given, and errors that were told, since the last start. */
let ticks: number
let errors: string[]

beforeEach(async () => {
  dir = await tempDir()
  store = await openTestStore(dir.path)
  file = join(dir.path, 'detector.json.gz')
  spikes = new Map()
  sealedThrough = null
})
afterEach(async () => {
  await watcher?.stop()
  watcher = null
  await store.close()
  await dir.remove()
})

/** Sixty posts a minute; now and then one says that machines fail, and from `BURST` on twenty do. */
async function storeMinutes(from: number, to: number, tag = ''): Promise<void> {
  const seen: Row[] = []
  const posts: Row[] = []
  for (let at = from; at < to; at++) {
    const claiming = tag !== '' ? 40 : at >= BURST && at < BURST + 30 ? 20 : at % 5 === 0 ? 1 : 0
    for (let i = 0; i < 60; i++) {
      const id = `test:${at}${tag}/${i}`
      seen.push([FIRST + at, hash64(id), 'test', true, ['US']])
      const text = `the scanner is broken, says ${id}`
      if (i < claiming) posts.push(postRow({ id, at, text, author: `author of ${id}` }))
    }
  }
  await store.insert('posts', POST_COLUMNS, posts)
  await store.insert('seen', ['minute', 'post', 'source', 'election', 'counted_places'], seen)
  await store.insert('progress', ['partition', 'watermark', 'lag'], [[0, NIGHT + to * MINUTE + 30_000, 0]])
}

async function start(memory: boolean): Promise<void> {
  ticks = 0
  errors = []
  watcher = startWatcher({
    store,
    desk: {
      loadWatch: async () => ({ spikes: [...spikes.values()], sealedThrough }),
      async saveWatch(change) {
        for (const spike of change.spikes) spikes.set(spike.id, spike)
        sealedThrough = change.sealedThrough
      },
    },
    live: false,
    partitionCount: 1,
    narratives: ['machine_failure'],
    createDetector(snapshot) {
      const detector = createDetector({ stepSeconds: 60, hierarchical: true }, snapshot)
      const tick: typeof detector.tick = (...given) => {
        ticks++
        return detector.tick(...given)
      }
      return { ...detector, tick }
    },
    readLag: async () => 0,
    placeName: (place) => place,
    now: Date.now,
    onError: (error) => errors.push(String(error)),
    ...(memory ? { memory: createMemory(file) } : {}),
  })
}

async function until(minute: number): Promise<void> {
  await vi.waitFor(() => expect(sealedThrough).toBe(NIGHT + minute * MINUTE), WAIT)
}

/** Runs a first process over minutes 0 to 229, and waits until its memory is on disk. */
async function firstRun(): Promise<void> {
  await storeMinutes(0, BURST + 30)
  await start(true)
  await until(BURST + 30)
  await vi.waitFor(async () => expect((await stat(file)).size).toBeGreaterThan(100), WAIT)
  await watcher!.stop()
}

const told = (): unknown[] =>
  [...spikes.values()].sort((a, b) => a.onset - b.onset).map((spike) => ({ ...spike, revision: 0 }))

/** What stands when the minutes themselves are run again, by a desk that was told nothing. */
async function fromMinutes(): Promise<unknown[]> {
  await watcher!.stop()
  const kept = [spikes, sealedThrough] as const
  spikes = new Map()
  await start(false)
  await vi.waitFor(() => expect(spikes.size).toBeGreaterThan(0), WAIT)
  await watcher!.stop()
  const stand = told()
  ;[spikes, sealedThrough] = kept
  return stand
}

test('a start goes on from it: the same spike, told once, and only the minutes since are run', async () => {
  await firstRun()
  const before = told()
  expect(before).toHaveLength(1)
  await storeMinutes(BURST + 30, BURST + 60)
  await start(true)
  await until(BURST + 60)
  expect(errors).toEqual([])
  expect(ticks).toBeLessThanOrEqual(60 + 60)
  expect(spikes.size).toBe(1)
  expect(told()).toEqual(await fromMinutes())
})

test('one that is damaged is told of in one line, and the minutes are run again', async () => {
  await firstRun()
  const whole = await readFile(file)
  for (const damaged of [whole.subarray(0, whole.length / 2), Buffer.from('no gzip')]) {
    await writeFile(file, damaged)
    await storeMinutes(BURST + 30, BURST + 31)
    await start(true)
    await until(BURST + 31)
    expect(errors).toEqual([expect.stringContaining('cannot be read')])
    expect(errors[0]).not.toContain('\n')
    expect(ticks).toBeGreaterThan(BURST)
    expect(told()).toEqual(await fromMinutes())
    sealedThrough = NIGHT + (BURST + 30) * MINUTE
  }
})

test('one that no longer fits the sealed minutes is not believed', async () => {
  await firstRun()
  await copyFile(file, `${file}.old`)
  // Posts of long before come late and are counted; then the memory of before comes back, as from a copy of the disk.
  await storeMinutes(20, 40, 'late')
  await start(true)
  await vi.waitFor(() => expect(spikes.size).toBeGreaterThan(1), WAIT)
  await watcher!.stop()
  await copyFile(`${file}.old`, file)
  await storeMinutes(BURST + 30, BURST + 31)
  await start(true)
  await until(BURST + 31)
  expect(errors).toEqual([])
  expect(ticks).toBeGreaterThan(BURST)
  expect(told()).toEqual(await fromMinutes())
})
