/** What is said about one claim, in every stance towards it. */
import type { Grammar } from './grammar.ts'

/** The names that verdicts use; ingest stands before classify and so spells them here. */
export type DrillNarrative =
  | 'votes_not_counted'
  | 'machine_failure'
  | 'results_manipulated'
  | 'ballot_fraud'
  | 'voting_obstructed'

export type DrillStance = 'asserts' | 'reports' | 'questions' | 'debunks' | 'unrelated'

/** Who speaks; an office and an outlet have accounts of their own. */
export type Voice = 'anybody' | 'outlet' | 'office'

/**
 * Patterns by stance. `{in}` is " in PLACE" or nothing, `{here}` is "here in PLACE" or "here"; both come bound.
 */
export interface Topic {
  narrative: DrillNarrative
  grammar: Grammar
  asserts: readonly string[]
  assertsSpanish: readonly string[]
  /** By outlets. */
  reports: readonly string[]
  questions: readonly string[]
  /** By anybody. */
  debunks: readonly string[]
  /** By the election office, and in which stance: it denies a rumour, and reports a true incident. */
  office: { stance: 'debunks' | 'reports'; patterns: readonly string[] }
}
