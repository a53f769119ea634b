/** Plays a night through an installation while something goes wrong, and gives what was counted in the end. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { openClickhouseStore } from '../../../classify/store/clickhouse.ts'
import { sql } from '../../../classify/store/sql.ts'
import type { Store } from '../../../classify/store/store.ts'
import { createRandom, type Random } from '../../../ingest/sources/drill/random.ts'
import { startJetstream, type JetstreamServer } from '../../services/jetstream.ts'
import { freePort } from '../../services/server-process.ts'
import { readCounted, standing, type Counted } from './counted.ts'
import { createFeed } from './feed.ts'
import { startFollower, type Follower } from './follower.ts'
import { createPartner } from './partner.ts'
import { startRole, type Role } from './roles.ts'
import type { Servers } from './servers.ts'
import type { NightStream } from './stream.ts'
import { measureRecovery, until, within, type Recovery } from './until.ts'

const TOKEN = 'token-of-the-partner'
/** Fewer than the default, so that a partition holds enough of the small night. */
const PARTITIONS = 4
const POLL_MS = 100

export interface Roles {
  ingest: Role
  classify: Role[]
  desk: Role
}

/** What a fault may touch. */
export interface Scene {
  servers: Servers
  roles: Roles
  random: Random
  namespace: string
  /** Starts one more classify process; it shares the partitions. */
  addWorker(): Role
  /** From now on the clocks of these roles are off by so much. */
  setClock(role: 'ingest' | 'classify' | 'desk', shiftMs: number): Promise<void>
  /** Part of the night that has been sent, 0 to 1. */
  progress(): number
}

export interface PlayOptions {
  servers: Servers
  night: NightStream
  seed: number
  /** How long the night is sent, in wall-clock time. */
  seconds: number
  /** Runs while the night is sent; the night is over when both are. */
  fault?: (scene: Scene) => Promise<void>
  /** What it must come to; without it, whatever stays the same. */
  expected?: Counted
}

export interface Played {
  counted: Counted
  recovery: Recovery
  /** How often a role ended by itself. */
  ends: number
  output: string
}

let plays = 0

export async function playNight(options: PlayOptions): Promise<Played> {
  const { servers, night, seed, seconds, fault = async () => {} } = options
  const random = createRandom(`play ${seed}`)
  const namespace = `faults_${process.pid}_${(plays += 1)}`
  const data = await mkdtemp(join(tmpdir(), 'tallywatch-faults-'))
  await using jetstream = await startJetstream({ versions: [1] })
  const port = await freePort()
  const api = `http://127.0.0.1:${port}/`
  const env = {
    KAFKA_BROKERS: `127.0.0.1:${servers.lines.kafka.port}`,
    CLICKHOUSE_URL: `http://127.0.0.1:${servers.lines.clickhouse.port}`,
    TALLYWATCH_NAMESPACE: namespace,
    TALLYWATCH_PARTITIONS: String(PARTITIONS),
    TALLYWATCH_AUTHOR_KEY: 'k'.repeat(32),
    TALLYWATCH_PUSH: `partner=${TOKEN}`,
    TALLYWATCH_DATA: data,
  }
  const clockOf = (role: string) => join(data, `clock-${role}`)
  const start = (role: string, args: readonly string[]) =>
    startRole(role, [role, ...args], {
      ...env,
      NODE_OPTIONS: `--import=${new URL('clock.mjs', import.meta.url).href}`,
      FAULTS_CLOCK: clockOf(role),
    })
  const addWorker = () => start('classify', [])
  const setClock: Scene['setClock'] = (role, shiftMs) => writeFile(clockOf(role), String(shiftMs))
  const roles: Roles = {
    ingest: start('ingest', ['--source', `bluesky:${jetstream.url}`]),
    classify: [addWorker(), addWorker()],
    desk: start('desk', ['--port', String(port)]),
  }
  const all = () => [roles.ingest, ...roles.classify, roles.desk]
  let store: Store | null = null
  let page: Follower | null = null
  try {
    await Promise.all([
      followed(jetstream),
      roles.desk.until(/Tallywatch is at/),
      ...roles.classify.map((role) => role.until(/judging/)),
    ])
    store = await openClickhouseStore({ url: servers.clickhouse.url, database: namespace })
    page = startFollower(api)
    const partner = createPartner(api, TOKEN, random.fork('partner'))
    const feed = createFeed(night, (frame) => jetstream.append(frame), partner)
    // A source without a position starts from now: what comes before the first one is saved is nobody's.
    await feed.first(20)
    await untilStored(store, feed.sent())
    const feeding = feed.rest(seconds)
    const scene = {
      servers,
      roles,
      random: random.fork('fault'),
      namespace,
      addWorker,
      setClock,
      progress: () => feed.progress(),
    }
    await fault(scene)
    const [stored, sealed] = [storedPosts, sealedPosts].map((count) => () => count(store!)) as [Count, Count]
    const recovery = await measureRecovery(feed.sent(), stored, sealed)
    await within('Sending the night', feeding)
    const counted = await settle(store, api, night, options.expected)
    // The page was told of everything, and of nothing twice.
    await until('The last spike on the page', async () => sameSpikes(page!.spikes(), counted))
    await page.stop()
    return {
      counted,
      recovery,
      ends: all().reduce((sum, { ends }) => sum + ends, 0),
      output: all()
        .map((role) => `--- ${role.name}\n${role.output()}`)
        .join('\n'),
    }
  } catch (error) {
    const said = all()
      .map((role) => `--- ${role.name}\n${role.output()}`)
      .join('\n')
    throw new Error(`The night was not played to its end: ${String(error)}\n${said}`, { cause: error })
  } finally {
    await Promise.all(all().map((role) => role.end()))
    // What it saw was said above, or something worse.
    await Promise.allSettled([page?.stop()])
    await store?.close()
    await rm(data, { recursive: true, force: true })
  }
}

async function followed(jetstream: JetstreamServer): Promise<void> {
  await until('A source', async () => jetstream.connections() > 0)
}

async function storedPosts(store: Store): Promise<number> {
  const [row] = await store.query<{ posts: number }>(sql`SELECT toUInt32(uniqExact(post)) AS posts FROM seen`)
  return row!.posts
}

async function sealedPosts(store: Store): Promise<number> {
  const [row] = await store.query<{ posts: number }>(
    sql`SELECT toUInt32(sum(seen)) AS posts FROM exposure_minutes FINAL WHERE place = 'US'`,
  )
  return row!.posts
}

async function untilStored(store: Store, posts: number): Promise<void> {
  await until(`Post ${posts} in the store`, async () => (await storedPosts(store)) >= posts)
}

/**
 * Waits until everything is stored, then until what is counted is what was expected, or for some time: gives what is
 * counted then. Without an expectation, what stayed the same for a while.
 */
async function settle(store: Store, api: string, night: NightStream, expected?: Counted): Promise<Counted> {
  const ids = new Set(night.said.map(({ id }) => id)).size
  await untilStored(store, ids)
  const aside = Object.values(night.broken).reduce((sum, count) => sum + count, 0)
  await until('Every change and every broken frame', async () => {
    const { changes, deadLetters } = await readCounted(store, api)
    const dead = Object.values(deadLetters).reduce((sum, count) => sum + count, 0)
    return changes >= night.changed.size && dead >= aside
  })
  const giveUpAt = performance.now() + (expected === undefined ? STAY_MS : EXPECTED_MS)
  for (;;) {
    const counted = await readCounted(store, api)
    if (expected !== undefined && same(counted, expected)) return counted
    if (performance.now() > giveUpAt) return counted
    await sleep(5 * POLL_MS)
  }
}

/** Several times what the desk takes to seal again what came late. */
const STAY_MS = 8_000
const EXPECTED_MS = 20_000

type Count = () => Promise<number>

function sameSpikes(seen: readonly Record<string, unknown>[], { spikes }: Counted): boolean {
  return isDeepStrictEqual(standing(seen), spikes)
}

const same = (a: Counted, b: Counted): boolean => isDeepStrictEqual(a, b)
