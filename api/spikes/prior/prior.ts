/**
 * What is believed before anything is seen, learnt from the counts of recorded nights (`learn-prior`) and shipped as
 * numbers: the share of each narrative and how sure it is, and how much each place is talked of.
 */
import { z } from 'zod'
import { countiesOf, stateOf } from '../../../ingest/base/jurisdictions.ts'
import numbers from './prior.json' with { type: 'json' }

const part = z.number().positive().max(1)

export const priorSchema = z.object({
  /** How much it was learnt from. */
  nights: z.number().int().min(1),
  minutes: z.number().int(),
  posts: z.number().int(),
  /** A narrative's voices for each election post in a usual hour, and the variance of the log of that between nights. */
  narratives: z.record(z.string(), z.object({ share: part, variance: z.number().positive() })),
  /** Parts of the nation's election posts that count at a state, and at a county that is often named. */
  states: z.record(z.string(), part),
  counties: z.record(z.string(), part),
  /** Of a state's posts, the part that counts in any of its counties that are not in the list. */
  otherCounties: part,
})
export type Prior = z.infer<typeof priorSchema>

export const PRIOR: Prior = priorSchema.parse(numbers)

/** A narrative that no night has shown: of the order of the rarer ones. */
const OTHER_SHARE = 0.003
const OTHER_VARIANCE = 2.25
/** A territory, or a state that no night has shown. */
const OTHER_STATE = 1 / 1_000

/** Log of a narrative's share of the nation's election posts, and its variance. */
export function priorShare(narrative: string): { log: number; variance: number } {
  const known = Object.hasOwn(PRIOR.narratives, narrative) ? PRIOR.narratives[narrative] : undefined
  return { log: Math.log(known?.share ?? OTHER_SHARE), variance: known?.variance ?? OTHER_VARIANCE }
}

/** The part of the nation's election posts that counts at a state or a county: a county's follows its state's. */
export function priorPart(place: string): number {
  const state = stateOf(place) ?? place
  const ofState = PRIOR.states[state] ?? OTHER_STATE
  if (place === state) return ofState
  return PRIOR.counties[place] ?? (ofState * PRIOR.otherCounties) / Math.max(1, countiesOf(state).length)
}
