/** One load over the whole way, at a fixed rate or as fast as it is taken, measured from outside of every process. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadCounts, LoadKind } from './load.ts'
import { openLive, type Page } from './live.ts'
import { useOf, type Use } from './processes.ts'
import { startRoles, type Roles, type RolesOptions } from './roles.ts'
import { startSender, type Sender } from './sent.ts'

/** Before anything is measured: caches and compilers warm up, and weights that still load have let posts wait. */
const WARM_MIN_S = 15
const WARM_MAX_S = 90
/** Caught up: no more waits than so many seconds bring. */
const WARM_WAITING_S = 2
/** What waits at the end is waited for at most this long. */
const DRAIN_MAX_S = 120
/**
 * What was delivered last is not yet stored: at the end of a long run one post in a hundred took over three seconds. And the
 * page is told of it by the clocks that follow: one comes each second, and its counts are as old at most.
 */
const AFTERWARDS_MS = 10_000
const SAMPLE_MS = 1_000

export interface RunOptions extends Omit<RolesOptions, 'source'> {
  kind: LoadKind
  seed: string
  /** Posts a second; 0: all at once. */
  rate: number
  /** Measured, after the warm-up; without a rate, how long at most until all is stored. */
  seconds: number
  /** Without a rate: how many. */
  count: number
  /** Told in words how it goes. */
  tell: (text: string) => void
}

export interface Sample {
  /** Epoch ms. */
  at: number
  /** By role. */
  uses: ReadonlyMap<string, Use>
  sent: number
  /** Due and not sent, or in the topic and not judged; what lies in sockets is not seen. */
  waiting: number
}

export interface Ran {
  /** Of the time that is measured, the first and the last included. */
  samples: Sample[]
  page: Pick<Page, 'shown' | 'alarms' | 'posts'>
  sent: LoadCounts
  startedAt: number
  /** All that was sent was judged before the roles were stopped. */
  drained: boolean
  /** More than one: the source lost its connection. */
  connections: number
}

/** Throws what the roles and the page throw. */
export async function runLoad(options: RunOptions, signal: AbortSignal): Promise<Ran> {
  const { kind, seed, rate, seconds, tell } = options
  const count = rate === 0 ? options.count : Math.ceil(rate * (WARM_MAX_S + seconds))
  const sender = await startSender(kind, seed, rate, count)
  try {
    tell('starting the roles')
    const roles = await startRoles({ ...options, source: `bluesky:${sender.url}` })
    try {
      const page = openLive(roles.url)
      try {
        return await measureRun(options, { sender, roles, page }, signal)
      } finally {
        await page.stop()
      }
    } finally {
      await roles.stop()
    }
  } finally {
    await sender.stop()
  }
}

/** What a run is made of. */
export interface Parts {
  sender: Sender
  roles: Roles
  page: Page
}

async function measureRun(
  { rate, seconds, tell }: RunOptions,
  parts: Parts,
  signal: AbortSignal,
): Promise<Ran> {
  const { sender, page } = parts
  const samples: Sample[] = []
  const next = async (): Promise<Sample> => {
    await sleep(SAMPLE_MS, undefined, { signal })
    return take(parts)
  }
  await firstClock(page, signal)
  if (rate === 0) {
    samples.push(await take(parts))
    sender.start()
  } else {
    sender.start()
    const start = performance.now()
    const passed = () => (performance.now() - start) / 1_000
    for (let last = await next(); passed() < WARM_MAX_S; last = await next()) {
      tell(`warming up, ${last.waiting} posts wait`)
      if (passed() >= WARM_MIN_S && last.waiting < WARM_WAITING_S * rate) break
    }
    samples.push(await take(parts))
  }
  const start = performance.now()
  while (performance.now() - start < seconds * 1_000) {
    const sample = await next()
    samples.push(sample)
    tell(`${Math.round((performance.now() - start) / 1_000)} s of ${seconds}, ${sample.waiting} posts wait`)
    if (rate === 0 && isDrained(parts)) break
  }
  sender.halt()
  const drained = await drain(parts, tell, next)
  await sleep(AFTERWARDS_MS, undefined, { signal })
  const { connections, startedAt, ...sent } = sender.sent()
  if (startedAt === null) throw new Error('the sender of the load did not start')
  return { samples, page, sent, startedAt, drained, connections }
}

async function drain({ sender, page }: Parts, tell: (text: string) => void, next: () => Promise<Sample>) {
  const start = performance.now()
  for (;;) {
    const { waiting } = await next()
    if (isDrained({ sender, page })) return true
    tell(`waiting for the last posts, ${waiting} wait`)
    if (performance.now() - start > DRAIN_MAX_S * 1_000) return false
  }
}

/** The source took all that was sent, and nothing of it waits. It tells its counts some seconds late. */
export function isDrained({ sender, page }: Omit<Parts, 'roles'>): boolean {
  const { posts, due } = sender.sent()
  const status = page.shown.at(-1)?.status
  const accepted = status?.sources.reduce((sum, { counts }) => sum + (counts?.accepted ?? 0), 0) ?? 0
  // Before the sender first spoke nothing was sent, which is not the end.
  return posts > 0 && posts === due && accepted >= posts && status?.lag === 0
}

/** Throws where none will come. */
export async function firstClock(page: Page, signal: AbortSignal): Promise<void> {
  while (page.shown.length === 0) {
    page.check()
    await sleep(100, undefined, { signal })
  }
}

/** Throws where a role has ended, or nothing is heard of the desk any more. */
export async function take({ sender, roles, page }: Parts): Promise<Sample> {
  await roles.check()
  page.check()
  const uses = new Map<string, Use>()
  for (const [name, pid] of roles.pids) {
    const use = await useOf(pid)
    if (use !== null) uses.set(name, use)
  }
  const own = await useOf(sender.pid)
  if (own !== null) uses.set('(sender)', own)
  const { posts, due } = sender.sent()
  const lag = page.shown.at(-1)?.status.lag ?? 0
  return { at: Date.now(), uses, sent: posts, waiting: due - posts + lag }
}
