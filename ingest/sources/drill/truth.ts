/** What is true of a scripted night, so that anybody can compare it with what was found. */
import type { Expectation, Scenario } from './scenarios.ts'
import { findScenario } from './scenarios.ts'
import { writeScript, type DrillPost } from './script.ts'
import { drillPlace } from './places.ts'
import type { DrillNarrative, DrillStance } from './topic.ts'

const MINUTE = 60_000

export interface DrillTruthPost {
  id: string
  /** Epoch ms. */
  createdAt: number
  election: boolean
  narrative: DrillNarrative | null
  stance: DrillStance
  flagged: boolean
  /** Named in the text: a county's FIPS code, a state's postal code, or null. */
  place: string | null
  /** Name of the burst that it belongs to, or null. */
  burst: string | null
}

/** A burst as it was written into the night. Times are epoch ms, at the start of a minute. */
export interface DrillBurst {
  name: string
  narrative: DrillNarrative
  /** `US`, a state's postal code or a county's FIPS code. */
  place: string
  /** Larger places whose counts hold it too. */
  within: string[]
  onset: number
  /** Minute with the most posts that it is about: flagged ones, or debunks where there are none. */
  peak: number
  /** Its last post's minute. */
  end: number
  /** All its posts. */
  posts: number
  /** Those that assert. */
  flagged: number
  /** Distinct accounts among those that assert. */
  accounts: number
  expect: Expectation
}

export interface DrillTruth {
  posts: DrillTruthPost[]
  /** Bursts that a detector should raise. */
  spikes: DrillBurst[]
  /** Bursts that it should not raise, or need not. */
  others: DrillBurst[]
  /** Times when all talk was lifted alike. */
  lifts: { from: number; to: number; factor: number }[]
}

/** Id of the n-th post of a scenario, counted from 0. */
export function drillId(scenario: string, n: number): string {
  return `drill:${scenario}/${n}`
}

/**
 * The truth of a scenario's night that begins at `startAt` (epoch ms). The same scenario and seed always give the same
 * truth. Throws SourceError `bad_spec` for a scenario that does not exist.
 */
export function drillTruth(scenario: string, seed: number, startAt: number): DrillTruth {
  const night = findScenario(scenario)
  const script = writeScript(night, seed)
  const bursts = describeBursts(night, script, startAt)
  return {
    posts: script.map((post, n) => ({
      id: drillId(scenario, n),
      createdAt: startAt + post.atMs,
      election: post.election,
      narrative: post.narrative,
      stance: post.stance,
      flagged: post.flagged,
      place: post.place,
      burst: post.burst,
    })),
    spikes: bursts.filter((burst) => burst.expect === 'alarm'),
    others: bursts.filter((burst) => burst.expect !== 'alarm'),
    lifts: night.lifts.map(({ from, to, factor }) => ({
      from: startAt + from * MINUTE,
      to: startAt + to * MINUTE,
      factor,
    })),
  }
}

function describeBursts(scenario: Scenario, script: readonly DrillPost[], startAt: number): DrillBurst[] {
  return scenario.bursts.map((burst) => {
    const posts = script.filter((post) => post.burst === burst.name)
    const flagged = posts.filter((post) => post.flagged)
    const state = burst.place === null ? null : drillPlace(burst.place).state
    return {
      name: burst.name,
      narrative: burst.topic.narrative,
      place: burst.place ?? 'US',
      within:
        burst.place === null ? [] : [...new Set([state!, 'US'])].filter((place) => place !== burst.place),
      onset: startAt + burst.onset * MINUTE,
      peak: startAt + busiestMinute(flagged.length > 0 ? flagged : posts) * MINUTE,
      end: startAt + Math.floor((posts.at(-1)?.atMs ?? 0) / MINUTE) * MINUTE,
      posts: posts.length,
      flagged: flagged.length,
      accounts: new Set(flagged.map((post) => post.handle)).size,
      expect: burst.expect,
    }
  })
}

/** The earliest of the busiest. */
function busiestMinute(posts: readonly DrillPost[]): number {
  const counts = new Map<number, number>()
  for (const post of posts) {
    const minute = Math.floor(post.atMs / MINUTE)
    counts.set(minute, (counts.get(minute) ?? 0) + 1)
  }
  let busiest = 0
  let most = 0
  for (const [minute, count] of counts) {
    if (count > most || (count === most && minute < busiest)) [busiest, most] = [minute, count]
  }
  return busiest
}
