/** Learns the prior from the sealed minutes of recorded nights: counts in, numbers out; no text is read. */
import { NARRATIVES, type Narrative } from '../../../classify/contract.ts'
import { seriesKey, type MinuteCounts } from '../minutes.ts'
import type { Prior } from './prior.ts'

export type RecordedNight = ReadonlyMap<number, MinuteCounts>

/** Shares are read hour by hour, and of these the middle one is taken: a spike is not what is usual. */
const BLOCK_MINUTES = 60
/** An hour with fewer election posts says nothing of a share. */
const BLOCK_POSTS = 60
/**
 * Between nights, networks and classifiers shares are taken to differ by a factor of about eight either way (95 %) until
 * nights say otherwise; that guess weighs as much as three of them.
 */
const GUESSED_VARIANCE = 1.125
const GUESS_NIGHTS = 3
/** A county is listed when this many posts named it; of rarer ones a single night says no more than their state. */
const COUNTY_POSTS = 50
/** A state of which nothing was seen is worth half a post. */
const HALF_POST = 0.5

/** Throws RangeError where the nights hold no election post. */
export function learnPrior(nights: readonly RecordedNight[]): Prior {
  const posts = placePosts(nights)
  const nation = posts.get('US') ?? 0
  if (nation === 0) throw new RangeError('there is no election post in these nights')
  const narratives: Prior['narratives'] = {}
  for (const narrative of NARRATIVES) {
    const shares = nights.map((night) => usualShare(night, narrative)).filter((share) => share > 0)
    if (shares.length > 0) narratives[narrative] = sumUp(shares)
  }
  const entries = [...posts].sort(([a], [b]) => (a < b ? -1 : 1))
  const states = entries.filter(([place]) => place.length === 2 && place !== 'US')
  const counties = entries.filter(([place]) => place.length === 5)
  const listed = counties.filter(([, count]) => count >= COUNTY_POSTS)
  const rest = total(counties) - total(listed)
  return {
    nights: nights.length,
    minutes: nights.reduce((sum, night) => sum + night.size, 0),
    posts: nation,
    narratives,
    states: parts(states, nation),
    counties: parts(listed, nation),
    otherCounties: round((rest + HALF_POST) / (total(states) + 1)),
  }
}

/** Election posts by place, over all nights. */
function placePosts(nights: readonly RecordedNight[]): Map<string, number> {
  const posts = new Map<string, number>()
  for (const night of nights)
    for (const { exposure } of night.values())
      for (const [place, { election }] of exposure) posts.set(place, (posts.get(place) ?? 0) + election)
  return posts
}

/** The median over the hours of the nation's voices for each election post; the mean where most hours have none. */
function usualShare(night: RecordedNight, narrative: Narrative): number {
  const blocks = new Map<number, { voices: number; posts: number }>()
  for (const [minute, counts] of night) {
    const at = Math.floor(minute / BLOCK_MINUTES)
    const block = blocks.get(at) ?? { voices: 0, posts: 0 }
    block.voices += counts.narratives.get(seriesKey('US', narrative))?.voices ?? 0
    block.posts += counts.exposure.get('US')?.election ?? 0
    blocks.set(at, block)
  }
  const full = [...blocks.values()].filter((block) => block.posts >= BLOCK_POSTS)
  const sorted = full.map((block) => block.voices / block.posts).sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  const sum = (of: 'voices' | 'posts'): number => full.reduce((all, block) => all + block[of], 0)
  return median > 0 ? median : sum('voices') / Math.max(1, sum('posts'))
}

/** The nights' geometric mean, and the variance that a further night has around it. */
function sumUp(shares: readonly number[]): { share: number; variance: number } {
  const logs = shares.map(Math.log)
  const mean = logs.reduce((a, b) => a + b, 0) / logs.length
  const squares = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0)
  const between = (GUESS_NIGHTS * GUESSED_VARIANCE + squares) / (GUESS_NIGHTS + logs.length - 1)
  return { share: round(Math.exp(mean)), variance: round(between * (1 + 1 / logs.length)) }
}

const total = (entries: readonly [string, number][]): number => entries.reduce((sum, [, n]) => sum + n, 0)

function parts(entries: readonly [string, number][], nation: number): Record<string, number> {
  return Object.fromEntries(
    entries.map(([place, n]) => [place, round(Math.min(1, Math.max(n, HALF_POST) / nation))]),
  )
}

/** Three digits are more than a night knows. */
const round = (value: number): number => Number(value.toPrecision(3))
