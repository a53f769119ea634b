/** Which minutes changed since they were sealed. */
import { ONE_THREAD, param, sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import { newestVersion, VISIBLE_AFTER_MS } from './progress.ts'

/** After a start, also what was stored while nobody sealed, though the clocks of two machines differ by this much. */
const CLOCK_SKEW_MS = 300_000
/** Rows are compared by stretches of this length of the time when they were stored. */
const STRETCH_MS = 5_000

export interface Asked {
  /** When was asked last, the store's clock, epoch ms; null: since minutes were sealed last. */
  since: number | null
  /** That clock now: one that was set back bears earlier times than those it bore before. */
  readAt: number
  /** The last minute that is sealed, since the epoch; null: none is. */
  last: number | null
  /** The last minute that will be sealed before the next asking; at least `last`. */
  through: number
}

export interface Dirty {
  /** Minutes that got posts. */
  seen: number[]
  /** Those of them in which what carries a narrative may have changed, and with it who was heard before. */
  told: number[]
}

interface Cell {
  minute: number
  stretch: number
  /** Another one whenever a row came. */
  posts: string
}

/** Minutes of which is remembered what they told: a week's. */
const TOLD_MAX = 10_080

/**
 * Gives `readDirty(asked)`: the minutes up to `last` that got posts since, in order. What was there when it was asked last is
 * known: whoever asks counts these minutes, and seals those up to `through`, before the next asking, or asks with `since`
 * null.
 */
export function createDirtyReader(store: Store): (asked: Asked) => Promise<Dirty> {
  let known = new Map<string, string>()
  const toldBy = new Map<number, string>()

  /** Of these minutes, those that told something else when they were looked at last, or were not. */
  async function findTold(minutes: readonly number[]): Promise<number[]> {
    if (minutes.length === 0) return []
    const rows = await store.query<{ minute: number; posts: string }>(sql`
      SELECT minute, toString(sum(cityHash64(post, stored_at))) AS posts FROM posts
      WHERE minute IN ${param.minutes(minutes)} GROUP BY minute ${ONE_THREAD}`)
    const postsOf = new Map(rows.map(({ minute, posts }) => [minute, posts]))
    if (toldBy.size > TOLD_MAX) toldBy.clear()
    return minutes.filter((minute) => {
      const posts = postsOf.get(minute) ?? ''
      const changed = toldBy.get(minute) !== posts
      toldBy.set(minute, posts)
      return changed
    })
  }

  return async function readDirty({ since, readAt, last, through }) {
    const from =
      since === null
        ? Math.min(await newestVersion(store), readAt) - CLOCK_SKEW_MS
        : Math.min(since, readAt) - VISIBLE_AFTER_MS
    const whole = Math.max(0, Math.floor(from / STRETCH_MS)) * STRETCH_MS
    const cells = await store.query<Cell>(sql`
      SELECT minute, toUInt32(intDiv(toUnixTimestamp64Milli(stored_at), ${param.int(STRETCH_MS)})) AS stretch,
        toString(sum(cityHash64(post, stored_at))) AS posts
      FROM seen
      WHERE stored_at >= fromUnixTimestamp64Milli(${param.int(whole)}) AND minute <= ${param.int(through)}
      GROUP BY minute, stretch ${ONE_THREAD}`)
    const before = since === null ? new Map<string, string>() : known
    known = new Map(cells.map(({ minute, stretch, posts }) => [`${minute} ${stretch}`, posts]))
    const dirty = new Set<number>()
    for (const { minute, stretch, posts } of cells)
      if (last !== null && minute <= last && before.get(`${minute} ${stretch}`) !== posts) dirty.add(minute)
    if (since === null) toldBy.clear()
    const seen = [...dirty].sort((a, b) => a - b)
    return { seen, told: await findTold(seen) }
  }
}
