/**
 * Faults at random for as long as one wants:
 *
 *     npm run faults -- [--seed N] [--start TIME] [--minutes M] [--long] [--only WORDS]
 *
 * It prints its seed; the same seed and start give the same nights and the same faults in the same order. `--long` takes
 * the full lengths (60 s of outage, 30 s of standing still), `--only` the faults that have these words in their name, one
 * a night. Ends with 1 at the first difference, and says how to have it again.
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
import { playNight } from './night/play.ts'
import { startServers } from './night/servers.ts'
import { createNight, startOfNight } from './night/stream.ts'
import { readMeanings } from './night/meanings.ts'
import { TRUTH_PARTS, truthOf } from './night/truth.ts'

const RECOVERY_MS = 10_000
/** Faults at the same time, at most: more leave nothing that runs. */
const TOGETHER_MAX = 3

type Named = [name: string, fault: Fault]

function allFaults(lengths: Lengths, random: Random): Named[] {
  return [
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
}

/** What goes wrong at the same time in one night. */
function draw(random: Random, lengths: Lengths, only: string | undefined): Named[] {
  const left = allFaults(lengths, random)
  if (only !== undefined) return [random.pick(left.filter(([name]) => name.includes(only)))]
  const drawn: Named[] = []
  for (let n = 1 + random.int(TOGETHER_MAX); n > 0; n--)
    drawn.push(...left.splice(random.int(left.length), 1))
  return drawn
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      minutes: { type: 'string', default: '10' },
      start: { type: 'string' },
      only: { type: 'string' },
      long: { type: 'boolean', default: false },
    },
  })
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1e6))
  const until = performance.now() + Number(values.minutes) * 60_000
  const lengths = values.long ? LONG : SHORT
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const startAt = values.start === undefined ? startOfNight(Date.now()) : Date.parse(values.start)
  say(`seed ${seed}, nights from ${new Date(startAt).toISOString()}`)
  const meanings = await readMeanings()
  const servers = await startServers()
  try {
    // One night at least: to have a single one again, few minutes are given.
    for (let round = seed; round === seed || performance.now() < until; round++) {
      const random = createRandom(`faults ${round}`)
      const night = createNight(round, startAt)
      const truth = truthOf(night, meanings)
      const reference = (await playNight({ servers, night, seed: round, seconds: 4 })).counted
      const drawn = draw(random, lengths, values.only)
      const fault: Fault = async (scene) => {
        await Promise.all(drawn.map(([, run], i) => run({ ...scene, random: scene.random.fork(String(i)) })))
      }
      const played = await playNight({ servers, night, seed: round, seconds: 20, fault, expected: reference })
      const wrong = [
        ...TRUTH_PARTS.filter((part) => !isDeepStrictEqual(reference[part], truth[part])).map(
          (part) => `oracle: ${part}`,
        ),
        ...differences(played.counted, reference),
      ]
      const { storedMs, sealedMs } = played.recovery
      const slow = sealedMs > RECOVERY_MS ? ', SLOW' : ''
      say(
        `${round}: ${drawn.map(([name]) => name).join(', ')}: stored after ${storedMs.toFixed(0)} ms, ` +
          `sealed after ${sealedMs.toFixed(0)} ms${slow}, roles ended ${played.ends} times`,
      )
      if (wrong.length === 0) continue
      say(`DIFFERENT: ${wrong.join(', ')}\n${played.output}`)
      const only = values.only === undefined ? '' : ` --only '${values.only}'`
      const again = `--seed ${round} --start ${new Date(startAt).toISOString()} --minutes 0.1`
      say(`once more: npm run faults -- ${again}${values.long ? ' --long' : ''}${only}`)
      return 1
    }
  } finally {
    await servers.stop()
  }
  return 0
}

function differences(counted: Counted, expected: Counted): string[] {
  return (Object.keys(expected) as (keyof Counted)[]).filter(
    (part) => !isDeepStrictEqual(counted[part], expected[part]),
  )
}

process.exitCode = await main()
