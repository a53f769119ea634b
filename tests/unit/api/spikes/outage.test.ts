/** A night that is replayed, in which the source that has most of a narrative is cut off for an hour and a half. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LiveEvent, Spike } from '../../../../api/contract.ts'
import { createDetector } from '../../../../api/spikes/detect/create-detector.ts'
import { startWatcher, type Watcher } from '../../../../api/spikes/watcher.ts'
import { FLAGGED_NARRATIVES } from '../../../../classify/contract.ts'
import type { Row, Store } from '../../../../classify/store/store.ts'
import { hash64 } from '../../../../ingest/base/hash.ts'
import { MINUTE, NIGHT, openTestStore, postRow, tempDir } from '../support.ts'
import { POST_COLUMNS } from '../../../../classify/rows.ts'

const GONE = 180
const BACK = 270
const MINUTES = 330
const WAIT = { timeout: 60_000, interval: 100 }
const SLOW = 120_000

let dir: Awaited<ReturnType<typeof tempDir>>
let store: Store
let watcher: Watcher | null = null
let saved: { spikes: Map<string, Spike>; events: LiveEvent[]; sealedThrough: number | null }

beforeEach(async () => {
  dir = await tempDir()
  store = await openTestStore(dir.path)
  saved = { spikes: new Map(), events: [], sealedThrough: null }
})
afterEach(async () => {
  await watcher?.stop()
  watcher = null
  await store.close()
  await dir.remove()
})

/** Sixty posts a minute from either source; half of the larger one say that machines fail. */
async function storeNight(): Promise<void> {
  const seen: Row[] = []
  const posts: Row[] = []
  for (let at = 0; at < MINUTES; at++) {
    const claims = { small: at % 3 === 0 ? 1 : 0, large: at < GONE || at >= BACK ? 30 : null }
    for (const [source, claiming] of Object.entries(claims)) {
      if (claiming === null) continue
      for (let i = 0; i < 60; i++) {
        const id = `${source}:${at}/${i}`
        seen.push([NIGHT / MINUTE + at, hash64(id), source, true, ['US']])
        const text = `the scanner is broken, says ${id}`
        if (i < claiming) posts.push(postRow({ id, at, text, author: `author of ${id}` }))
      }
    }
  }
  await store.insert('seen', ['minute', 'post', 'source', 'election', 'counted_places'], seen)
  await store.insert('posts', POST_COLUMNS, posts)
  const watermark = NIGHT + MINUTES * MINUTE + 30_000
  await store.insert('progress', ['partition', 'watermark', 'lag'], [[0, watermark, 0]])
}

/** As the source tells it once it is back. */
async function storeCoverage(): Promise<void> {
  const at = (minute: number): number => NIGHT + minute * MINUTE
  const rows = [
    ['small', at(0), at(MINUTES), 'complete', 1],
    ['large', at(0), at(GONE), 'complete', 1],
    ['large', at(GONE), at(BACK), 'none', 0],
    ['large', at(BACK), at(MINUTES), 'complete', 1],
  ]
  await store.insert('coverage', ['source', 'from_at', 'to_at', 'kind', 'share'], rows)
}

function watch(): Watcher {
  watcher = startWatcher({
    store,
    desk: {
      loadWatch: async () => ({ spikes: [...saved.spikes.values()], sealedThrough: saved.sealedThrough }),
      async saveWatch({ spikes, events, sealedThrough }) {
        for (const spike of spikes) saved.spikes.set(spike.id, spike)
        saved.events.push(...events)
        saved.sealedThrough = sealedThrough
      },
    },
    live: false,
    partitionCount: 1,
    narratives: [...FLAGGED_NARRATIVES],
    createDetector: (snapshot) => createDetector({ stepSeconds: 60, hierarchical: true }, snapshot),
    readLag: async () => 0,
    placeName: (place) => place,
    now: Date.now,
    onError: (error) => expect.unreachable(String(error)),
  })
  return watcher
}

const sealed = (): Promise<void> =>
  vi.waitFor(() => expect(saved.sealedThrough).toBe(NIGHT + MINUTES * MINUTE), WAIT)
const told = (): unknown[] =>
  [...saved.spikes.values()].map(({ onset, phase }) => [(onset - NIGHT) / MINUTE, phase])

test(
  'its return is no spike',
  async () => {
    await storeNight()
    await storeCoverage()
    watch()
    await sealed()
    expect(told()).toEqual([])
  },
  SLOW,
)

test(
  'a gap that is told late withdraws what the return had raised, and the charts are told from where on',
  async () => {
    await storeNight()
    watch()
    await sealed()
    expect(told()).toEqual([[BACK, expect.stringMatching(/open|growing|peaked/)]])
    await storeCoverage()
    await vi.waitFor(() => expect(told()).toEqual([[BACK, 'withdrawn']]), WAIT)
    const again = { from: NIGHT + GONE * MINUTE, to: NIGHT + MINUTES * MINUTE, corrected: true }
    expect(saved.events).toContainEqual({ type: 'sealed', ...again })
  },
  SLOW,
)

test(
  'a gap that is told after the night is seen when the night is settled, and after a restart',
  async () => {
    await storeNight()
    const first = watch()
    await sealed()
    expect(saved.spikes.size).toBe(1)
    await first.stop()
    await storeCoverage()
    await watch().settle()
    expect(told()).toEqual([[BACK, 'withdrawn']])
  },
  SLOW,
)
