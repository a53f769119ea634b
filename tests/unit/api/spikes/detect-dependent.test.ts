/**
 * False discoveries where the streams hang together: the same posts are counted at a county, its state and the nation, waves
 * lift all places at once, and each place swells and ebbs. TALLYWATCH_ALL_COUNTIES=1 runs it over all of them.
 */
import { expect, test } from 'vitest'
import { countiesOf, NATIONAL_STATE_CODES } from '../../../../ingest/base/jurisdictions.ts'
import { belongsTo } from '../../../../api/spikes/levels.ts'
import { createDetector } from '../../../../api/spikes/detect/create-detector.ts'
import { isSpike } from '../../../../api/spikes/describe.ts'
import type { Burst, SeriesCount } from '../../../../api/spikes/detector.ts'
import { poisson, START, uniform } from './detect-night.ts'

const ALL = process.env['TALLYWATCH_ALL_COUNTIES'] === '1'
const STATES = ALL ? [...NATIONAL_STATE_CODES] : ['AZ', 'GA', 'MI', 'NV', 'PA', 'WI']
const COUNTIES_EACH = ALL ? Infinity : 8
const NIGHTS = ALL ? 1 : 4
const TICKS = 720
const SHARES = ALL
  ? { a: 0.0004, b: 0.001, c: 0.002, machine_failure: 0.004, votes_not_counted: 0.008, d: 0.015 }
  : { machine_failure: 0.004, votes_not_counted: 0.008 }
/** Posts a minute that name a county. */
const POSTS = ALL ? 6_000 : 1_500
const BURSTS = ALL ? 60 : 10
const BURST_TICKS = 12

/** A wandering log rate with a memory of 40 ticks. */
function wave(random: () => number, spread: number): () => number {
  const keep = Math.exp(-1 / 40)
  let level = 0
  return () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return (level = keep * level + Math.sqrt(1 - keep * keep) * spread * normal)
  }
}

interface Outcome {
  told: Burst[]
  planted: { key: string; tick: number }[]
}

function playNight(seed: number): Outcome {
  const random = uniform(seed)
  const counties = STATES.flatMap((state) =>
    countiesOf(state)
      .slice(0, COUNTIES_EACH)
      .map(({ fips }) => ({
        fips,
        state,
        weight: Math.exp(1.4 * (random() + random() + random() - 1.5) * 2),
      })),
  )
  const sum = counties.reduce((total, { weight }) => total + weight, 0)
  const narratives = Object.entries(SHARES)
  const national = narratives.map(() => wave(random, 0.25))
  const own = counties.map(() => wave(random, 0.2))
  const planted = Array.from({ length: BURSTS }, () => ({
    at: Math.floor(random() * Math.min(200, counties.length)),
    n: Math.floor(random() * narratives.length),
    tick: 60 + Math.floor(random() * (TICKS - 120)),
  }))
  const detector = createDetector({ stepSeconds: 60, hierarchical: true })
  const bursts = new Map<string, Burst>()
  for (let tick = 0; tick < TICKS; tick++) {
    const totals = new Map<string, SeriesCount>()
    const rows: SeriesCount[] = []
    const add = (key: string, count: number, exposure: number): void => {
      const row = totals.get(key) ?? { key, count: 0, exposure: 0 }
      totals.set(key, { key, count: row.count + count, exposure: row.exposure + exposure })
    }
    const lifts = national.map((next) => Math.exp(next()))
    for (const [at, { fips, state, weight }] of counties.entries()) {
      const exposure = (POSTS * weight) / sum
      const lift = Math.exp(own[at]!())
      for (const [n, [narrative, share]] of narratives.entries()) {
        const isBurst = planted.some(
          (p) => p.at === at && p.n === n && tick >= p.tick && tick < p.tick + BURST_TICKS,
        )
        const count =
          poisson(random, exposure * share * lifts[n]! * lift) + (isBurst ? poisson(random, 4) : 0)
        rows.push({ key: `${fips}|${narrative}`, count, exposure })
        add(`${state}|${narrative}`, count, exposure)
        add(`US|${narrative}`, count, exposure)
      }
    }
    for (const burst of detector.tick(START + tick * 60, [...rows, ...totals.values()]).bursts)
      bursts.set(`${burst.key} ${burst.detected}`, burst)
  }
  const stand = [...bursts.values()].filter(isSpike)
  return {
    told: stand.filter((burst) => belongsTo(burst, stand) === null),
    planted: planted.map(({ at, n, tick }) => ({ key: `${counties[at]!.fips}|${narratives[n]![0]}`, tick })),
  }
}

/** Whether a burst was planted there; told of a larger place it is as true. */
function isTrue({ key, onset, end }: Burst, planted: Outcome['planted']): boolean {
  const [place, narrative] = key.split('|') as [string, string]
  return planted.some((one) => {
    const [county, of] = one.key.split('|') as [string, string]
    const inside = place === 'US' || place === county || countiesOf(place).some(({ fips }) => fips === county)
    const at = START + one.tick * 60
    return of === narrative && inside && onset <= at + BURST_TICKS * 60 && (end ?? Infinity) >= at - 600
  })
}

test('at most a tenth of what is told is false where streams hang together, and few a night', () => {
  let right = 0
  let wrong = 0
  for (let night = 0; night < NIGHTS; night++) {
    const { told, planted } = playNight(20 + night)
    for (const burst of told) {
      if (isTrue(burst, planted)) right++
      else wrong++
    }
  }
  process.stdout.write(`${STATES.length} states, ${NIGHTS} nights: ${right} right, ${wrong} wrong\n`)
  expect(right).toBeGreaterThan((NIGHTS * BURSTS) / 2)
  expect(wrong).toBeLessThanOrEqual(2 * NIGHTS)
  expect(wrong / (right + wrong)).toBeLessThanOrEqual(0.1)
}, 600_000)
