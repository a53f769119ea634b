/**
 * `bench overload`: many times what is carried, for a while; then how long it is until all is judged, and judged again
 * where that was in haste. In the end the same posts, with the same times, come slowly to an empty installation that never
 * hurries: every sealed row and every alarm of the two must be the same.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from '../../../../classify/store/sql.ts'
import type { Store } from '../../../../classify/store/store.ts'
import { FailedError } from '../../command.ts'
import { APART } from './figures.ts'
import { openLive } from './live.ts'
import { SEED, type LoadRunOptions } from './measure-load.ts'
import { removeMade } from './remove.ts'
import { startRoles, type RolesOptions } from './roles.ts'
import { firstClock, isDrained, take, type Sample } from './run.ts'
import { startSender, type Times } from './sent.ts'
import { withStore } from './with-store.ts'

const SAMPLE_MS = 1_000
const MINUTE_MS = 60_000
/** Of the time that the posts take at the rate that is carried, and this long beside: past it the run has failed. */
const PATIENCE_FACTOR = 4
const PATIENCE_S = 600

export interface OverloadOptions extends LoadRunOptions {
  /** So many times `rate` comes in the overload, for `seconds`. */
  times: number
}

export interface Overload {
  offered: number
  sent: number
  /** From the end of the overload until nothing waited, and until all was counted and nothing judged in haste any more; s. */
  recoveredSeconds: number
  settledSeconds: number
  /** The most that waited, at the sender or in the topic; and the most that the status showed as judged in haste. */
  waitingMax: number
  hastyMax: number
  /** By role, MiB: before the overload, and the most. */
  memory: { role: string; before: number; max: number }[]
  rows: number
  alarms: number
  /** What differs from the run without overload; nothing is as it should be. */
  different: string[]
}

/** A spike that stands, by what does not change while it goes on or ends: the minutes (epoch ms) in which it began and was told. */
export interface Alarm {
  id: string
  onset: number
  detected: number
}

interface Played {
  samples: Sample[]
  startedAt: number
  drainedAt: number
  settledAt: number
  waitingMax: number
  hastyMax: number
  alarms: Alarm[]
  /** Minutes that ended by then (epoch ms) were sealed. */
  through: number
}

export async function measureOverload(options: OverloadOptions, signal: AbortSignal): Promise<Overload> {
  const { rate, times, seconds, tell } = options
  const offered = rate * times
  const count = offered * seconds
  tell(`${offered} posts a second for ${seconds} s`)
  const [hurried, inHaste] = await playAndCount(options, 'overload', { rate: offered, count }, signal)
  tell(`the same posts again, ${rate} a second`)
  const same = { from: hurried.startedAt, rate: offered }
  const [slow, calm] = await playAndCount(options, 'calm', { rate, count, times: same }, signal)
  const through = Math.min(hurried.through, slow.through)
  const over = hurried.startedAt + seconds * 1_000
  const [first] = hurried.samples
  return {
    offered,
    sent: count,
    recoveredSeconds: (hurried.drainedAt - over) / 1_000,
    settledSeconds: (hurried.settledAt - over) / 1_000,
    waitingMax: hurried.waitingMax,
    hastyMax: hurried.hastyMax,
    memory: [...first!.uses]
      .filter(([role]) => role !== APART)
      .map(([role, { memoryMib }]) => ({
        role,
        before: memoryMib,
        max: Math.max(...hurried.samples.map(({ uses }) => uses.get(role)?.memoryMib ?? 0)),
      })),
    rows: calm.length,
    alarms: slow.alarms.length,
    different: [
      ...differences(inHaste, calm),
      ...differences(toldBy(through, hurried.alarms), toldBy(through, slow.alarms)),
    ],
  }
}

interface Stream {
  rate: number
  count: number
  /** Without it posts bear the time at which they are due; with it nothing is judged in haste. */
  times?: Times
}

async function playAndCount(
  options: OverloadOptions,
  name: string,
  stream: Stream,
  signal: AbortSignal,
): Promise<[Played, rows: string[]]> {
  const namespace = `bench_${process.pid}_${name}`
  const folder = join(options.folder, name)
  await mkdir(folder, { recursive: true })
  try {
    const played = await play({ ...options, namespace, folder }, stream, signal)
    return [played, await withStore(options, namespace, folder, readSealed)]
  } finally {
    await removeMade({ ...options, namespace, folder })
  }
}

/**
 * Plays on until every post is counted, none waits for a second look, and a minute is told of that ended after that: whoever
 * sealed it had first sealed again all that had changed. That may take longer than any pause that one would dare to name.
 */
async function play(
  options: OverloadOptions & Pick<RolesOptions, 'namespace'>,
  { rate, count, times }: Stream,
  signal: AbortSignal,
): Promise<Played> {
  const sender = await startSender(options.kind, SEED, rate, count, times)
  try {
    const calm = times !== undefined
    const roles = await startRoles({ ...options, source: `bluesky:${sender.url}`, calm })
    const page = openLive(roles.url)
    try {
      await firstClock(page, signal)
      const samples = [await take({ sender, roles, page })]
      sender.start()
      const giveUpAt = performance.now() + (PATIENCE_S + (PATIENCE_FACTOR * count) / options.rate) * 1_000
      let drainedAt: number | null = null
      let settledAt: number | null = null
      while (settledAt === null || page.toldThrough() < settledAt) {
        if (performance.now() > giveUpAt)
          throw new FailedError('the posts of the overload were never all judged and counted')
        await sleep(SAMPLE_MS, undefined, { signal })
        samples.push(await take({ sender, roles, page }))
        const { status } = page.shown.at(-1)!
        const sent = sender.sent().posts
        const drained = sent === count && isDrained({ sender, page })
        if (drained) drainedAt ??= Date.now()
        settledAt = drained && status.posts === count && status.hasty === 0 ? (settledAt ?? Date.now()) : null
        options.tell(`${sent} sent, ${samples.at(-1)!.waiting} wait, ${status.hasty} judged in haste`)
      }
      const waitingMax = Math.max(...samples.map(({ waiting }) => waiting))
      const hastyMax = Math.max(...page.shown.map(({ status }) => status.hasty))
      const { startedAt } = sender.sent()
      const ends = { startedAt: startedAt!, drainedAt: drainedAt!, settledAt }
      const through = page.toldThrough()
      return { samples, ...ends, waitingMax, hastyMax, through, alarms: await readAlarms(roles.url, signal) }
    } finally {
      await page.stop()
      await roles.stop()
    }
  } finally {
    await sender.stop()
  }
}

/** All columns of the sealed rows that hold a post, as text, in order. */
async function readSealed(store: Store): Promise<string[]> {
  const rows = await store.query<{ row: string }>(sql`
    SELECT toString((minute, place, seen, election)) AS row FROM exposure_minutes FINAL WHERE seen > 0
    UNION ALL
    SELECT toString((minute, place, narrative, posts, charted, authors, texts, voices, reports, questions, debunks))
    FROM narrative_minutes FINAL WHERE posts + reports + questions + debunks > 0
    UNION ALL SELECT toString((minute, language, posts)) FROM unjudged_minutes FINAL WHERE posts > 0`)
  return rows.map(({ row }) => row).toSorted()
}

async function readAlarms(url: string, signal: AbortSignal): Promise<Alarm[]> {
  const response = await fetch(`${url}api/spikes`, { signal })
  if (!response.ok) throw new Error(`/api/spikes answered ${response.status}`)
  const { spikes } = (await response.json()) as { spikes: (Alarm & { phase: string })[] }
  return spikes.filter(({ phase }) => phase !== 'withdrawn')
}

/**
 * As text, those that the minutes up to `through` gave. A run that goes on for longer may find more in the same posts: how
 * quiet it was after them is part of what is usual.
 */
export function toldBy(through: number, alarms: readonly Alarm[]): string[] {
  return alarms
    .filter(({ detected }) => detected + MINUTE_MS <= through)
    .map(({ id, onset, detected }) => `${id} from ${onset}, told ${detected}`)
    .toSorted()
}

/** What only one of the two has. */
export function differences(one: readonly string[], other: readonly string[]): string[] {
  const [here, there] = [new Set(one), new Set(other)]
  return [
    ...one.filter((row) => !there.has(row)).map((row) => `with overload only: ${row}`),
    ...other.filter((row) => !here.has(row)).map((row) => `without it only: ${row}`),
  ]
}

const SHOWN_MAX = 20

export function reportOverload(overload: Overload): string {
  const { offered, sent, waitingMax, hastyMax, memory, rows, alarms, different } = overload
  const whole = (value: number): string => Math.round(value).toLocaleString('en-US')
  const lines = [
    `${whole(sent)} posts, ${whole(offered)} a second; at the most ${whole(waitingMax)} waited, and ${whole(hastyMax)} were judged in haste`,
    `all judged ${overload.recoveredSeconds.toFixed(0)} s after the overload, all counted and judged again after ${overload.settledSeconds.toFixed(0)} s`,
    ...memory.map(
      ({ role, before, max }) => `${role}: ${whole(before)} MiB before, ${whole(max)} at the most`,
    ),
    different.length === 0
      ? `the same as without overload: ${whole(rows)} sealed rows, ${whole(alarms)} alarms`
      : `DIFFERENT from the run without overload in ${whole(different.length)} of ${whole(rows)} rows and ${whole(alarms)} alarms:`,
    ...different.slice(0, SHOWN_MAX),
  ]
  return `${lines.join('\n')}\n`
}
