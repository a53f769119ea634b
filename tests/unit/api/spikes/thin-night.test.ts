/**
 * A night from another network with a tenth of the volume, of which the source loses nine posts in ten for a day and tells
 * nobody: through the exposure model and the run over sealed minutes, as counts come from the store.
 */
import { describe, expect, test } from 'vitest'
import { FLAGGED_NARRATIVES } from '../../../../classify/contract.ts'
import { isSpike } from '../../../../api/spikes/describe.ts'
import { createDetector } from '../../../../api/spikes/detect/create-detector.ts'
import { emptyMinute, type MinuteCounts } from '../../../../api/spikes/minutes.ts'
import { createRun } from '../../../../api/spikes/run.ts'
import { poisson, uniform } from './detect-night.ts'

const FIRST = 29_700_000
const DAY = 1_440
const LOSS_FROM = DAY
const LOSS_TO = 2 * DAY
const MINUTES = 3 * DAY
/** Election posts a minute, where the recorded night of 2020 has 39. */
const POSTS = 4
const KEPT = 0.1
const STATES = { AZ: 0.03, FL: 0.05, GA: 0.04, MI: 0.05, PA: 0.06, WI: 0.04 }
const SHARES = { machine_failure: 0.003, votes_not_counted: 0.01, results_manipulated: 0.03 }
const BURST_MINUTES = 20

interface Planted {
  key: string
  at: number
  /** Voices a minute, before the loss. */
  voices: number
}

function night(seed: number, planted: readonly Planted[]): Map<number, MinuteCounts> {
  const random = uniform(seed)
  const minutes = new Map<number, MinuteCounts>()
  for (let i = 0; i < MINUTES; i++) {
    const kept = i >= LOSS_FROM && i < LOSS_TO ? KEPT : 1
    const daily = 1 + 0.6 * Math.sin((2 * Math.PI * i) / DAY)
    const counts = emptyMinute()
    const places = [...Object.entries(STATES), ['elsewhere', 0.73] as const]
    let nation = 0
    for (const [place, part] of places) {
      let election = poisson(random, POSTS * daily * part * kept)
      for (const [narrative, share] of Object.entries(SHARES)) {
        const key = `${place}|${narrative}`
        const burst = planted.find((one) => one.key === key && i >= one.at && i < one.at + BURST_MINUTES)
        const extra = burst === undefined ? 0 : poisson(random, burst.voices * kept)
        const voices = extra + Math.min(election, poisson(random, POSTS * daily * part * kept * share))
        election += extra
        addVoices(counts, `US|${narrative}`, voices)
        if (place !== 'elsewhere') addVoices(counts, key, voices)
      }
      nation += election
      if (place !== 'elsewhere' && election > 0) counts.exposure.set(place, { seen: election, election })
    }
    if (nation === 0) continue
    counts.exposure.set('US', { seen: nation, election: nation })
    minutes.set(FIRST + i, counts)
  }
  return minutes
}

function addVoices(counts: MinuteCounts, key: string, voices: number): void {
  if (voices === 0) return
  const before = counts.narratives.get(key)?.voices ?? 0
  const n = before + voices
  const none = { charted: 0, reports: 0, questions: 0, debunks: 0 }
  counts.narratives.set(key, { posts: n, authors: n, texts: n, voices: n, ...none })
}

/** Spikes as they would be told, with the minute of the alarm. */
function find(minutes: Map<number, MinuteCounts>): { key: string; at: number }[] {
  const run = createRun({
    minutes,
    narratives: [...FLAGGED_NARRATIVES],
    createDetector: (snapshot) => createDetector({ stepSeconds: 60, hierarchical: true }, snapshot),
  })
  run.forward(FIRST, FIRST + MINUTES - 1)
  return [...run.bursts().values()]
    .filter(isSpike)
    .map(({ key, detected }) => ({ key, at: detected / 60 - FIRST }))
}

describe('a thin night in which the source loses most of its posts for a day', () => {
  test('raises no alarm, neither in the loss nor at its end', () => {
    for (let seed = 1; seed <= 4; seed++) expect(find(night(seed, []))).toEqual([])
  }, 60_000)

  test('hides no burst before, within or after the loss', () => {
    const planted = [
      { key: 'PA|votes_not_counted', at: 600, voices: 2 },
      { key: 'GA|machine_failure', at: LOSS_FROM + 700, voices: 8 },
      { key: 'AZ|votes_not_counted', at: LOSS_TO + 15, voices: 2 },
    ]
    for (let seed = 1; seed <= 4; seed++) {
      const found = find(night(seed, planted))
      for (const { key, at } of planted) {
        const hit = found.find((one) => one.key === key && one.at >= at && one.at < at + BURST_MINUTES)
        expect(hit, `${key} in night ${seed}`).toBeDefined()
      }
      const near = ({ at }: { at: number }): boolean =>
        planted.some((one) => at >= one.at && at < one.at + 2 * BURST_MINUTES)
      expect(found.filter((one) => !near(one))).toEqual([])
    }
  }, 60_000)
})
