/**
 * Faults at random for as long as one wants:
 *
 *     npm run faults -- [--seed N] [--start TIME] [--minutes M] [--long] [--only WORDS] [--embedded]
 *
 * It prints its seed; the same seed and start give the same nights and the same faults in the same order. `--long` takes
 * the full lengths (60 s of outage, 30 s of standing still), `--only` the faults that have these words in their name, one
 * a night, `--embedded` one process without servers. Ends with 1 at the first difference, and says how to have it again.
 */
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { createRandom, type Random } from '../../ingest/sources/drill/random.ts'
import type { Counted } from './night/counted.ts'
import {
  badLines,
  freezeRoles,
  freezeServers,
  fullDisk,
  jumpingClocks,
  killRoles,
  killServer,
  LONG,
  outage,
  rebalances,
  SHORT,
  type Fault,
  type Lengths,
} from './night/faults.ts'
import { playEmbedded } from './night/embedded.ts'
import { fillItsDisk, freezeProcess, killProcess, type EmbeddedFault } from './night/embedded-faults.ts'
import { playNight, type Played } from './night/play.ts'
import { startServers } from './night/servers.ts'
import { createNight, startOfNight, type NightStream } from './night/stream.ts'
import { readMeanings } from './night/meanings.ts'
import { TRUTH_PARTS, truthOf } from './night/truth.ts'

const RECOVERY_MS = 10_000
/** Faults at the same time, at most: more leave nothing that runs. */
const TOGETHER_MAX = 3
/** In which a night of two hours and a half is sent. */
const SECONDS = 20

/** What plays the nights: Kafka, ClickHouse and the roles, or one process. */
interface Installation {
  /** The night without faults. */
  undisturbed(night: NightStream, seed: number): Promise<Counted>
  /** Draws what goes wrong at the same time in one night; gives its names, and the night with it. */
  draw(random: Random, lengths: Lengths, only: string | undefined): Disturbance
  stop(): Promise<void>
}

interface Disturbance {
  names: string[]
  play: (night: NightStream, seed: number, expected: Counted) => Promise<Played>
}

type Named<F> = [name: string, fault: F]
type Scripted<S> = (scene: S) => Promise<void>

const serverFaults = (lengths: Lengths, random: Random): Named<Fault>[] => [
  ['roles are killed', killRoles(5 + random.int(16))],
  ['the broker is killed', killServer('kafka', 1 + random.int(3))],
  ['the broker is away', outage('kafka', lengths)],
  ['ClickHouse is killed', killServer('clickhouse', 1 + random.int(5))],
  ['ClickHouse is away', outage('clickhouse', lengths)],
  ['roles stand still', freezeRoles(lengths)],
  ['the servers stand still', freezeServers(lengths)],
  ['the lines are bad', badLines(lengths)],
  ['workers come and go', rebalances(1 + random.int(4))],
  ['ClickHouse’s disk is full', fullDisk('clickhouse', lengths)],
  ['the broker’s disk is full', fullDisk('kafka', lengths)],
  ['clocks jump', jumpingClocks(4 + random.int(8))],
]

const embeddedFaults = (lengths: Lengths, random: Random): Named<EmbeddedFault>[] => [
  ['the process is killed', killProcess(2 + random.int(6))],
  ['the process stands still', freezeProcess(1 + random.int(4), lengths)],
  ['its disk is full', fillItsDisk(lengths)],
]

function drawFrom<F>(all: readonly Named<F>[], random: Random, only: string | undefined): Named<F>[] {
  if (only !== undefined) return [random.pick(all.filter(([name]) => name.includes(only)))]
  const left = [...all]
  const drawn: Named<F>[] = []
  for (let n = 1 + random.int(TOGETHER_MAX); n > 0; n--)
    drawn.push(...left.splice(random.int(left.length), 1))
  return drawn
}

/** All at the same time, each with its own random numbers. */
function together<S extends { random: Random }>(drawn: readonly Named<Scripted<S>>[]): Scripted<S> {
  return async (scene) => {
    await Promise.all(drawn.map(([, run], i) => run({ ...scene, random: scene.random.fork(String(i)) })))
  }
}

function installationOf<S extends { random: Random }>(
  faults: (lengths: Lengths, random: Random) => Named<Scripted<S>>[],
  play: (options: {
    night: NightStream
    seed: number
    seconds: number
    fault?: Scripted<S>
    expected?: Counted
  }) => Promise<Played>,
  stop: () => Promise<void>,
): Installation {
  return {
    undisturbed: async (night, seed) => (await play({ night, seed, seconds: 4 })).counted,
    draw(random, lengths, only) {
      const drawn = drawFrom(faults(lengths, random), random, only)
      return {
        names: drawn.map(([name]) => name),
        play: (night, seed, expected) =>
          play({ night, seed, seconds: SECONDS, fault: together(drawn), expected }),
      }
    },
    stop,
  }
}

async function startInstallation(embedded: boolean): Promise<Installation> {
  if (embedded) return installationOf(embeddedFaults, playEmbedded, async () => {})
  const servers = await startServers()
  return installationOf(
    serverFaults,
    (options) => playNight({ servers, ...options }),
    () => servers.stop(),
  )
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      minutes: { type: 'string', default: '10' },
      start: { type: 'string' },
      only: { type: 'string' },
      long: { type: 'boolean', default: false },
      embedded: { type: 'boolean', default: false },
    },
  })
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1e6))
  const until = performance.now() + Number(values.minutes) * 60_000
  const lengths = values.long ? LONG : SHORT
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const startAt = values.start === undefined ? startOfNight(Date.now()) : Date.parse(values.start)
  say(`seed ${seed}, nights from ${new Date(startAt).toISOString()}`)
  const meanings = await readMeanings()
  const installation = await startInstallation(values.embedded)
  try {
    // One night at least: to have a single one again, few minutes are given.
    for (let round = seed; round === seed || performance.now() < until; round++) {
      const random = createRandom(`faults ${round}`)
      const night = createNight(round, startAt)
      const truth = truthOf(night, meanings)
      const reference = await installation.undisturbed(night, round)
      const { names, play } = installation.draw(random, lengths, values.only)
      const again = `once more: npm run faults -- ${onceMore(round, startAt, values)}`
      say(`${round}: ${names.join(', ')}`)
      const played = await play(night, round, reference).catch((error: unknown) => {
        say(again)
        throw error
      })
      const wrong = [
        ...TRUTH_PARTS.filter((part) => !isDeepStrictEqual(reference[part], truth[part])).map(
          (part) => `oracle: ${part}`,
        ),
        ...differences(played.counted, reference),
      ]
      const { storedMs, sealedMs } = played.recovery
      const slow = sealedMs > RECOVERY_MS ? ', SLOW' : ''
      say(
        `stored after ${storedMs.toFixed(0)} ms, sealed after ${sealedMs.toFixed(0)} ms${slow}, ` +
          `roles ended ${played.ends} times`,
      )
      if (wrong.length === 0) continue
      say(`DIFFERENT: ${wrong.join(', ')}\n${played.output}\n${again}`)
      return 1
    }
  } finally {
    await installation.stop()
  }
  return 0
}

interface Chosen {
  only?: string
  long: boolean
  embedded: boolean
}

/** Arguments that play this round alone. */
function onceMore(round: number, startAt: number, { only, long, embedded }: Chosen): string {
  const words = ['--seed', round, '--start', new Date(startAt).toISOString(), '--minutes', 0.1]
  if (long) words.push('--long')
  if (embedded) words.push('--embedded')
  if (only !== undefined) words.push('--only', `'${only}'`)
  return words.join(' ')
}

function differences(counted: Counted, expected: Counted): string[] {
  return (Object.keys(expected) as (keyof Counted)[]).filter(
    (part) => !isDeepStrictEqual(counted[part], expected[part]),
  )
}

// Node 20 does not come to its end by itself once sockets were reset (proxy.ts): it waits for their handles for ever.
process.exit(await main())
