/** Plays a night through one process, with everything in it, while something goes wrong. */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { openChdbStore } from '../../../classify/store/chdb.ts'
import { createRandom, type Random } from '../../../ingest/sources/drill/random.ts'
import { mountDisk, type Disk } from '../../services/disk.ts'
import { startJetstream } from '../../services/jetstream.ts'
import { freePort } from '../../services/server-process.ts'
import { readStored, readTold, standing, type Counted, type Told } from './counted.ts'
import { createFeed } from './feed.ts'
import { startFollower } from './follower.ts'
import { createPartner } from './partner.ts'
import { startRole, type Role } from './roles.ts'
import type { Played } from './play.ts'
import type { NightStream } from './stream.ts'
import { measureRecovery, until } from './until.ts'

const TOKEN = 'token-of-the-partner'
const NAMESPACE = 'faults'
/** What is told must stay the same for this long, where nothing is known that it must come to. */
const STAY_MS = 5_000

/** Its data lie on a disk of this size, in memory, so that it can be filled. */
const DISK = '1g'

export interface EmbeddedScene {
  role: Role
  disk: Disk
  random: Random
  setClock(shiftMs: number): Promise<void>
}

export interface EmbeddedOptions {
  night: NightStream
  seed: number
  seconds: number
  fault?: (scene: EmbeddedScene) => Promise<void>
  /** What it must come to; waited for a while. */
  expected?: Counted
}

export async function playEmbedded(options: EmbeddedOptions): Promise<Played> {
  const { night, seed, seconds, fault = async () => {}, expected } = options
  const random = createRandom(`embedded ${seed}`)
  const folder = await mkdtemp(join(tmpdir(), 'tallywatch-embedded-'))
  const data = join(folder, 'data')
  const disk = await mountDisk(data, DISK)
  await using jetstream = await startJetstream({ versions: [1] })
  const port = await freePort()
  const api = `http://127.0.0.1:${port}/`
  const clock = join(folder, 'clock')
  const args = ['--data', data, '--port', String(port), '--source', `bluesky:${jetstream.url}`]
  const env = {
    TALLYWATCH_NAMESPACE: NAMESPACE,
    TALLYWATCH_PUSH: `partner=${TOKEN}`,
    TALLYWATCH_AUTHOR_KEY: 'k'.repeat(32),
    NODE_OPTIONS: `--import=${new URL('clock.mjs', import.meta.url).href}`,
    FAULTS_CLOCK: clock,
  }
  const role = startRole('start', ['start', ...args], env, disk.enter)
  const page = startFollower(api)
  const counts = async () => {
    const response = await fetch(`${api}api/status`).catch(() => null)
    return response?.ok === true ? ((await response.json()) as { posts: number }).posts : 0
  }
  try {
    await role.until(/Tallywatch is at/)
    await until('A source', async () => jetstream.connections() > 0)
    const partner = createPartner(api, TOKEN, random.fork('partner'))
    const feed = createFeed(night, (frame) => jetstream.append(frame), partner)
    await feed.first(20)
    await until('The first posts', async () => (await counts()) >= feed.sent())
    const feeding = feed.rest(seconds)
    await fault({ role, disk, random, setClock: (shiftMs) => writeFile(clock, String(shiftMs)) })
    // Everything is in one process: what is stored shows when it is sealed.
    const recovery = await measureRecovery(feed.sent(), counts, counts)
    await feeding
    const posts = new Set(night.said.map(({ id }) => id)).size
    await until('The last post', async () => (await counts()) >= posts)
    const told = await settle(api, expected)
    await until('The last spike on the page', async () => same(standing(page.spikes()), told.spikes))
    await page.stop()
    await role.stop()
    // The engine opens no folder that is only seen from outside.
    const path = join(folder, 'stored')
    await cp(join(disk.seen, 'clickhouse'), path, { recursive: true })
    const store = await openChdbStore({ path, database: NAMESPACE })
    try {
      const counted = { ...(await readStored(store)), ...told }
      return { counted, recovery, ends: role.ends, output: role.output() }
    } finally {
      await store.close()
    }
  } catch (error) {
    throw new Error(`The night was not played to its end: ${String(error)}\n${role.output()}`, {
      cause: error,
    })
  } finally {
    await role.end()
    await Promise.allSettled([page.stop()])
    await disk.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Waits until what is told is what was expected, or stays the same. */
async function settle(api: string, expected?: Told): Promise<Told> {
  let told = await readTold(api)
  let since = performance.now()
  await until('An end of changes', async () => {
    const now = await readTold(api)
    if (!same(now, told)) since = performance.now()
    told = now
    const wanted = expected !== undefined && same(told, toldOf(expected))
    return wanted || performance.now() - since > STAY_MS
  })
  return told
}

function toldOf({ claims, marks, spikes, alerts }: Told): Told {
  return { claims, marks, spikes, alerts }
}

const same = (a: unknown, b: unknown): boolean => isDeepStrictEqual(a, b)
