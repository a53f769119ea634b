import { describe, expect, test } from 'vitest'
import { FLAGGED_NARRATIVES } from '../../../../classify/contract.ts'
import { createDetector } from '../../../../api/spikes/detect/create-detector.ts'
import { emptyMinute, seriesKey, type MinuteCounts } from '../../../../api/spikes/minutes.ts'
import { createRun } from '../../../../api/spikes/run.ts'

const FIRST = 29_700_000
const NIGHT = 600

/** A calm night with a burst of claims in the nation and in Arizona from minute 400 on. */
function night(): Map<number, MinuteCounts> {
  const minutes = new Map<number, MinuteCounts>()
  for (let i = 0; i < NIGHT; i++) {
    const counts = emptyMinute()
    const burst = i >= 400 && i < 440 ? 12 : 0
    for (const [place, posts, exposure] of [
      ['US', (i % 3 === 0 ? 1 : 0) + burst, 60],
      ['AZ', burst, 4],
    ] as const) {
      counts.exposure.set(place, { seen: exposure * 2, election: exposure })
      if (posts > 0) {
        const n = {
          posts,
          charted: 0,
          authors: posts,
          texts: posts,
          voices: posts,
          reports: 0,
          questions: 0,
          debunks: 0,
        }
        counts.narratives.set(seriesKey(place, 'machine_failure'), n)
      }
    }
    minutes.set(FIRST + i, counts)
  }
  return minutes
}

const start = (minutes: Map<number, MinuteCounts>) =>
  createRun({
    minutes,
    narratives: [...FLAGGED_NARRATIVES],
    createDetector: (snapshot) => createDetector({ stepSeconds: 60, hierarchical: true }, snapshot),
  })

describe('a run over sealed minutes', () => {
  test('finds the burst', () => {
    const run = start(night())
    run.forward(FIRST, FIRST + NIGHT - 1)
    const keys = [...run.bursts().values()].map(({ key }) => key)
    expect(keys).toContain('US|machine_failure')
    const burst = [...run.bursts().values()].find(({ key }) => key === 'US|machine_failure')!
    expect(Math.abs(burst.onset / 60 - (FIRST + 400))).toBeLessThanOrEqual(2)
  })

  test('finds nothing in a burst that is charted only', () => {
    const minutes = night()
    for (const { narratives } of minutes.values())
      for (const n of narratives.values()) {
        n.charted = n.posts >= 12 ? 12 : 0
        // Voices are those of posts that may raise an alarm (voices.ts).
        n.voices = n.posts - n.charted
      }
    const run = start(minutes)
    run.forward(FIRST, FIRST + NIGHT - 1)
    expect(run.bursts().size).toBe(0)
  })

  test('is the same in one go and minute by minute', () => {
    const whole = start(night())
    whole.forward(FIRST, FIRST + NIGHT - 1)
    const steps = start(night())
    for (let i = 0; i < NIGHT; i++) steps.forward(FIRST, FIRST + i)
    expect([...steps.bursts()]).toEqual([...whole.bursts()])
  })

  test('passes over a long silence, the same however it is cut', () => {
    const minutes = night()
    for (let i = 0; i < NIGHT; i++) minutes.set(FIRST + 500_000 + i, minutes.get(FIRST + i)!)
    const whole = start(minutes)
    whole.forward(FIRST, FIRST + 500_000 + NIGHT - 1)
    const steps = start(minutes)
    for (let to = FIRST; to < FIRST + 500_000 + NIGHT; to += 997) steps.forward(FIRST, to)
    steps.forward(FIRST, FIRST + 500_000 + NIGHT - 1)
    expect([...steps.bursts()]).toEqual([...whole.bursts()])
    expect([...whole.bursts().values()].every(({ phase }) => phase === 'closed')).toBe(true)
  })

  test('forgets what was over, also when it goes back, and nothing that may still change', () => {
    const minutes = night()
    const run = start(minutes)
    run.forward(FIRST, FIRST + NIGHT - 1)
    const all = new Map(run.bursts())
    expect(all.size).toBeGreaterThan(0)
    run.forget(FIRST + 410)
    expect(new Map(run.bursts())).toEqual(all)
    run.forget(FIRST + 500)
    expect(run.bursts().size).toBe(0)
    run.back(FIRST + 590)
    run.forward(FIRST, FIRST + NIGHT - 1)
    expect(run.bursts().size).toBe(0)
  })

  test.each([5, 130, 395, 405, 599])('a late post in minute %i gives what an orderly night gives', (late) => {
    const orderly = night()
    const corrected = emptyMinute()
    const n = {
      posts: 40,
      charted: 0,
      authors: 40,
      texts: 40,
      voices: 40,
      reports: 0,
      questions: 0,
      debunks: 0,
    }
    corrected.exposure.set('US', { seen: 200, election: 100 })
    corrected.narratives.set(seriesKey('US', 'machine_failure'), n)
    orderly.set(FIRST + late, corrected)
    const expected = start(orderly)
    expected.forward(FIRST, FIRST + NIGHT - 1)

    const minutes = night()
    const run = start(minutes)
    run.forward(FIRST, FIRST + NIGHT - 1)
    minutes.set(FIRST + late, corrected)
    run.back(FIRST + late)
    run.forward(FIRST, FIRST + NIGHT - 1)
    expect(new Map(run.bursts())).toEqual(new Map(expected.bursts()))
  })
})
